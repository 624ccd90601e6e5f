"""What the workloads on trio share: operations of a connection, a task each, and beats beside them."""

import trio

from ..faults import Wrong
from ..guest import share
from ..meter import clock


async def sleep_until(due):
    """Sleeps until a time of the monotonic clock in nanoseconds, never less."""
    while (left := due - clock()) > 0:
        await trio.sleep(left / 1e9)


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
    async with trio.open_nursery() as nursery:
        for seat, operation in enumerate(operations):
            nursery.start_soon(operate, meter, rate, seat, len(operations), operation)


async def all_at_once(functions):
    """A task for each function without arguments; returns what they return, in their order."""
    results = [None] * len(functions)

    async def keep(place, function):
        results[place] = await function()

    async with trio.open_nursery() as nursery:
        for place, function in enumerate(functions):
            nursery.start_soon(keep, place, function)
    return results


class Heartbeat:
    """Beats at times that are fixed beforehand: if a computation holds up the loop for ten beats, these are ten
    latencies."""

    def __init__(self, beat_ns, meter):
        self.beat_ns, self.meter = beat_ns, meter
        self.next = clock() + beat_ns

    async def beat(self):
        try:
            while True:
                await trio.sleep(max(self.next - clock(), 0) / 1e9)
                now = clock()
                if now < self.next:
                    raise Wrong(f"a beat came {self.next - now} ns before its time")
                self.tell(now)
        finally:
            self.tell(clock())

    def tell(self, now):
        """Records every beat that is due."""
        while self.next <= now:
            if self.meter.counting:
                self.meter.latencies.append(now - self.next)
            self.next += self.beat_ns
