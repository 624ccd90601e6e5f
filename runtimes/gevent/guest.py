"""The program of python-threads on gevent's event loop: the standard library is patched before anything uses it."""

from gevent import monkey

monkey.patch_all()

from gevent.libev import corecext  # noqa: E402
from loopswap_guest.blocking import WORKLOADS, main  # noqa: E402
from loopswap_guest.guest import Guest  # noqa: E402
from runtime import Gevent  # noqa: E402


def libev():
    """Its version, as its binding tells it: `libev-4.33`."""
    return corecext.get_version().removeprefix("libev-")


if __name__ == "__main__":
    main(
        Guest(
            "gevent",
            "greenlets that switch where a blocking call would wait, over libev",
            WORKLOADS,
            package="gevent",
            loop=f"libev {libev()}",
            libraries=("gevent", "greenlet", "requests", "redis", "hiredis", "pymysql"),
            # libev reads its clock once a turn, and timers count from then.
            timer_early_ns=1_000_000,
            notes=("a greenlet has a stack, which is copied away while another runs",),
        ),
        Gevent,
    )
