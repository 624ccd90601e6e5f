"""An HTTP service in the synchronous style, with Redis or MySQL behind it."""

import json
import queue

from .. import answers
from ..guest import Workload
from ..served import listening_socket
from . import mysql, redis
from .serving import Served


class Service(Workload):
    def prepare(self):
        params = self.case.params
        self.runtime = self.case.guest.options["runtime"]
        self.in_flight, self.granule = params["conns"], params["set"]
        self.path = "/" if params["path"] == "root" else f"/{params['path']}"
        target, body = answers.target(self.case)
        self.served = Served(self.case, len(body.encode()))
        self.idle = self.pool(params["path"], params["pool"])
        listener = listening_socket()
        # The server does not tell who has connected; a connection that is not accepted yet waits in the backlog.
        self.served.house.accepted = params["conns"]
        self.server = self.runtime.http_server(listener, self.answer)
        self.served.open(listener, {"http": {"path": target, "body": body}})

    def pool(self, path, connections):
        idle = queue.Queue()
        connect = {"root": None, "red": redis.connect, "sql": mysql.connect}[path]
        if connect:
            peer = self.case.peer({"red": "redis", "sql": "mysql"}[path])
            for _ in range(connections):
                idle.put(connect(peer))
        return idle

    def answer(self, path, query):
        """The body for a path, as bytes; `None` where there is nothing."""
        if path != self.path:
            return None
        document = self.document(query)
        self.served.house.meter.add()
        return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()

    def document(self, query):
        if self.path == "/":
            return {"message": "hello world"}
        if self.path == "/red" and query not in ("", "sleep_us=0"):
            self.runtime.sleep(int(query.removeprefix("sleep_us=")) / 1e6)
        connection = self.idle.get()
        if self.path == "/red":
            document = dict(sorted(redis.set_and_get_all(connection).items()))
        else:
            document = answers.rows_as_document(mysql.select(connection))
        self.idle.put(connection)
        return document

    def run(self, ops, meter):
        self.served.run(ops, meter)

    def close(self):
        self.served.close()
        while not self.idle.empty():
            self.idle.get().close()


workload = Service
