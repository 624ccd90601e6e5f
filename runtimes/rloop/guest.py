"""asyncio's program on rloop, an event loop on mio."""

import rloop
from loopswap_guest.on_asyncio import main

if __name__ == "__main__":
    main(
        "rloop",
        "asyncio's program on mio's event loop",
        rloop.new_event_loop,
        package="rloop",
        libraries=("rloop",),
        loop="mio",
        # Its poll waits for whole milliseconds.
        timer_early_ns=1_000_000,
    )
