"""trio: structured concurrency on a loop of its own."""

from loopswap_guest.guest import Guest
from loopswap_guest.on_trio import WORKLOADS, main

if __name__ == "__main__":
    main(
        Guest(
            "trio",
            "structured concurrency in Python, on a loop of its own",
            WORKLOADS,
            package="trio",
            loop="trio",
            libraries=("trio", "h11", "hiredis"),
            lacks={"mysql": "there is no MySQL driver for trio"},
            notes=("tasks that are ready run in a random order",),
        )
    )
