"""The workloads in the synchronous style, with the standard library's sockets and locks.

On threads of the system they block a thread each; where gevent has patched the standard library, the same text runs on
its event loop. What the two call differently is in an object of `runtime.py`.
"""

from ..conversation import serve_blocking
from ..guest import workloads_of

WORKLOADS = workloads_of(
    __name__, "sleep", "cpu", "switch", "spawn", "wake", "echo", "http-fetch", "redis", "mysql", "service"
)


def main(guest, runtime):
    """Runs a guest to its end."""
    guest.options["runtime"] = runtime
    runtime.enter(lambda: serve_blocking(guest, runtime.meter))
