"""The workloads on asyncio, and on the event loops that take its place: one program, another loop."""

import argparse
import asyncio

from ..conversation import serve
from ..guest import Guest, workloads_of

WORKLOADS = workloads_of(
    __name__, "sleep", "cpu", "switch", "spawn", "wake", "echo", "http-fetch", "redis", "mysql", "service"
)
CLIENTS = ("aiohttp", "redis", "hiredis", "aiomysql", "fastapi", "uvicorn", "httptools")
VARIANTS = {
    # Name: the option, the one workload that it changes, its libraries, what it is.
    "streams": ({"echo": "streams"}, "echo", (), "with streams (`asyncio.start_server`, `open_connection`)"),
    "sockets": ({"echo": "sockets"}, "echo", (), "with sockets (`loop.sock_recv`, `sock_sendall`)"),
    "python-parser": ({"redis": "python"}, "redis", ("redis",), "with redis-py's own parser in place of hiredis"),
    "h11": ({"http": "h11"}, "service", ("fastapi", "uvicorn", "h11"), "with h11 in place of httptools"),
}


def main(name, about, new_loop=None, **of_the_loop):
    """Runs the guest `name` to its end; `new_loop` makes its event loop, asyncio's own without one."""
    parser = argparse.ArgumentParser(description="A runner of loopswap, see PROTOCOL.md.")
    parser.add_argument("--variant", choices=VARIANTS, help="another way to write one of the workloads")
    guest = of(name, about, parser.parse_args().variant, **of_the_loop)
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(serve(guest))


def of(name, about, variant, libraries=(), **of_the_loop):
    """The guest of a loop, or a variant of it, which has the one workload that it changes."""
    options = {"echo": "protocol", "redis": "hiredis", "http": "httptools"}
    if variant is None:
        return Guest(name, about, WORKLOADS, libraries=(*libraries, *CLIENTS), options=options, **of_the_loop)
    changed, workload, needs, what = VARIANTS[variant]
    lacks = {other: f"{name}-{variant} differs from {name} in {workload} only" for other in WORKLOADS}
    return Guest(
        f"{name}-{variant}",
        f"{about}, {workload} {what}",
        {workload: WORKLOADS[workload]},
        variant_of=name,
        libraries=(*libraries, *needs),
        options=options | changed,
        lacks=lacks,
        **of_the_loop,
    )
