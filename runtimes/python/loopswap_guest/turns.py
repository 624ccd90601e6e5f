"""Whose turn it is in a ring of `switch`, and who had it last."""

from time import monotonic_ns as clock

from .faults import Wrong


class Turns:
    """Turns are numbered from 0 and never restart, over all slices."""

    def __init__(self, size):
        self.size = size
        self.turn = self.goal = 0
        self.last = size - 1
        self.out_of_order = False
        self.meter = None
        self.at = 0

    def begin(self, ops, meter):
        """A slice of `ops` hand-overs begins; returns its first turn."""
        self.meter, self.goal, self.at = meter, self.turn + ops, clock()
        return self.turn

    def seat_anew(self):
        """The hand-overs of this slice begin with place 0, whichever member takes it."""
        self.last = self.size - 1

    def hand_over(self, place):
        """The member at `place` had its turn; returns the next one."""
        if self.last != (place or self.size) - 1:
            self.out_of_order = True
        self.last = place
        self.turn += 1
        meter = self.meter
        if meter.counting:
            now = clock()
            meter.latencies.append(now - self.at)
            self.at = now
        meter.add()
        return self.turn

    def end(self):
        """Checks that all came in turn, and no further."""
        if self.turn != self.goal:
            raise Wrong(f"the ring went on to turn {self.turn}, not to {self.goal}")
        if self.out_of_order:
            raise Wrong("a hand-over did not come from the predecessor in the ring")


def check_fair(vain, ops, size):
    """On one thread a yield lets all others run: the turn moves on at least once in every round."""
    most = 2 * (size - 1) * (ops + 1)
    if vain > most:
        raise Wrong(f"{vain} runs in vain for {ops} hand-overs of {size} members, at most {most} can be")


def resume_all(turns, resume, ops, meter):
    """Resumes generators, by a function each, one after the other until `ops` hand-overs are done: no loop, no
    scheduler."""
    turn = turns.begin(ops, meter)
    goal, size = turn + ops, turns.size
    while turn < goal:
        resume[turn % size]()
        turn += 1
        if turns.turn != turn:
            raise Wrong(f"the member resumed for turn {turn - 1} did not take it")
    turns.end()


def generator(turns, place):
    """One member: takes its turn each time it is resumed."""
    while True:
        turns.hand_over(place)
        yield
