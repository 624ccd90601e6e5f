"""The workloads on trio: tasks in nurseries, streams, cancel scopes."""

import trio

from ..conversation import serve
from ..guest import workloads_of

WORKLOADS = workloads_of(__name__, "sleep", "cpu", "switch", "spawn", "wake", "echo", "http-fetch", "redis", "service")


def main(guest):
    """Runs a guest to its end."""
    trio.run(converse, guest)


async def converse(guest):
    # Tasks that outlive a slice live in this nursery.
    async with trio.open_nursery() as nursery:
        guest.options["nursery"] = nursery
        await serve(guest)
        nursery.cancel_scope.cancel()
