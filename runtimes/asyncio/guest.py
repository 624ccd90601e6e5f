"""The event loop of Python's standard library."""

from loopswap_guest.on_asyncio import main

if __name__ == "__main__":
    main("asyncio", "the event loop of Python's standard library", loop="asyncio")
