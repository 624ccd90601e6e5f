"""A service with FastAPI under uvicorn, with Redis or MySQL behind it, as the tutorial has it."""

import asyncio
import contextlib

import aiomysql
import uvicorn
from fastapi import FastAPI

from .. import answers
from ..guest import Workload
from ..served import BACKLOG, listening_socket
from . import mysql, redis
from .serving import Served

FOR_EVER = 3600


class Server(uvicorn.Server):
    """Leaves signals alone: they belong to the conversation."""

    def capture_signals(self):
        return contextlib.nullcontext()


class Service(Workload):
    async def prepare(self):
        params = self.case.params
        self.in_flight, self.granule = params["conns"], params["set"]
        target, body = answers.target(self.case)
        self.served = Served(self.case, len(body.encode()))
        self.app = FastAPI()
        self.open_pool = {"root": self.no_pool, "red": self.redis_pool, "sql": self.mysql_pool}[params["path"]]
        await self.open_pool(params["pool"])
        listener = listening_socket()
        # Asked for first: rloop takes the socket over.
        address = listener.getsockname()
        # The loop stands still between slices, so that an idle connection is not to be closed.
        config = uvicorn.Config(
            self.counting(self.app),
            loop="none",
            http=self.case.guest.options["http"],
            log_config=None,
            access_log=False,
            lifespan="off",
            backlog=BACKLOG,
            timeout_keep_alive=FOR_EVER,
        )
        self.server = Server(config)
        self.serving = asyncio.create_task(self.server.serve(sockets=[listener]))
        while not self.server.started:
            await asyncio.sleep(0.001)
        # uvicorn does not tell who has connected; a connection that is not accepted yet only waits in the backlog.
        self.served.house.accepted = params["conns"]
        await self.served.open(address, {"http": {"path": target, "body": body}})

    def counting(self, app):
        """The application, with every answer counted where it begins."""
        house = self.served.house

        async def counted(scope, receive, send):
            async def tell(message):
                if message["type"] == "http.response.start":
                    house.meter.add()
                await send(message)

            await app(scope, receive, tell)

        return counted

    async def no_pool(self, _connections):
        @self.app.get("/")
        async def root():
            return {"message": "hello world"}

    async def redis_pool(self, connections):
        peer = self.case.peer("redis")
        idle = asyncio.Queue()
        for _ in range(connections):
            idle.put_nowait(await redis.connect(peer, self.case.guest.options["redis"]))
        self.idle = idle

        @self.app.get("/red")
        async def red(sleep_us: int = 0):
            if sleep_us:
                await asyncio.sleep(sleep_us / 1e6)
            client = await idle.get()
            pairs = await redis.set_and_get_all(client)
            idle.put_nowait(client)
            return dict(sorted(pairs.items()))

    async def mysql_pool(self, connections):
        login = mysql.login(self.case.peer("mysql"))
        self.pool = pool = await aiomysql.create_pool(minsize=connections, maxsize=connections, **login)

        @self.app.get("/sql")
        async def sql():
            async with pool.acquire() as connection:
                return answers.rows_as_document(await mysql.select(connection))

    async def run(self, ops, meter):
        await self.served.run(ops, meter)

    async def close(self):
        await self.served.close()
        self.server.should_exit = True
        await self.serving
        if self.open_pool == self.redis_pool:
            while not self.idle.empty():
                await self.idle.get_nowait().aclose()
        if self.open_pool == self.mysql_pool:
            self.pool.close()
            await self.pool.wait_closed()


workload = Service
