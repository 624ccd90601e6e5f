"""Tasks that each sleep."""

import trio

from ..faults import Unsupported, Wrong
from ..guest import Workload
from ..meter import clock


class Sleep(Workload):
    async def prepare(self):
        params = self.case.params
        self.tasks, self.micros, self.variant = params["tasks"], params["time"], params["variant"]
        self.granule = self.in_flight = self.tasks
        if self.variant == "join-all":
            raise Unsupported("trio makes a task of everything that runs beside others")

    async def run(self, ops, meter):
        for _ in range(ops // self.tasks):
            self.early = 0
            if self.variant == "spawn":
                await self.spawn(meter)
            else:
                await self.one_after_the_other(meter)
            if self.early:
                raise Wrong(f"{self.early} of {self.tasks} tasks woke before their time")

    async def close(self):
        pass

    async def nap(self, meter):
        """The body of one task."""
        asleep = clock()
        await trio.sleep(self.micros / 1e6)
        slept = clock() - asleep
        if meter.begin():
            meter.latencies.append(max(slept - self.micros * 1000, 0))
        meter.done += 1
        self.early += slept < self.micros * 1000

    async def spawn(self, meter):
        async with trio.open_nursery() as nursery:
            begun = clock()
            for _ in range(self.tasks):
                nursery.start_soon(self.nap, meter)
            meter.note("spawn_ns", (clock() - begun) / self.tasks)

    async def one_after_the_other(self, meter):
        for expected in range(self.tasks):
            before = meter.done
            await self.nap(meter)
            if meter.done - before != 1:
                raise Wrong(f"task {expected} did not wake alone and in order")


workload = Sleep
