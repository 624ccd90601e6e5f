"""Tasks in a ring that hand over, each to the next."""

import asyncio

from ..guest import Workload
from ..turns import Turns, check_fair, generator, resume_all


class Switch(Workload):
    async def prepare(self):
        params = self.case.params
        self.rings = self.granule = self.in_flight = params["rings"]
        make = {"wake-other": Waking, "yield-now": Yielding, "generator": Generators}[params["variant"]]
        self.all = [make(params["tasks"]) for _ in range(self.rings)]
        # All members wait for the first slice.
        await asyncio.sleep(0)

    async def run(self, ops, meter):
        await asyncio.gather(*(ring.run(ops // self.rings, meter) for ring in self.all))

    async def close(self):
        for ring in self.all:
            ring.close()


class Waking:
    """Members sleep, each on a future of its own, until their predecessor wakes them."""

    def __init__(self, size):
        self.turns = Turns(size)
        self.seats = [asyncio.get_running_loop().create_future() for _ in range(size)]
        self.over = None
        self.members = [asyncio.create_task(self.member(place)) for place in range(size)]

    async def run(self, ops, meter):
        first = self.turns.begin(ops, meter)
        self.over = asyncio.get_running_loop().create_future()
        self.seats[first % self.turns.size].set_result(None)
        await self.over
        self.turns.end()

    async def member(self, place):
        turns, seats, new_future = self.turns, self.seats, asyncio.get_running_loop().create_future
        following = (place + 1) % turns.size
        while True:
            await seats[place]
            seats[place] = new_future()
            if turns.hand_over(place) == turns.goal:
                self.over.set_result(None)
            else:
                seats[following].set_result(None)

    def close(self):
        for member in self.members:
            member.cancel()


class Yielding:
    """Members give way until it is their turn. Places are taken in the order in which members first run."""

    def __init__(self, size):
        self.turns = Turns(size)

    async def run(self, ops, meter):
        turns = self.turns
        first = turns.begin(ops, meter)
        turns.seat_anew()
        vain = sum(await asyncio.gather(*(self.member(place, first + place) for place in range(turns.size))))
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
            await asyncio.sleep(0)
        return vain

    def close(self):
        pass


class Generators:
    """No loop: generators that a single task resumes in turn."""

    def __init__(self, size):
        self.turns = Turns(size)
        self.resume = [generator(self.turns, place).__next__ for place in range(size)]

    async def run(self, ops, meter):
        resume_all(self.turns, self.resume, ops, meter)

    def close(self):
        pass


workload = Switch
