"""Events with a value that another task, or a thread beside the loop, sets."""

import math
import queue

import trio

from ..guest import Workload
from ..meter import clock
from ..waiters import Check


class Future:
    """trio has none: an event, and what it brings."""

    def __init__(self):
        self.event = trio.Event()

    def set(self, value):
        self.value = value
        self.event.set()

    async def result(self):
        await self.event.wait()
        return self.value


class Wake(Workload):
    async def prepare(self):
        params = self.case.params
        self.waiters = self.granule = self.in_flight = params["waiters"]
        self.check = Check(self.waiters)
        self.by_thread = params["by"] == "thread"
        if self.by_thread:
            self.token, self.given = trio.lowlevel.current_trio_token(), queue.SimpleQueue()
            self.give, self.run_rounds = self.given.put, self.rounds_on_thread
        else:
            send, self.given = trio.open_memory_channel(math.inf)
            self.give, self.run_rounds = send.send_nowait, self.rounds
        for place in range(self.waiters):
            self.case.guest.options["nursery"].start_soon(self.waiter, place)

    async def run(self, ops, meter):
        await self.run_rounds(ops // self.waiters, meter)

    async def close(self):
        pass

    async def waiter(self, place):
        """Gives a future away and awaits it, again and again; tells what the one before brought."""
        got = None
        while True:
            future = Future()
            self.give((place, got, future))
            number, at = await future.result()
            got = (number, clock() - at if at else 0)

    async def rounds(self, rounds, meter):
        """Completes the futures in this task."""
        check = self.check
        check.begin(meter)
        if check.is_new():
            await self.collect()
        for _ in range(rounds):
            for future, value in check.complete():
                future.set(value)
            await self.collect()
            meter.add(check.waiters)
        check.end(rounds)

    async def collect(self):
        for turn in range(self.waiters):
            self.check.came(turn, await self.given.receive())

    async def rounds_on_thread(self, rounds, meter):
        """The same on a thread, which stays until the slice is over."""
        await trio.to_thread.run_sync(self.complete, rounds, meter)

    def complete(self, rounds, meter):
        check, soon = self.check, self.token.run_sync_soon
        check.begin(meter)
        if check.is_new():
            self.collect_on_thread()
        for _ in range(rounds):
            for future, value in check.complete():
                soon(future.set, value)
            self.collect_on_thread()
            meter.add(check.waiters)
        check.end(rounds)

    def collect_on_thread(self):
        for turn in range(self.waiters):
            self.check.came(turn, self.given.get())


workload = Wake
