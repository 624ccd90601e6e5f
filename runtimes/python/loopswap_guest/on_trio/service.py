"""An HTTP service with h11 on trio's streams, with Redis behind it."""

import json
import math

import h11
import trio

from .. import answers
from ..faults import Unsupported
from ..guest import Workload
from .redis import Connection
from .serving import Served

READ = 64 << 10


class Service(Workload):
    async def prepare(self):
        params = self.case.params
        if params["path"] == "sql":
            raise Unsupported("there is no MySQL driver for trio")
        self.in_flight, self.granule = params["conns"], params["set"]
        self.path = "/" if params["path"] == "root" else "/red"
        target, body = answers.target(self.case)
        self.give, self.take = trio.open_memory_channel(math.inf)
        if self.path == "/red":
            for _ in range(params["pool"]):
                self.give.send_nowait(await Connection.open(self.case.peer("redis")))
        self.served = Served(self.case, len(body.encode()))
        await self.served.open(self.connection, {"http": {"path": target, "body": body}})

    async def run(self, ops, meter):
        await self.served.run(ops, meter)

    async def close(self):
        await self.served.close()

    async def connection(self, stream):
        """One connection of the load client, until that closes it."""
        http = h11.Connection(our_role=h11.SERVER)
        while True:
            event = http.next_event()
            if event is h11.NEED_DATA:
                http.receive_data(await stream.receive_some(READ))
            elif isinstance(event, h11.Request):
                target = event.target.decode()
            elif isinstance(event, h11.EndOfMessage):
                await stream.send_all(await self.answer(http, target))
                http.start_next_cycle()
            else:
                return

    async def answer(self, http, target):
        path, _, query = target.partition("?")
        document = await self.document(query) if path == self.path else None
        body = b"" if document is None else json.dumps(document, separators=(",", ":")).encode()
        self.served.house.meter.add()
        headers = [("content-type", "application/json"), ("content-length", str(len(body)))]
        head = http.send(h11.Response(status_code=404 if document is None else 200, headers=headers))
        return head + http.send(h11.Data(data=body)) + http.send(h11.EndOfMessage())

    async def document(self, query):
        if self.path == "/":
            return {"message": "hello world"}
        if query not in ("", "sleep_us=0"):
            await trio.sleep(int(query.removeprefix("sleep_us=")) / 1e6)
        connection = await self.take.receive()
        pairs = await connection.set_and_get_all()
        self.give.send_nowait(connection)
        return dict(sorted(pairs.items()))


workload = Service
