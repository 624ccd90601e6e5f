"""The runtime as client of an echo server."""

import asyncio
import socket

from ..bodies import Messages, body
from ..faults import Wrong
from ..guest import Workload
from .tasks import operate_all


class Client(Workload):
    """What the flavours share: connections that each exchange a message at a time."""

    async def prepare(self):
        params = self.case.params
        self.size, self.in_flight = params["size"], params["conns"]
        peer, template = self.case.peer("echo"), body(self.size, self.case.seed)
        self.seats = []
        for number in range(params["conns"]):
            seat = self.seat(Messages(template, number))
            await seat.connect(peer["host"], peer["port"])
            self.seats.append(seat)

    async def run(self, ops, meter):
        await operate_all(meter, self.case.params["rate"], [seat.exchange for seat in self.seats])

    async def close(self):
        for seat in self.seats:
            seat.close()


class ProtocolSeat(asyncio.Protocol):
    """One connection, by callbacks, and a future that the last piece of an echo completes."""

    def __init__(self, messages):
        self.messages, self.message, self.came, self.echoed = messages, b"", 0, None

    async def connect(self, host, port):
        self.loop = asyncio.get_running_loop()
        self.transport, _ = await self.loop.create_connection(lambda: self, host, port)

    async def exchange(self):
        self.message, self.came, self.echoed = self.messages.next(), 0, self.loop.create_future()
        self.transport.write(self.message)
        await self.echoed

    def data_received(self, data):
        end = self.came + len(data)
        if data != self.message[self.came:end]:
            self.fail(differs(self.messages, self.came, end))
        elif end == len(self.message):
            self.echoed.set_result(None)
        self.came = end

    def connection_lost(self, exc):
        self.fail(exc or ConnectionError("the echo server closed the connection"))

    def fail(self, fault):
        if self.echoed and not self.echoed.done():
            self.echoed.set_exception(fault)

    def close(self):
        self.transport.close()


class StreamSeat:
    """One connection, by a pair of streams."""

    def __init__(self, messages):
        self.messages = messages

    async def connect(self, host, port):
        self.reader, self.writer = await asyncio.open_connection(host, port)

    async def exchange(self):
        message = self.messages.next()
        self.writer.write(message)
        await self.writer.drain()
        if await self.reader.readexactly(len(message)) != message:
            raise differs(self.messages, 0, len(message))

    def close(self):
        self.writer.close()


class SocketSeat:
    """One connection, by the loop's calls on a socket."""

    def __init__(self, messages):
        self.messages = messages

    async def connect(self, host, port):
        self.loop, self.socket = asyncio.get_running_loop(), socket.socket()
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await self.loop.sock_connect(self.socket, (host, port))

    async def exchange(self):
        message, came = self.messages.next(), 0
        await self.loop.sock_sendall(self.socket, message)
        while came < len(message):
            data = await self.loop.sock_recv(self.socket, len(message))
            if not data:
                raise ConnectionError("the echo server closed the connection")
            if data != message[came:came + len(data)]:
                raise differs(self.messages, came, came + len(data))
            came += len(data)

    def close(self):
        self.socket.close()


def differs(messages, begin, end):
    return Wrong(
        f"bytes {begin} to {end} of the echo of message {messages.number - 1} on connection {messages.connection} differ"
    )


class ProtocolClient(Client):
    seat = ProtocolSeat


class StreamClient(Client):
    seat = StreamSeat


class SocketClient(Client):
    seat = SocketSeat


FLAVOURS = {"protocol": ProtocolClient, "streams": StreamClient, "sockets": SocketClient}
