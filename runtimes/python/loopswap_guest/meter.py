"""The stamps of one slice: when it began, when its stretches ended, how long operations took."""

import random
import statistics
import threading
from time import monotonic_ns as clock

STRETCHES, FEWEST_STRETCHES, BURSTS_PER_STRETCH = 20, 8, 4


class Meter:
    """Counts operations as they end.

    `counting`: every latency is recorded, and notes. Otherwise one in `one_in` operations is stamped, none if that is
    0, and its latency added to `samples`. Figures are nanoseconds.
    """

    def __init__(self, ops, granule=1, in_flight=1, counting=False, one_in=0, samples=None):
        self.ops = ops
        self.done = 0
        self.claimed = 0
        self.counting = counting
        self.latencies = [] if counting or samples is None else samples
        self.responses = []
        self.notes = {}
        self.adopted = None
        """The encoded latencies of all operations, where another process stamped them."""
        self.stride = stride(ops, granule, in_flight)
        self.stamps = []
        self.due = self.stride
        self.one_in = one_in
        self.until_stamp = random.randint(1, one_in) if one_in else 0
        self.begin = clock if counting else self._one_in_several if one_in else self._never
        self.wants_latency = counting or one_in > 0
        self.started = 0

    def start(self):
        self.started = clock()

    @staticmethod
    def _never():
        return 0

    def _one_in_several(self):
        self.until_stamp -= 1
        if self.until_stamp > 0:
            return 0
        # Not every n-th: connections take turns, and it would be the same one again and again.
        self.until_stamp = random.randint(1, 2 * self.one_in - 1)
        return clock()

    def end(self, begun):
        """Ends an operation that `begin` began: a stamp, or 0 where none was wanted."""
        if begun:
            self.latencies.append(clock() - begun)
        self.done += 1
        if self.done == self.due:
            self._stamp()

    def add(self, ops=1):
        """Counts operations that have ended."""
        self.done += ops
        while self.done >= self.due:
            self._stamp()

    def _stamp(self):
        self.stamps.append(clock() - self.started)
        self.due += self.stride

    def claim(self, rate):
        """The intended start of the next operation of an open loop; `None` when all are taken."""
        number = self.claimed
        if number >= self.ops:
            return None
        self.claimed = number + 1
        return self.started + number * 1_000_000_000 // rate

    def respond(self, intended):
        """Ends an operation of an open loop."""
        self.responses.append(clock() - intended)
        self.end(0)

    def note(self, name, value):
        if self.counting:
            self.notes[name] = value

    def typical_ns(self, whole_ns):
        """The median stretch, scaled to the slice; the slice itself where it has too few."""
        if len(self.stamps) < FEWEST_STRETCHES:
            return whole_ns
        stretches = [end - begin for begin, end in zip([0, *self.stamps], self.stamps)]
        return max(round(statistics.median(stretches) * self.ops / self.stride), 1)


class SharedMeter(Meter):
    """The same for tasks that are threads of the system."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.lock = threading.Lock()

    def end(self, begun):
        if begun:
            self.latencies.append(clock() - begun)
        self.add()

    def add(self, ops=1):
        with self.lock:
            super().add(ops)

    def claim(self, rate):
        with self.lock:
            return super().claim(rate)


def stride(ops, granule, in_flight):
    """Operations of a stretch; infinite where a slice has too few of them to be cut."""
    each = max(-(-ops // STRETCHES), in_flight * BURSTS_PER_STRETCH)
    # The operations of a larger granule end all at once.
    return each if granule == 1 and ops // each >= FEWEST_STRETCHES else float("inf")
