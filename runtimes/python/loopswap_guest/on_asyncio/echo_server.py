"""The runtime as echo server: bytes go back at once, as they came."""

import asyncio

from ..guest import Workload
from ..served import BACKLOG, listening_socket
from .serving import Served


class Server(Workload):
    """What the flavours share. A flavour starts to accept in `listen`, and calls `self.came` with every piece."""

    async def prepare(self):
        params = self.case.params
        self.size, self.in_flight = params["size"], params["conns"]
        self.served = Served(self.case, self.size)
        self.house = self.served.house
        listener = listening_socket()
        # Asked for first: rloop takes the socket over.
        address = listener.getsockname()
        await self.listen(listener)
        await self.served.open(address, {"echo": {"size": self.size, "seed": self.case.seed}})

    async def run(self, ops, meter):
        await self.served.run(ops, meter)

    async def close(self):
        await self.served.close()

    def came(self, before, length):
        """Counts the messages that end in a piece of `length` bytes; returns what the next has of its message."""
        messages, rest = divmod(before + length, self.size)
        if messages:
            self.house.meter.add(messages)
        return rest


class ProtocolServer(Server):
    async def listen(self, listener):
        loop = asyncio.get_running_loop()
        await loop.create_server(lambda: EchoProtocol(self), sock=listener, backlog=BACKLOG)


class EchoProtocol(asyncio.Protocol):
    """One connection, by callbacks."""

    def __init__(self, server):
        self.server, self.part = server, 0

    def connection_made(self, transport):
        self.transport = transport
        self.server.served.admit()

    def data_received(self, data):
        self.part = self.server.came(self.part, len(data))
        self.transport.write(data)

    def connection_lost(self, exc):
        self.server.house.fault = self.server.house.fault or exc


class StreamServer(Server):
    async def listen(self, listener):
        await asyncio.start_server(self.connection, sock=listener, backlog=BACKLOG)

    async def connection(self, reader, writer):
        self.served.admit()
        part = 0
        try:
            while data := await reader.read(self.size):
                part = self.came(part, len(data))
                writer.write(data)
                await writer.drain()
        except OSError as fault:
            self.house.fault = fault
        writer.close()


class SocketServer(Server):
    async def listen(self, listener):
        listener.setblocking(False)
        self.acceptor = asyncio.create_task(self.accept(listener))
        self.connections = set()

    async def accept(self, listener):
        loop = asyncio.get_running_loop()
        while True:
            connected, _ = await loop.sock_accept(listener)
            connected.setblocking(False)
            task = asyncio.create_task(self.connection(loop, connected))
            self.connections.add(task)
            task.add_done_callback(self.connections.discard)
            self.served.admit()

    async def connection(self, loop, connected):
        part = 0
        try:
            while data := await loop.sock_recv(connected, self.size):
                part = self.came(part, len(data))
                await loop.sock_sendall(connected, data)
        except OSError as fault:
            self.house.fault = fault
        connected.close()


FLAVOURS = {"protocol": ProtocolServer, "streams": StreamServer, "sockets": SocketServer}
