"""A server under the load of the load client."""

import asyncio

from .. import served

LONGEST_LINE = 4 << 20


class Served:
    """Drives the load client over its control connection; `size` is that of the payload of an operation in bytes."""

    def __init__(self, case, size):
        self.rate, self.size = case.params["rate"], size
        self.wanted = case.params["conns"]
        self.peer = case.peer("load")
        self.house = served.House()
        self.arrived = asyncio.Event()
        self.awaited = 0

    def admit(self):
        """To be called for every accepted connection."""
        self.house.accepted += 1
        if self.house.accepted >= self.awaited:
            self.arrived.set()

    async def open(self, address, operation):
        """Has the load client connect to a server that already accepts, and waits until all are there."""
        self.reader, self.writer = await asyncio.open_connection(
            self.peer["host"], self.peer["port"], limit=LONGEST_LINE
        )
        await self.ask(served.begin(address, operation), "begun")
        while self.awaited < self.wanted:
            more = min(served.BATCH, self.wanted - self.awaited)
            self.awaited += more
            self.arrived.clear()
            await self.ask(served.order("connect", connections=more), "connected")
            if self.house.accepted < self.awaited:
                await self.arrived.wait()

    async def run(self, ops, meter):
        self.house.meter = meter
        try:
            ran = await self.ask(served.run(ops, self.rate, meter), "ran")
        finally:
            # A connection that failed here is why the load client failed there.
            self.house.check()
        served.agree(ran, ops, self.size, meter)

    async def close(self):
        await self.ask(served.order("close"), "closed")
        self.writer.close()

    async def ask(self, line, expected):
        self.writer.write(line)
        return served.answer(await self.reader.readline(), expected)
