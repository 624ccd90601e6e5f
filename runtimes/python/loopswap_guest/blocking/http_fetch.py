"""Downloads over kept connections with requests, a session for each connection."""

import requests

from ..bodies import BODIES, Download
from ..faults import Wrong
from ..guest import Workload
from .tasks import operate_all


class HttpFetch(Workload):
    def prepare(self):
        params = self.case.params
        self.in_flight, self.granule = params["conns"], params["set"]
        origin = f"http://{self.case.peer('http')['address']}"
        downloads = [Download(params, seed) for seed in range(BODIES)]
        self.downloads = [(origin + download.path, download) for download in downloads]
        self.sessions = [connect(origin) for _ in range(params["conns"])]

    def run(self, ops, meter):
        operate_all(self.case, meter, [self.fetches(*pair) for pair in enumerate(self.sessions)])

    def fetches(self, connection, session):
        """The operation of one connection: its downloads take the bodies in turn."""
        number = connection - 1

        def fetch():
            nonlocal number
            number += 1
            url, download = self.downloads[number % BODIES]
            response = session.get(url)
            if not download.right(response.status_code, response.content):
                raise Wrong(
                    f"a download on connection {connection}: status {response.status_code}, "
                    f"{len(response.content)} bytes"
                )

        return fetch

    def close(self):
        for session in self.sessions:
            session.close()


def connect(origin):
    """A session whose one connection is open, without having asked for anything, which requests has no call for."""
    session = requests.Session()
    # Proxies and passwords of the user's environment have nothing to do with it.
    session.trust_env = False
    request = requests.Request("GET", origin).prepare()
    pool = session.get_adapter(origin).get_connection_with_tls_context(request, session.verify, cert=session.cert)
    connection = pool._get_conn()
    connection.connect()
    pool._put_conn(connection)
    return session


workload = HttpFetch
