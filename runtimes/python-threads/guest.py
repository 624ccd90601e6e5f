"""A thread of the system for every task, blocking calls: no event loop."""

from loopswap_guest.blocking import WORKLOADS, main
from loopswap_guest.blocking.threads import Threads
from loopswap_guest.guest import Guest

if __name__ == "__main__":
    main(
        Guest(
            "python-threads",
            "a thread for every task, blocking calls, no event loop",
            WORKLOADS,
            driver="none",
            topology="thread-per-task",
            libraries=("requests", "redis", "hiredis", "pymysql"),
            cannot={"cancel": Threads.cannot_cancel},
            notes=("threads take turns at the interpreter (GIL), by default after 5 ms",),
        ),
        Threads,
    )
