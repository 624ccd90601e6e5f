"""Tasks in a ring that hand over, each to the next."""

from functools import partial

import trio

from ..guest import Workload
from ..turns import Turns, check_fair, generator, resume_all
from .tasks import all_at_once


class Switch(Workload):
    async def prepare(self):
        params = self.case.params
        self.rings = self.granule = self.in_flight = params["rings"]
        make = {"wake-other": Waking, "yield-now": Yielding, "generator": Generators}[params["variant"]]
        nursery = self.case.guest.options["nursery"]
        self.all = [make(nursery, params["tasks"]) for _ in range(self.rings)]

    async def run(self, ops, meter):
        await all_at_once([partial(ring.run, ops // self.rings, meter) for ring in self.all])

    async def close(self):
        pass


class Waking:
    """Members sleep, each on an event of its own, until their predecessor sets it."""

    def __init__(self, nursery, size):
        self.turns, self.over = Turns(size), None
        self.seats = [trio.Event() for _ in range(size)]
        for place in range(size):
            nursery.start_soon(self.member, place)

    async def run(self, ops, meter):
        first = self.turns.begin(ops, meter)
        self.over = trio.Event()
        self.seats[first % self.turns.size].set()
        await self.over.wait()
        self.turns.end()

    async def member(self, place):
        turns, seats = self.turns, self.seats
        following = (place + 1) % turns.size
        while True:
            await seats[place].wait()
            # An event can be set only once.
            seats[place] = trio.Event()
            if turns.hand_over(place) == turns.goal:
                self.over.set()
            else:
                seats[following].set()


class Yielding:
    """Members give way until it is their turn. Places are taken in the order in which members first run."""

    def __init__(self, _nursery, size):
        self.turns = Turns(size)

    async def run(self, ops, meter):
        turns = self.turns
        first = turns.begin(ops, meter)
        turns.seat_anew()
        vain = sum(await all_at_once([partial(self.member, place, first + place) for place in range(turns.size)]))
        meter.note("in_vain_per_hand_over", vain / ops)
        check_fair(vain, ops, turns.size)
        turns.end()

    async def member(self, place, mine):
        turns, vain = self.turns, 0
        while turns.turn != turns.goal:
            if turns.turn == mine:
                turns.hand_over(place)
                mine += turns.size
            else:
                vain += 1
            await trio.lowlevel.checkpoint()
        return vain


class Generators:
    """No loop: generators that a single task resumes in turn."""

    def __init__(self, _nursery, size):
        self.turns = Turns(size)
        self.resume = [generator(self.turns, place).__next__ for place in range(size)]

    async def run(self, ops, meter):
        resume_all(self.turns, self.resume, ops, meter)


workload = Switch
