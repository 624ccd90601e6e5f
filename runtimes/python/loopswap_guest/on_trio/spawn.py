"""Tasks from their start to their end: joined, asked for by a thread, waited for with a limit, cancelled."""

import queue

import trio

from ..batch import Batch, check_arguments
from ..faults import Wrong
from ..guest import Workload
from ..meter import clock


class Spawn(Workload):
    async def prepare(self):
        params = self.case.params
        self.tasks, self.yields = params["tasks"], params["yields"]
        self.granule = self.in_flight = self.tasks
        self.limit = params["limit"] / 1e6
        check_arguments(params)
        self.one_batch = {
            "join": self.join,
            "from-outside": self.from_outside,
            "wait": self.wait,
            "cancel": self.cancel,
        }[params["variant"]]

    async def run(self, ops, meter):
        for _ in range(ops // self.tasks):
            batch = Batch(self.tasks)
            await self.one_batch(batch, meter)
            batch.check_alive(0, "once all are over")
            meter.add(self.tasks)

    async def close(self):
        pass

    async def work(self, batch, number, begun, meter):
        """The body of one task."""
        try:
            for _ in range(self.yields):
                await trio.lowlevel.checkpoint()
            if begun:
                meter.latencies.append(clock() - begun)
        finally:
            batch.gone(number)

    async def join(self, batch, meter):
        body = self.limited if self.limit else self.work
        async with trio.open_nursery() as nursery:
            begun = clock()
            for number in range(self.tasks):
                nursery.start_soon(body, batch, number, meter.begin(), meter)
            meter.note("spawn_ns", (clock() - begun) / self.tasks)

    async def limited(self, batch, number, begun, meter):
        with trio.fail_after(self.limit):
            await self.work(batch, number, begun, meter)

    async def from_outside(self, batch, meter):
        """A thread asks for the tasks and waits for their ends."""
        token, ends = trio.lowlevel.current_trio_token(), queue.SimpleQueue()

        async def errand(number, begun):
            await self.work(batch, number, begun, meter)
            ends.put(number)

        def ask(nursery):
            for number in range(self.tasks):
                token.run_sync_soon(nursery.start_soon, errand, number, meter.begin())
            for _ in range(self.tasks):
                ends.get()

        async with trio.open_nursery() as nursery:
            await trio.to_thread.run_sync(ask, nursery)

    async def wait(self, batch, meter):
        """Every second task is late: they have to be told apart."""
        async with trio.open_nursery() as nursery:
            tasks = [Cancellable(nursery, self.perhaps_late, batch, number) for number in range(self.tasks)]
            with trio.move_on_after(self.limit):
                for task in tasks:
                    await task.gone.wait()
            batch.check_done([task.result for task in tasks if task.gone.is_set()])
            await cancel_each([task for task in tasks if not task.gone.is_set()], meter)

    async def perhaps_late(self, batch, number):
        try:
            if number % 2:
                await trio.sleep_forever()
            return number
        finally:
            batch.gone(number)

    async def cancel(self, batch, meter):
        async with trio.open_nursery() as nursery:
            asleep = batch.countdown(trio.Event())
            tasks = [Cancellable(nursery, self.asleep, batch, number, asleep) for number in range(self.tasks)]
            await asleep.all.wait()
            batch.check_alive(self.tasks, "while all sleep")
            await cancel_each(tasks, meter)

    async def asleep(self, batch, number, asleep):
        try:
            asleep.one()
            await trio.sleep_forever()
        finally:
            batch.gone(number)


class Cancellable:
    """A task with a cancel scope of its own, an event for its end, and its result."""

    def __init__(self, nursery, function, *arguments):
        self.scope, self.gone, self.result = trio.CancelScope(), trio.Event(), None
        nursery.start_soon(self.run, function, arguments)

    async def run(self, function, arguments):
        with self.scope:
            self.result = await function(*arguments)
        self.gone.set()


async def cancel_each(tasks, meter):
    began = clock()
    for task in tasks:
        begun = meter.begin()
        task.scope.cancel()
        await task.gone.wait()
        if not task.scope.cancelled_caught:
            raise Wrong("a task that sleeps for ever has returned")
        if begun:
            meter.latencies.append(clock() - begun)
    meter.note("cancel_ns", (clock() - began) / max(len(tasks), 1))


workload = Spawn
