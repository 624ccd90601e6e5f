"""Tasks from their start to their end: joined, asked for by a thread, waited for with a limit, cancelled."""

import asyncio
import threading

from ..batch import Batch, check_arguments
from ..faults import Wrong
from ..guest import Workload
from ..meter import clock

FOREVER = 3600


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
                await asyncio.sleep(0)
            if begun:
                meter.latencies.append(clock() - begun)
            return number
        finally:
            batch.gone(number)

    async def join(self, batch, meter):
        begun = clock()
        if self.limit:
            tasks = [asyncio.create_task(self.limited(batch, number, meter)) for number in range(self.tasks)]
        else:
            tasks = [
                asyncio.create_task(self.work(batch, number, meter.begin(), meter)) for number in range(self.tasks)
            ]
        meter.note("spawn_ns", (clock() - begun) / self.tasks)
        for number, task in enumerate(tasks):
            came = await task
            if came != number:
                raise Wrong(f"task {number} returned {came}")

    async def limited(self, batch, number, meter):
        return await asyncio.wait_for(self.work(batch, number, meter.begin(), meter), self.limit)

    async def from_outside(self, batch, meter):
        """A thread asks for the tasks and waits for their ends, while this task waits for the thread."""
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        failures = []

        def ask():
            try:
                asked = [
                    asyncio.run_coroutine_threadsafe(self.work(batch, number, meter.begin(), meter), loop)
                    for number in range(self.tasks)
                ]
                for number, future in enumerate(asked):
                    if future.result() != number:
                        raise Wrong(f"task {number} returned {future.result()}")
            except Exception as failure:
                failures.append(failure)
            loop.call_soon_threadsafe(over.set)

        thread = threading.Thread(target=ask)
        thread.start()
        await over.wait()
        thread.join()
        if failures:
            raise failures[0]

    async def wait(self, batch, meter):
        """Every second task is late: `asyncio.wait` has to tell them apart."""
        tasks = [asyncio.create_task(self.perhaps_late(batch, number)) for number in range(self.tasks)]
        done, pending = await asyncio.wait(tasks, timeout=self.limit)
        batch.check_done([task.result() for task in done])
        await self.cancel_each(pending, meter)

    async def perhaps_late(self, batch, number):
        try:
            if number % 2:
                await asyncio.sleep(FOREVER)
            return number
        finally:
            batch.gone(number)

    async def cancel(self, batch, meter):
        asleep = batch.countdown(asyncio.Event())
        tasks = [asyncio.create_task(self.asleep(batch, number, asleep)) for number in range(self.tasks)]
        await asleep.all.wait()
        batch.check_alive(self.tasks, "while all sleep")
        await self.cancel_each(tasks, meter)

    async def asleep(self, batch, number, asleep):
        try:
            asleep.one()
            await asyncio.sleep(FOREVER)
        finally:
            batch.gone(number)

    async def cancel_each(self, tasks, meter):
        began = clock()
        for task in tasks:
            begun = meter.begin()
            task.cancel()
            try:
                await task
                raise Wrong("a task that sleeps for an hour has returned")
            except asyncio.CancelledError:
                pass
            if begun:
                meter.latencies.append(clock() - begun)
        meter.note("cancel_ns", (clock() - began) / max(len(tasks), 1))


workload = Spawn
