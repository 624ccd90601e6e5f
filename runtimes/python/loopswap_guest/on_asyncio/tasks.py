"""What the workloads on asyncio share: operations of a connection, a task each, and beats beside them."""

import asyncio

from ..faults import Wrong
from ..guest import share
from ..meter import clock


async def sleep_until(due):
    """Sleeps until a time of the monotonic clock in nanoseconds, never less, however coarse the loop's timers are."""
    while (left := due - clock()) > 0:
        await asyncio.sleep(left / 1e9)


async def operate(meter, rate, seat, seats, operation):
    """The operations of one connection, one after the other: in a closed loop its share, in an open loop those that
    it is free for."""
    if not rate:
        for _ in range(share(meter.ops, seat, seats)):
            begun = meter.begin()
            await operation()
            meter.end(begun)
        return
    while (due := meter.claim(rate)) is not None:
        await sleep_until(due)
        await operation()
        meter.respond(due)


async def operate_all(meter, rate, operations):
    """A task for each connection, given by its operation."""
    seats = len(operations)
    await asyncio.gather(
        *(operate(meter, rate, seat, seats, operation) for seat, operation in enumerate(operations))
    )


class Heartbeat:
    """Beats at times that are fixed beforehand: if a computation holds up the loop for ten beats, these are ten
    latencies."""

    def __init__(self, beat_ns, early_ns, meter):
        self.beat_ns, self.early_ns, self.meter = beat_ns, early_ns, meter
        self.next = clock() + beat_ns

    def start(self):
        self.task = asyncio.create_task(self.beat())

    async def beat(self):
        while True:
            await asyncio.sleep(max(self.next - clock(), 0) / 1e9)
            now = clock()
            if now + self.early_ns < self.next:
                raise Wrong(f"a beat came {self.next - now} ns before its time")
            self.tell(max(now, self.next))

    def tell(self, now):
        """Records every beat that is due."""
        while self.next <= now:
            if self.meter.counting:
                self.meter.latencies.append(now - self.next)
            self.next += self.beat_ns

    async def end(self):
        self.task.cancel()
        try:
            await self.task
        except asyncio.CancelledError:
            self.tell(clock())
