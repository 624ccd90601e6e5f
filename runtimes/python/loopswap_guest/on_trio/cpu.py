"""A computation that never waits, in one go or giving way, alone or beside tasks that wait."""

import trio

from ..faults import Wrong
from ..guest import Workload
from ..xorshift import leap, steps
from .tasks import Heartbeat, all_at_once


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
        async with trio.open_nursery() as beside:
            for _ in range(self.beside):
                beside.start_soon(Heartbeat(self.beat_ns, meter).beat)
            for _ in range(ops // self.tasks):
                for result in await all_at_once([lambda: self.compute(meter)] * self.tasks):
                    if result != self.expected:
                        raise Wrong(f"computed {result:#x}, expected {self.expected:#x}")
            beside.cancel_scope.cancel()

    async def close(self):
        pass

    async def compute(self, meter):
        # Latencies are those of the tasks that wait, where there are any.
        begun = 0 if self.beside else meter.begin()
        state, left = self.start, self.steps
        while left > self.stretch:
            state = steps(state, self.stretch)
            left -= self.stretch
            await trio.lowlevel.checkpoint()
        state = steps(state, left)
        meter.end(begun)
        return state


workload = Cpu
