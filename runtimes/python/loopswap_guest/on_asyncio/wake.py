"""Futures that another task, or a thread beside the loop, completes."""

import asyncio
import queue
import threading

from ..guest import Workload
from ..meter import clock
from ..waiters import Check


class Wake(Workload):
    async def prepare(self):
        params = self.case.params
        self.waiters = self.granule = self.in_flight = params["waiters"]
        self.loop = asyncio.get_running_loop()
        self.check = Check(self.waiters)
        make = OnThread if params["by"] == "thread" else OnTask
        self.completer = make(self)
        self.tasks = [asyncio.create_task(self.waiter(place)) for place in range(self.waiters)]

    async def run(self, ops, meter):
        await self.completer.run(ops // self.waiters, meter)

    async def close(self):
        for task in self.tasks:
            task.cancel()
        self.completer.close()

    async def waiter(self, place):
        """Gives a future away and awaits it, again and again; tells what the one before brought."""
        got = None
        while True:
            future = self.loop.create_future()
            self.completer.give((place, got, future))
            number, at = await future
            got = (number, clock() - at if at else 0)


class OnTask:
    """Completes the futures in a task of the loop, which is the one that runs the slice."""

    def __init__(self, wake):
        self.wake, self.given = wake, asyncio.Queue()
        self.give = self.given.put_nowait

    async def run(self, rounds, meter):
        check = self.wake.check
        check.begin(meter)
        if check.is_new():
            await self.collect()
        for _ in range(rounds):
            for future, value in check.complete():
                future.set_result(value)
            await self.collect()
            meter.add(check.waiters)
        check.end(rounds)

    async def collect(self):
        for place in range(self.wake.waiters):
            self.wake.check.came(place, await self.given.get())

    def close(self):
        pass


class OnThread:
    """Completes them on a thread, by `call_soon_threadsafe`, while the slice waits for it."""

    def __init__(self, wake):
        self.wake, self.given, self.orders = wake, queue.SimpleQueue(), queue.SimpleQueue()
        self.give = self.given.put
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    async def run(self, rounds, meter):
        over = self.wake.loop.create_future()
        self.orders.put((rounds, meter, over))
        await over

    def serve(self):
        call_soon = self.wake.loop.call_soon_threadsafe
        while (order := self.orders.get()) is not None:
            rounds, meter, over = order
            try:
                self.complete(rounds, meter)
                call_soon(over.set_result, None)
            except Exception as failure:
                call_soon(over.set_exception, failure)

    def complete(self, rounds, meter):
        check, call_soon = self.wake.check, self.wake.loop.call_soon_threadsafe
        check.begin(meter)
        if check.is_new():
            self.collect()
        for _ in range(rounds):
            for future, value in check.complete():
                call_soon(future.set_result, value)
            self.collect()
            meter.add(check.waiters)
        check.end(rounds)

    def collect(self):
        for place in range(self.wake.waiters):
            self.wake.check.came(place, self.given.get())

    def close(self):
        self.orders.put(None)
        self.thread.join()


workload = Wake
