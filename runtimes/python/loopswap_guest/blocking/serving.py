"""A server under the load of the load client."""

import socket
import threading

from .. import served


class Served:
    """Drives the load client over its control connection; `size` is that of the payload of an operation in bytes."""

    def __init__(self, case, size):
        self.rate, self.size = case.params["rate"], size
        self.wanted = case.params["conns"]
        self.peer = case.peer("load")
        self.house = served.House()
        self.arrived = threading.Condition()

    def admit(self):
        """To be called for every accepted connection."""
        with self.arrived:
            self.house.accepted += 1
            self.arrived.notify()

    def open(self, listener, operation):
        """Has the load client connect to a server that already accepts, and waits until all are there."""
        self.control = socket.create_connection((self.peer["host"], self.peer["port"]))
        self.control.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answers = self.control.makefile("rb")
        self.ask(served.begin(listener.getsockname(), operation), "begun")
        awaited = 0
        while awaited < self.wanted:
            more = min(served.BATCH, self.wanted - awaited)
            awaited += more
            self.ask(served.order("connect", connections=more), "connected")
            with self.arrived:
                self.arrived.wait_for(lambda: self.house.accepted >= awaited)

    def run(self, ops, meter):
        self.house.meter = meter
        try:
            ran = self.ask(served.run(ops, self.rate, meter), "ran")
        finally:
            # A connection that failed here is why the load client failed there.
            self.house.check()
        served.agree(ran, ops, self.size, meter)

    def close(self):
        self.ask(served.order("close"), "closed")
        self.control.close()

    def ask(self, line, expected):
        self.control.sendall(line)
        return served.answer(self.answers.readline(), expected)
