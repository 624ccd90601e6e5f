"""A query of a MySQL server's accounts with aiomysql."""

import aiomysql

from ..answers import SELECT, accounts, check_rows
from ..faults import Unsupported
from ..guest import Workload
from .tasks import operate_all


def login(peer):
    """How to connect; `autocommit=None` leaves the server's setting alone, without a statement."""
    return {
        "host": peer["host"],
        "port": peer["port"],
        "user": peer.get("user") or "root",
        "password": peer.get("password") or "",
        "db": "mysql",
        "autocommit": None,
    }


async def select(connection):
    """The rows of all accounts."""
    async with connection.cursor() as cursor:
        await cursor.execute(SELECT)
        return await cursor.fetchall()


class Mysql(Workload):
    async def prepare(self):
        params = self.case.params
        if params["query"] == "prepared":
            raise Unsupported("aiomysql has no prepared statements: it puts values into the text of a query")
        self.in_flight = params["conns"]
        peers = self.case.peers("mysql", params["servers"])
        self.seats = [(peers[number % len(peers)]) for number in range(params["conns"])]
        self.expected = {peer["address"]: accounts(peer) for peer in peers}
        self.connections = []
        if params["reuse"]:
            self.connections = [await aiomysql.connect(**login(peer)) for peer in self.seats]

    async def run(self, ops, meter):
        if self.connections:
            pairs = zip(self.connections, self.seats)
            operations = [lambda connection=connection, peer=peer: self.query(connection, peer) for connection, peer in pairs]
        else:
            operations = [lambda peer=peer: self.session(peer) for peer in self.seats]
        await operate_all(meter, self.case.params["rate"], operations)

    async def query(self, connection, peer):
        check_rows(await select(connection), self.expected[peer["address"]])

    async def session(self, peer):
        connection = await aiomysql.connect(**login(peer))
        await self.query(connection, peer)
        await connection.ensure_closed()

    async def close(self):
        for connection in self.connections:
            await connection.ensure_closed()


workload = Mysql
