"""A server under the load of the load client."""

import trio

from .. import served


class Served:
    """Drives the load client over its control connection; `size` is that of the payload of an operation in bytes."""

    def __init__(self, case, size):
        self.rate, self.size = case.params["rate"], size
        self.wanted = case.params["conns"]
        self.peer, self.nursery = case.peer("load"), case.guest.options["nursery"]
        self.house = served.House()
        self.pending = b""
        self.arrived, self.awaited = trio.Event(), 0

    async def open(self, handler, operation):
        """Serves every connection with `handler(stream)`, has the load client connect, and waits until all are there."""
        listener = served.listening_socket()
        address = listener.getsockname()
        listener.setblocking(False)
        accepting = trio.SocketListener(trio.socket.from_stdlib_socket(listener))
        self.nursery.start_soon(trio.serve_listeners, self.admit(handler), [accepting])
        self.control = await trio.open_tcp_stream(self.peer["host"], self.peer["port"])
        await self.ask(served.begin(address, operation), "begun")
        while self.awaited < self.wanted:
            more = min(served.BATCH, self.wanted - self.awaited)
            self.awaited += more
            self.arrived = trio.Event()
            await self.ask(served.order("connect", connections=more), "connected")
            if self.house.accepted < self.awaited:
                await self.arrived.wait()

    def admit(self, handler):
        async def admitted(stream):
            self.house.accepted += 1
            if self.house.accepted >= self.awaited:
                self.arrived.set()
            try:
                await handler(stream)
            except Exception as fault:
                self.house.fault = fault
            await stream.aclose()

        return admitted

    async def run(self, ops, meter):
        self.house.meter = meter
        try:
            ran = await self.ask(served.run(ops, self.rate, meter), "ran")
        finally:
            # A connection that failed here is why the load client failed there.
            self.house.check()
        served.agree(ran, ops, self.size, meter)

    async def close(self):
        await self.ask(served.order("close"), "closed")
        await self.control.aclose()

    async def ask(self, line, expected):
        await self.control.send_all(line)
        while b"\n" not in self.pending:
            data = await self.control.receive_some()
            if not data:
                break
            self.pending += data
        line, _, self.pending = self.pending.partition(b"\n")
        return served.answer(line, expected)
