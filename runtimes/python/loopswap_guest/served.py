"""The server's side of a case whose load comes from the load client: what both ends count, and the orders."""

import json
import socket

from .faults import Wrong

BATCH = 512
"""Most connections that the load client is asked to open at once."""
BACKLOG = 1024


def listening_socket():
    """A socket on a free port; what it accepts has TCP_NODELAY too."""
    listener = socket.socket()
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(BACKLOG)
    return listener


class House:
    """What the connections of a server share: the meter of the slice under way, and what went wrong."""

    def __init__(self):
        self.meter = None
        self.accepted = 0
        self.fault = None

    def check(self):
        if self.fault:
            raise self.fault


def order(kind, **fields):
    """An order to the load client as a line."""
    return json.dumps({kind: fields}).encode() + b"\n"


def answer(line, expected):
    """The fields of the load client's answer."""
    if not line:
        raise ConnectionError("the load client closed the connection")
    ((kind, fields),) = json.loads(line).items()
    if kind == "wrong":
        raise Wrong(fields["message"])
    if kind != expected:
        raise ConnectionError(f"the load client answered {expected} with {kind}: {fields.get('message', '')}")
    return fields


def begin(address, operation):
    """The first order: host and port of the server, and what an operation is."""
    return order("begin", address=f"{address[0]}:{address[1]}", operation=operation)


def run(ops, rate, meter):
    return order("run", ops=ops, rate=rate, latency=meter.counting)


def agree(ran, ops, size, meter):
    """Checks that both ends count the same, and adopts the latencies that the load client recorded."""
    if (ran["ops"], ran["bytes"], meter.done) != (ops, ops * size, ops):
        raise Wrong(
            f"asked for {ops} operations of {ops * size} bytes together; {meter.done} were served, the load client "
            f"counts {ran['ops']} of {ran['bytes']} bytes"
        )
    meter.adopted = ran.get("latency")
    if meter.counting and not meter.adopted:
        raise Wrong("the load client reports no latencies")
