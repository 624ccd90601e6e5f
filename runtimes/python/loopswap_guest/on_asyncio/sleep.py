"""Tasks that each sleep."""

import asyncio

from ..faults import Unsupported, Wrong
from ..guest import Workload
from ..meter import clock


class Sleep(Workload):
    async def prepare(self):
        params = self.case.params
        self.tasks, self.micros, self.variant = params["tasks"], params["time"], params["variant"]
        self.granule = self.in_flight = self.tasks
        self.least_ns = self.micros * 1000 - self.case.guest.timer_early_ns
        if self.variant == "join-all":
            raise Unsupported("asyncio makes a task of every coroutine that runs beside others")

    async def run(self, ops, meter):
        for _ in range(ops // self.tasks):
            if self.variant == "spawn":
                early = await self.spawn(meter)
            else:
                early = await self.one_after_the_other(meter)
            if early:
                raise Wrong(f"{early} of {self.tasks} tasks woke before their time")

    async def close(self):
        pass

    async def nap(self, meter):
        """The body of one task; returns whether it woke too early."""
        asleep = clock()
        await asyncio.sleep(self.micros / 1e6)
        slept = clock() - asleep
        if meter.begin():
            meter.latencies.append(max(slept - self.micros * 1000, 0))
        meter.done += 1
        return slept < self.least_ns

    async def spawn(self, meter):
        begun = clock()
        tasks = [asyncio.create_task(self.nap(meter)) for _ in range(self.tasks)]
        meter.note("spawn_ns", (clock() - begun) / self.tasks)
        return sum([await task for task in tasks])

    async def one_after_the_other(self, meter):
        early = 0
        for expected in range(self.tasks):
            before = meter.done
            early += await self.nap(meter)
            if meter.done - before != 1:
                raise Wrong(f"task {expected} did not wake alone and in order")
        return early


workload = Sleep
