"""asyncio's program on uvloop, an event loop on libuv."""

import uvloop
from loopswap_guest.on_asyncio import main


def libuv():
    """Its version, of which the library gives a number: a byte each for major, minor and patch."""
    return ".".join(map(str, uvloop.loop.libuv_get_version().to_bytes(3)))


if __name__ == "__main__":
    main(
        "uvloop",
        "asyncio's program on libuv's event loop",
        uvloop.new_event_loop,
        package="uvloop",
        libraries=("uvloop",),
        loop=f"libuv {libuv()}",
        # libuv counts milliseconds of a clock that it reads once a turn.
        timer_early_ns=1_000_000,
        notes=("timers count whole milliseconds of a clock read once a turn of the loop",),
    )
