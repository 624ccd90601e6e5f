"""HSET of three pairs and HGETALL with redis-py."""

from redis import ConnectionPool, Redis as Client
from redis.connection import _HiredisParser

from ..answers import PAIRS, check_hgetall, check_hset
from ..guest import Workload
from .tasks import operate_all


def connect(peer):
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
        parser_class=_HiredisParser,
    )
    client = Client(connection_pool=pool, single_connection_client=True)
    client.auto_close_connection_pool = True
    return client


def set_and_get_all(client):
    """The tutorial's example: stores three pairs and reads them back."""
    check_hset(client.hset("car", mapping=PAIRS))
    pairs = client.hgetall("car")
    check_hgetall(pairs)
    return pairs


class Redis(Workload):
    def prepare(self):
        params = self.case.params
        self.in_flight = params["conns"]
        peers = self.case.peers("redis", params["servers"])
        self.seats = [peers[number % len(peers)] for number in range(params["conns"])]
        self.clients = [connect(peer) for peer in self.seats] if params["reuse"] else []

    def run(self, ops, meter):
        if self.clients:
            operations = [lambda client=client: set_and_get_all(client) for client in self.clients]
        else:
            operations = [lambda peer=peer: session(peer) for peer in self.seats]
        operate_all(self.case, meter, operations)

    def close(self):
        for client in self.clients:
            client.close()


def session(peer):
    client = connect(peer)
    set_and_get_all(client)
    client.close()


workload = Redis
