"""The completer's side of `wake`: values that are numbered, and what each waiter has to get."""

from .faults import Wrong
from .meter import clock


class Check:
    """Gives every waiter a value in each round, and checks that each got its own, once."""

    def __init__(self, waiters):
        self.waiters = waiters
        self.futures = [None] * waiters
        self.completed = 0
        self.first = None
        self.out_of_order = 0
        self.meter = None

    def begin(self, meter):
        self.meter, self.out_of_order = meter, 0

    def is_new(self):
        """Whether no waiter has given a future yet."""
        return all(future is None for future in self.futures)

    def complete(self):
        """The future of every waiter, and the value that it has to be completed with: the number of the completion,
        and when it was, 0 where latencies are not recorded."""
        futures, self.futures, self.first = self.futures, [None] * self.waiters, self.completed
        for place, future in enumerate(futures):
            if future is None:
                raise Wrong(f"waiter {place} does not await its future")
            yield future, (self.completed, clock() if self.meter.counting else 0)
            self.completed += 1

    def came(self, turn, given):
        """A waiter has given its next future, as the one of number `turn` in this round."""
        place, got, future = given
        self.out_of_order += place != turn
        expected = None if self.first is None else self.first + place
        if (None if got is None else got[0]) != expected:
            raise Wrong(f"waiter {place} got {got}, not value {expected}")
        if self.futures[place] is not None:
            raise Wrong(f"waiter {place} came back twice")
        if got and self.meter.counting:
            self.meter.latencies.append(got[1])
        self.futures[place] = future

    def end(self, rounds):
        self.meter.note("resumed_out_of_order", self.out_of_order / max(rounds * self.waiters, 1))
