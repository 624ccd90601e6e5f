"""Tasks in a ring that hand over, each to the next."""

import threading

from ..guest import Workload
from ..turns import Turns, check_fair, resume_all
from .tasks import all_at_once


class Switch(Workload):
    def prepare(self):
        params = self.case.params
        self.rings = self.granule = self.in_flight = params["rings"]
        self.runtime = self.case.guest.options["runtime"]
        make = {"wake-other": Waking, "yield-now": Yielding, "generator": Generators}[params["variant"]]
        self.all = [make(self.runtime, params["tasks"]) for _ in range(self.rings)]

    def run(self, ops, meter):
        all_at_once(self.runtime, [(ring.run, ops // self.rings, meter) for ring in self.all])

    def close(self):
        for ring in self.all:
            ring.close()


class Waking:
    """Members sleep, each at a lock of its own, until their predecessor releases it."""

    def __init__(self, runtime, size):
        self.turns, self.closed = Turns(size), False
        self.seats, self.over = [held_lock() for _ in range(size)], held_lock()
        self.members = [runtime.spawn(self.member, place) for place in range(size)]

    def run(self, ops, meter):
        first = self.turns.begin(ops, meter)
        self.seats[first % self.turns.size].release()
        self.over.acquire()
        self.turns.end()

    def member(self, place):
        turns, following = self.turns, self.seats[(place + 1) % self.turns.size]
        wait, over = self.seats[place].acquire, self.over
        while True:
            wait()
            if self.closed:
                return
            # Read first: once the turn is handed over, another slice may begin.
            goal = turns.goal
            if turns.hand_over(place) == goal:
                over.release()
            else:
                following.release()

    def close(self):
        self.closed = True
        for seat in self.seats:
            seat.release()
        for member in self.members:
            member.get()


class Yielding:
    """Members give way until it is their turn. Places are taken in the order in which members first run."""

    def __init__(self, runtime, size):
        self.runtime, self.turns = runtime, Turns(size)

    def run(self, ops, meter):
        turns = self.turns
        first = turns.begin(ops, meter)
        turns.seat_anew()
        vain = sum(all_at_once(self.runtime, [(self.member, place, first + place) for place in range(turns.size)]))
        meter.note("in_vain_per_hand_over", vain / ops)
        if self.runtime.one_thread:
            check_fair(vain, ops, turns.size)
        turns.end()

    def member(self, place, mine):
        turns, give_way, vain = self.turns, self.runtime.give_way, 0
        while turns.turn != turns.goal:
            if turns.turn == mine:
                turns.hand_over(place)
                mine += turns.size
            else:
                vain += 1
            give_way()
        return vain

    def close(self):
        pass


class Generators:
    """No scheduler: generators, or bare greenlets, that a single task resumes in turn."""

    def __init__(self, runtime, size):
        self.turns = Turns(size)
        self.runtime, self.resume = runtime, None

    def run(self, ops, meter):
        self.resume = self.runtime.generators(self.turns, self.resume)
        resume_all(self.turns, self.resume, ops, meter)

    def close(self):
        pass


def held_lock():
    lock = threading.Lock()
    lock.acquire()
    return lock


workload = Switch
