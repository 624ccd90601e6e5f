"""Messages over TCP that come back: as server and as client."""

import socket

from ..bodies import Messages, body
from ..faults import Wrong
from ..guest import Workload
from ..served import listening_socket
from .serving import Served
from .tasks import operate_all


def workload(case):
    """The workload in the role of the case."""
    return (Server if case.params["role"] == "server" else Client)(case)


class Server(Workload):
    """Bytes go back at once, as they came."""

    def prepare(self):
        params = self.case.params
        self.runtime = self.case.guest.options["runtime"]
        self.size, self.in_flight = params["size"], params["conns"]
        self.served = Served(self.case, self.size)
        self.listener = listening_socket()
        self.acceptor = self.runtime.spawn(self.accept, params["conns"])
        self.served.open(self.listener, {"echo": {"size": self.size, "seed": self.case.seed}})

    def run(self, ops, meter):
        self.served.run(ops, meter)

    def close(self):
        self.served.close()

    def accept(self, conns):
        self.connections = []
        for _ in range(conns):
            connected, _ = self.listener.accept()
            self.connections.append(self.runtime.spawn(self.connection, connected))
            self.served.admit()

    def connection(self, connected):
        part, size, house = 0, self.size, self.served.house
        try:
            while data := connected.recv(size):
                messages, part = divmod(part + len(data), size)
                if messages:
                    house.meter.add(messages)
                connected.sendall(data)
        except OSError as fault:
            house.fault = fault
        connected.close()


class Client(Workload):
    """Connections that each exchange a message at a time."""

    def prepare(self):
        params = self.case.params
        self.in_flight = params["conns"]
        peer, template = self.case.peer("echo"), body(params["size"], self.case.seed)
        address = (peer["host"], peer["port"])
        self.seats = [Seat(address, Messages(template, number)) for number in range(params["conns"])]

    def run(self, ops, meter):
        operate_all(self.case, meter, [seat.exchange for seat in self.seats])

    def close(self):
        for seat in self.seats:
            seat.socket.close()


class Seat:
    """One connection."""

    def __init__(self, address, messages):
        self.messages = messages
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def exchange(self):
        message, came = self.messages.next(), 0
        self.socket.sendall(message)
        while came < len(message):
            data = self.socket.recv(len(message))
            if not data:
                raise ConnectionError("the echo server closed the connection")
            if data != message[came:came + len(data)]:
                raise Wrong(f"an echo of message {self.messages.number - 1} on connection {self.messages.connection} differs")
            came += len(data)
