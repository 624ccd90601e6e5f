"""HSET of three pairs and HGETALL with redis-py, which has been aioredis' successor since 2021."""

from redis.asyncio import ConnectionPool, Redis as Client
from redis.asyncio.connection import _AsyncHiredisParser, _AsyncRESP2Parser

from ..answers import PAIRS, check_hgetall, check_hset
from ..guest import Workload
from .tasks import operate_all

PARSERS = {"hiredis": _AsyncHiredisParser, "python": _AsyncRESP2Parser}


async def connect(peer, parser):
    """A client with a connection of its own; it sends nothing but what it is asked for (no HELLO, no CLIENT SETINFO)."""
    pool = ConnectionPool(
        host=peer["host"],
        port=peer["port"],
        username=peer.get("user"),
        password=peer.get("password"),
        db=peer.get("database") or 0,
        protocol=2,
        driver_info=None,
        decode_responses=True,
        parser_class=PARSERS[parser],
    )
    client = Client(connection_pool=pool, single_connection_client=True)
    client.auto_close_connection_pool = True
    return await client.initialize()


async def set_and_get_all(client):
    """The tutorial's example: stores three pairs and reads them back."""
    check_hset(await client.hset("car", mapping=PAIRS))
    pairs = await client.hgetall("car")
    check_hgetall(pairs)
    return pairs


class Redis(Workload):
    async def prepare(self):
        params = self.case.params
        self.in_flight = params["conns"]
        peers = self.case.peers("redis", params["servers"])
        self.parser = self.case.guest.options["redis"]
        self.seats = [peers[number % len(peers)] for number in range(params["conns"])]
        self.clients = []
        if params["reuse"]:
            self.clients = [await connect(peer, self.parser) for peer in self.seats]

    async def run(self, ops, meter):
        if self.clients:
            operations = [lambda client=client: set_and_get_all(client) for client in self.clients]
        else:
            operations = [lambda peer=peer: self.session(peer) for peer in self.seats]
        await operate_all(meter, self.case.params["rate"], operations)

    async def session(self, peer):
        client = await connect(peer, self.parser)
        await set_and_get_all(client)
        await client.aclose()

    async def close(self):
        for client in self.clients:
            await client.aclose()


workload = Redis
