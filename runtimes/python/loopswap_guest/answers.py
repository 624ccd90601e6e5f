"""What servers have to answer, and what the service answers."""

import json

from .faults import Wrong

PAIRS = {"key1": "1", "key2": "2", "key3": "3"}
SELECT = "SELECT Host,User FROM user"


def check_hset(added):
    """Another connection may have stored the same pairs before: 0 to 3 fields are new."""
    if type(added) is not int or not 0 <= added <= 3:
        raise Wrong(f"HSET answered {added!r}")


def check_hgetall(pairs):
    if pairs != PAIRS:
        raise Wrong(f"HGETALL answered {pairs!r}")


def accounts(peer):
    """Host and user of every account of a MySQL peer, sorted."""
    if not peer.get("accounts"):
        raise ValueError("the MySQL peer was given without its accounts: no row could be checked")
    return sorted(tuple(pair) for pair in peer["accounts"])


def check_rows(rows, expected):
    """Exactly the expected rows, in any order."""
    if sorted(rows) != expected:
        raise Wrong(f"got the rows {sorted(rows)!r} instead of {expected!r}")


def rows_as_document(rows):
    return [{"Host": host, "User": user} for host, user in sorted(rows)]


def target(case):
    """Path with query, and body, that the load client asks of the service and expects."""
    path = case.params["path"]
    if path == "root":
        target, document = "/", {"message": "hello world"}
    elif path == "red":
        target, document = f"/red?sleep_us={case.params['sleep']}", PAIRS
    else:
        target, document = "/sql", rows_as_document(accounts(case.peer("mysql")))
    return target, json.dumps(document, separators=(",", ":"), ensure_ascii=False)
