"""Messages over TCP that come back: as server and as client."""

import trio

from ..bodies import Messages, body
from ..faults import Wrong
from ..guest import Workload
from .serving import Served
from .tasks import operate_all


def workload(case):
    """The workload in the role of the case."""
    return (Server if case.params["role"] == "server" else Client)(case)


class Server(Workload):
    """Bytes go back at once, as they came."""

    async def prepare(self):
        params = self.case.params
        self.size, self.in_flight = params["size"], params["conns"]
        self.served = Served(self.case, self.size)
        await self.served.open(self.connection, {"echo": {"size": self.size, "seed": self.case.seed}})

    async def run(self, ops, meter):
        await self.served.run(ops, meter)

    async def close(self):
        await self.served.close()

    async def connection(self, stream):
        part, size, house = 0, self.size, self.served.house
        while data := await stream.receive_some(size):
            messages, part = divmod(part + len(data), size)
            if messages:
                house.meter.add(messages)
            await stream.send_all(data)


class Client(Workload):
    """Connections that each exchange a message at a time."""

    async def prepare(self):
        params = self.case.params
        self.in_flight = params["conns"]
        peer, template = self.case.peer("echo"), body(params["size"], self.case.seed)
        self.seats = []
        for number in range(params["conns"]):
            stream = await trio.open_tcp_stream(peer["host"], peer["port"])
            self.seats.append(Seat(stream, Messages(template, number)))

    async def run(self, ops, meter):
        await operate_all(meter, self.case.params["rate"], [seat.exchange for seat in self.seats])

    async def close(self):
        for seat in self.seats:
            await seat.stream.aclose()


class Seat:
    """One connection."""

    def __init__(self, stream, messages):
        self.stream, self.messages = stream, messages

    async def exchange(self):
        message, came = self.messages.next(), 0
        await self.stream.send_all(message)
        while came < len(message):
            data = await self.stream.receive_some(len(message))
            if not data:
                raise ConnectionError("the echo server closed the connection")
            if data != message[came:came + len(data)]:
                number, connection = self.messages.number - 1, self.messages.connection
                raise Wrong(f"an echo of message {number} on connection {connection} differs")
            came += len(data)
