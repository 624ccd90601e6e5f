"""What the workloads share: operations of a connection, a task each, and beats beside them."""

import threading

from ..faults import Wrong
from ..guest import share
from ..meter import clock


def sleep_until(runtime, due):
    """Sleeps until a time of the monotonic clock in nanoseconds, never less, however coarse the timers are."""
    while (left := due - clock()) > 0:
        runtime.sleep(left / 1e9)


def operate(runtime, meter, rate, seat, seats, operation):
    """The operations of one connection, one after the other: in a closed loop its share, in an open loop those that
    it is free for."""
    if not rate:
        for _ in range(share(meter.ops, seat, seats)):
            begun = meter.begin()
            operation()
            meter.end(begun)
        return
    while (due := meter.claim(rate)) is not None:
        sleep_until(runtime, due)
        operation()
        meter.respond(due)


def operate_all(case, meter, operations):
    """A task for each connection, given by its operation."""
    runtime, rate, seats = case.guest.options["runtime"], case.params["rate"], len(operations)
    all_at_once(
        runtime, [(operate, runtime, meter, rate, seat, seats, each) for seat, each in enumerate(operations)]
    )


def all_at_once(runtime, calls):
    """A task for each call, a function with its arguments; returns what they return."""
    tasks = [runtime.spawn(*call) for call in calls]
    return [task.get() for task in tasks]


class Heartbeat:
    """Beats at times that are fixed beforehand: if a computation is in the way of ten beats, these are ten latencies."""

    def __init__(self, beat_ns, early_ns, meter):
        self.beat_ns, self.early_ns, self.meter = beat_ns, early_ns, meter
        self.next = clock() + beat_ns
        self.ended = threading.Event()

    def start(self, runtime):
        self.task = runtime.spawn(self.beat)

    def beat(self):
        while not self.ended.wait(max(self.next - clock(), 0) / 1e9):
            now = clock()
            if now + self.early_ns < self.next:
                raise Wrong(f"a beat came {self.next - now} ns before its time")
            self.tell(max(now, self.next))
        self.tell(clock())

    def tell(self, now):
        """Records every beat that is due."""
        while self.next <= now:
            if self.meter.counting:
                self.meter.latencies.append(now - self.next)
            self.next += self.beat_ns

    def end(self):
        self.ended.set()
        self.task.get()
