"""A query of a MySQL server's accounts with PyMySQL."""

import pymysql

from ..answers import SELECT, accounts, check_rows
from ..faults import Unsupported
from ..guest import Workload
from .tasks import operate_all


def connect(peer):
    """`autocommit=None` leaves the server's setting alone, without a statement."""
    return pymysql.connect(
        host=peer["host"],
        port=peer["port"],
        user=peer.get("user") or "root",
        password=peer.get("password") or "",
        database="mysql",
        autocommit=None,
    )


def select(connection):
    """The rows of all accounts."""
    with connection.cursor() as cursor:
        cursor.execute(SELECT)
        return cursor.fetchall()


class Mysql(Workload):
    def prepare(self):
        params = self.case.params
        if params["query"] == "prepared":
            raise Unsupported("PyMySQL has no prepared statements: it puts values into the text of a query")
        self.in_flight = params["conns"]
        peers = self.case.peers("mysql", params["servers"])
        self.seats = [peers[number % len(peers)] for number in range(params["conns"])]
        self.expected = {peer["address"]: accounts(peer) for peer in peers}
        self.connections = [connect(peer) for peer in self.seats] if params["reuse"] else []

    def run(self, ops, meter):
        if self.connections:
            pairs = zip(self.connections, self.seats)
            operations = [lambda pair=pair: self.query(*pair) for pair in pairs]
        else:
            operations = [lambda peer=peer: self.session(peer) for peer in self.seats]
        operate_all(self.case, meter, operations)

    def query(self, connection, peer):
        check_rows(select(connection), self.expected[peer["address"]])

    def session(self, peer):
        connection = connect(peer)
        self.query(connection, peer)
        connection.close()

    def close(self):
        for connection in self.connections:
            connection.close()


workload = Mysql
