"""asyncio's program on uvloop, an event loop on libuv."""

import uvloop
from loopswap_guest.on_asyncio import main

if __name__ == "__main__":
    main(
        "uvloop",
        "asyncio's program on libuv's event loop",
        uvloop.new_event_loop,
        package="uvloop",
        libraries=("uvloop",),
        # libuv counts milliseconds of a clock that it reads once a turn.
        timer_early_ns=1_000_000,
        notes=("timers count whole milliseconds of a clock read once a turn of the loop: up to 1 ms early",),
    )
