"""What a guest is, what it says of itself, and the case that it is given."""

import gc
import importlib
import importlib.metadata
import platform
import sys
from dataclasses import dataclass, field

from .faults import Unsupported


WORDS = {
    "sleep": ("variant", ("spawn", "join-all", "sequential-await")),
    "switch": ("variant", ("wake-other", "yield-now", "generator")),
    "spawn": ("variant", ("join", "from-outside", "wait", "cancel")),
    "wake": ("by", ("task", "thread")),
    "echo": ("role", ("server", "client")),
    "mysql": ("query", ("text", "prepared")),
    "service": ("path", ("root", "red", "sql")),
}
"""The parameter of a workload that is a word, and the words that are known here: loopswap may have others some day."""


@dataclass
class Guest:
    """A runtime with its workloads.

    `workloads` maps the name of a workload to the module that has it, as `workload`: a class with `prepare`,
    `run(ops, meter)` and `close`, coroutines or plain methods, as the runtime has them. Only the module of the case is
    loaded, so that memory is that of the case. `lacks` says why this guest has no workload of a name.
    """

    name: str
    about: str
    workloads: dict
    package: str = "python"
    driver: str = "epoll"
    topology: str = "single-thread"
    loop: str = ""
    """The event loop under it, with the version where it has one."""
    variant_of: str = ""
    libraries: tuple = ()
    """Packages whose versions belong to the figures."""
    notes: tuple = ()
    """What differs from other runtimes by nature, a sentence each."""
    lacks: dict = field(default_factory=dict)
    cannot: dict = field(default_factory=dict)
    """`offload`, `cancel`: why the runtime cannot do that by its nature."""
    timer_early_ns: int = 0
    """How much before its time a timer of this runtime may go off, because it counts in coarse units."""
    options: dict = field(default_factory=dict)

    def hello(self):
        """The fields of the first message."""
        version = platform.python_version() if self.package == "python" else installed(self.package)
        runtime = {
            "name": self.name,
            "package": self.package,
            "version": version,
            "driver": self.driver,
            "topology": self.topology,
            "about": self.about,
            "unsupported": self.cannot,
            "language": "Python",
            "interpreter": {"name": platform.python_implementation(), "version": platform.python_version()},
            "loop": self.loop,
            "libraries": {name: installed(name) for name in self.libraries},
            "settings": settings(),
            "notes": self.notes,
            "timer_early_ns": self.timer_early_ns,
            "variant_of": self.variant_of,
        }
        runtime = {name: value for name, value in runtime.items() if value}
        return {"protocol": 1, "runtime": runtime, "workloads": sorted(self.workloads)}

    def case(self, prepare):
        """The workload of a `prepare` message, not prepared yet."""
        workload = prepare["workload"]
        if workload not in self.workloads:
            raise Unsupported(self.lacks.get(workload, f"{workload} is not written for the guest {self.name}"))
        name, known = WORDS.get(workload, (None, ()))
        if name and prepare["params"][name] not in known:
            raise Unsupported(f"the guest {self.name} has no {workload} with {name} = {prepare['params'][name]!r}")
        return importlib.import_module(self.workloads[workload]).workload(Case(self, prepare))


@dataclass
class Case:
    """What a `prepare` message says, and the guest that got it."""

    guest: Guest
    prepare: dict

    @property
    def params(self):
        """Every parameter of the workload by name; times in microseconds, sizes in bytes."""
        return self.prepare["params"]

    @property
    def seed(self):
        return self.prepare["seed"]

    @property
    def threads(self):
        return self.prepare["threads"]

    def peers(self, kind, wanted=1):
        """The `wanted` peers of a kind, as objects with `address` split into `host` and `port`."""
        found = [peer for peer in self.prepare["peers"] if peer["kind"] == kind]
        if len(found) != wanted:
            raise ValueError(f"{wanted} peers of the kind {kind} are needed, {len(found)} were given")
        for peer in found:
            host, _, port = peer["address"].rpartition(":")
            peer["host"], peer["port"] = host.strip("[]"), int(port)
        return found

    def peer(self, kind):
        return self.peers(kind)[0]


class Workload:
    """The base of all workloads: `granule` and `in_flight` say how a slice may be cut into stretches."""

    granule = 1
    in_flight = 1

    def __init__(self, case):
        self.case = case


def settings():
    """Garbage collection, options of the interpreter, its lock."""
    found = {"gc": ",".join(map(str, gc.get_threshold())) if gc.isenabled() else "off"}
    found |= {f"-X {name}": str(value) for name, value in sys._xoptions.items()}
    if sys.flags.optimize:
        found["-O"] = str(sys.flags.optimize)
    if not getattr(sys, "_is_gil_enabled", lambda: True)():
        found["GIL"] = "off"
    return found


def workloads_of(package, *names):
    """The modules of a package that have the workloads of these names."""
    return {name: f"{package}.{name.replace('-', '_')}" for name in names}


def installed(package):
    """The version of an installed package."""
    return importlib.metadata.version(package)


def share(ops, seat, seats):
    """How many of `ops` operations the connection or task `seat` of `seats` takes."""
    return ops // seats + (seat < ops % seats)
