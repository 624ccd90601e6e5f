"""A computation that never waits, in one go or giving way, alone or beside tasks that wait."""

import asyncio

from ..faults import Wrong
from ..guest import Workload
from ..xorshift import leap, steps
from .tasks import Heartbeat


class Cpu(Workload):
    async def prepare(self):
        params = self.case.params
        self.steps, self.tasks = params["steps"], params["tasks"]
        self.stretch = params["yield-every"] or self.steps
        self.beside, self.beat_ns = params["beside"], params["beat"] * 1000
        self.granule = self.in_flight = self.tasks
        self.start = self.case.seed | 1
        self.expected = leap(self.start, self.steps)

    async def run(self, ops, meter):
        early_ns = self.case.guest.timer_early_ns
        beats = [Heartbeat(self.beat_ns, early_ns, meter) for _ in range(self.beside)]
        for beat in beats:
            beat.start()
        for _ in range(ops // self.tasks):
            results = await asyncio.gather(*(self.compute(meter) for _ in range(self.tasks)))
            for result in results:
                if result != self.expected:
                    raise Wrong(f"computed {result:#x}, expected {self.expected:#x}")
        for beat in beats:
            await beat.end()

    async def close(self):
        pass

    async def compute(self, meter):
        # Latencies are those of the tasks that wait, where there are any.
        begun = 0 if self.beside else meter.begin()
        state, left = self.start, self.steps
        while left > self.stretch:
            state = steps(state, self.stretch)
            left -= self.stretch
            await asyncio.sleep(0)
        state = steps(state, left)
        meter.end(begun)
        return state


workload = Cpu
