"""Messages over TCP that come back: as server and as client, each in three flavours that asyncio has."""

from . import echo_client, echo_server


def workload(case):
    """The workload in the role of the case and the flavour of the guest."""
    flavour = case.guest.options["echo"]
    role = echo_server.FLAVOURS if case.params["role"] == "server" else echo_client.FLAVOURS
    return role[flavour](case)
