"""HSET of three pairs and HGETALL with hiredis, a protocol without I/O, on trio's streams: redis-py does not know trio."""

import hiredis
import trio

from ..answers import PAIRS, check_hgetall, check_hset
from ..faults import Wrong
from ..guest import Workload
from .tasks import operate_all

READ = 64 << 10


class Connection:
    """A connection, used by one task at a time."""

    @classmethod
    async def open(cls, peer):
        self = cls()
        self.stream = await trio.open_tcp_stream(peer["host"], peer["port"])
        self.reader = hiredis.Reader(encoding="utf-8")
        if peer.get("password"):
            user = [peer["user"]] if peer.get("user") else []
            await self.ask("AUTH", *user, peer["password"])
        if peer.get("database"):
            await self.ask("SELECT", str(peer["database"]))
        return self

    async def ask(self, *words):
        await self.stream.send_all(hiredis.pack_command(words))
        while (answer := self.reader.gets()) is False:
            data = await self.stream.receive_some(READ)
            if not data:
                raise ConnectionError("Redis closed the connection")
            self.reader.feed(data)
        if isinstance(answer, hiredis.HiredisError):
            raise answer
        return answer

    async def set_and_get_all(self):
        """The tutorial's example: stores three pairs and reads them back."""
        pairs = [word for pair in PAIRS.items() for word in pair]
        check_hset(await self.ask("HSET", "car", *pairs))
        came = await self.ask("HGETALL", "car")
        if not isinstance(came, list) or len(came) != 2 * len(PAIRS):
            raise Wrong(f"HGETALL answered {came!r}")
        pairs = dict(zip(came[::2], came[1::2]))
        check_hgetall(pairs)
        return pairs

    async def close(self):
        await self.stream.aclose()


class Redis(Workload):
    async def prepare(self):
        params = self.case.params
        self.in_flight = params["conns"]
        peers = self.case.peers("redis", params["servers"])
        self.seats = [peers[number % len(peers)] for number in range(params["conns"])]
        self.connections = [await Connection.open(peer) for peer in self.seats] if params["reuse"] else []

    async def run(self, ops, meter):
        if self.connections:
            operations = [connection.set_and_get_all for connection in self.connections]
        else:
            operations = [lambda peer=peer: session(peer) for peer in self.seats]
        await operate_all(meter, self.case.params["rate"], operations)

    async def close(self):
        for connection in self.connections:
            await connection.close()


async def session(peer):
    connection = await Connection.open(peer)
    await connection.set_and_get_all()
    await connection.close()


workload = Redis
