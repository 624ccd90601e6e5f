"""Downloads over kept connections with h11, a protocol without I/O, on trio's streams."""

import h11
import trio

from ..bodies import BODIES, Download
from ..faults import Wrong
from ..guest import Workload
from .tasks import operate_all

READ = 64 << 10


class HttpFetch(Workload):
    async def prepare(self):
        params = self.case.params
        self.in_flight, self.granule = params["conns"], params["set"]
        peer = self.case.peer("http")
        downloads = [Download(params, seed) for seed in range(BODIES)]
        headers = [("host", peer["address"])]
        self.downloads = [
            (h11.Request(method="GET", target=download.path, headers=headers), download) for download in downloads
        ]
        self.seats = []
        for connection in range(params["conns"]):
            stream = await trio.open_tcp_stream(peer["host"], peer["port"])
            self.seats.append(Seat(stream, connection, self.downloads))

    async def run(self, ops, meter):
        await operate_all(meter, self.case.params["rate"], [seat.start().fetch for seat in self.seats])

    async def close(self):
        for seat in self.seats:
            await seat.stream.aclose()


class Seat:
    """One connection; its downloads take the bodies in turn."""

    def __init__(self, stream, connection, downloads):
        self.stream, self.connection, self.downloads = stream, connection, downloads
        self.http = h11.Connection(our_role=h11.CLIENT)

    def start(self):
        """A slice begins."""
        self.number = self.connection - 1
        return self

    async def fetch(self):
        self.number += 1
        request, download = self.downloads[self.number % BODIES]
        await self.stream.send_all(self.http.send(request) + self.http.send(h11.EndOfMessage()))
        status, pieces = 0, []
        while True:
            event = self.http.next_event()
            if event is h11.NEED_DATA:
                self.http.receive_data(await self.stream.receive_some(READ))
            elif isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                pieces.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                break
            else:
                raise ConnectionError(f"the server closed connection {self.connection}")
        self.http.start_next_cycle()
        body = b"".join(pieces)
        if not download.right(status, body):
            raise Wrong(f"a download on connection {self.connection}: status {status}, {len(body)} bytes")


workload = HttpFetch
