"""Downloads over kept connections with aiohttp."""

import aiohttp
from yarl import URL

from ..bodies import BODIES, Download
from ..faults import Wrong
from ..guest import Workload
from .tasks import operate_all

FOR_EVER = 3600.0
"""The loop stands still between slices, so that a connection that was idle for seconds is not to be closed."""


class HttpFetch(Workload):
    async def prepare(self):
        params = self.case.params
        self.conns, self.in_flight, self.granule = params["conns"], params["conns"], params["set"]
        peer = self.case.peer("http")
        origin = f"http://{peer['address']}"
        downloads = [Download(params, seed) for seed in range(BODIES)]
        self.downloads = [(URL(origin + download.path, encoded=True), download) for download in downloads]
        connector = aiohttp.TCPConnector(limit=self.conns, keepalive_timeout=FOR_EVER)
        self.session = aiohttp.ClientSession(connector=connector)
        await self.connect(connector, URL(origin))

    async def connect(self, connector, origin):
        """Opens all connections without asking for anything, which aiohttp has no call for."""
        request = aiohttp.ClientRequest("GET", origin, loop=connector._loop)
        opened = [await connector.connect(request, [], aiohttp.ClientTimeout()) for _ in range(self.conns)]
        for connection in opened:
            connection.release()

    async def run(self, ops, meter):
        fetches = [self.fetches(connection) for connection in range(self.conns)]
        await operate_all(meter, self.case.params["rate"], fetches)

    def fetches(self, connection):
        """The operation of one connection: its downloads take the bodies in turn."""
        number = connection - 1

        async def fetch():
            nonlocal number
            number += 1
            url, download = self.downloads[number % BODIES]
            async with self.session.get(url) as response:
                body = await response.read()
            if not download.right(response.status, body):
                raise Wrong(f"a download on connection {connection}: status {response.status}, {len(body)} bytes")

        return fetch

    async def close(self):
        await self.session.close()


workload = HttpFetch
