"""A query of a MySQL server's accounts with PyMySQL."""

from pymysql.charset import charset_by_name
from pymysql.connections import Connection

from ..answers import SELECT, accounts, check_rows
from ..faults import Unsupported
from ..guest import Workload
from .tasks import operate_all


class Quiet(Connection):
    """Connects without a statement: PyMySQL says by `SET NAMES` once more what the login has said."""

    def set_character_set(self, charset, collation=None):
        self.charset, self.encoding = charset, charset_by_name(charset).encoding


def connect(peer):
    """`autocommit=None` leaves the server's setting alone, again without a statement."""
    return Quiet(
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
