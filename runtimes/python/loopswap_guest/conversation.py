"""The conversation with loopswap, from hello to bye: lines of JSON on standard input and output.

It is a generator, which yields what is to be done on the runtime and is resumed once that is done. So one text serves
runtimes that await and runtimes that block.
"""

import json
import os
import resource
import signal
import sys
import time

from . import latencies
from .faults import Unsupported
from .meter import Meter


def say(message, /, **fields):
    """Writes one line, past every buffer: a signal may have interrupted another writer."""
    os.write(1, json.dumps({message: fields}).encode() + b"\n")


def serve_blocking(guest, meter=Meter):
    """Holds the conversation on a runtime whose tasks block."""
    steps = conversation(guest, meter)
    outcome = steps.send
    value = None
    while True:
        try:
            step = outcome(value)
        except StopIteration:
            return
        try:
            outcome, value = steps.send, step()
        except Exception as fault:
            outcome, value = steps.throw, fault


async def serve(guest):
    """Holds the conversation on a runtime whose tasks await."""
    steps = conversation(guest, Meter)
    outcome = steps.send
    value = None
    while True:
        try:
            step = outcome(value)
        except StopIteration:
            return
        try:
            outcome, value = steps.send, await step()
        except Exception as fault:
            outcome, value = steps.throw, first_of(fault)


def first_of(fault):
    """The first fault of a group: of several tasks that fail, it is why the others do."""
    while isinstance(fault, BaseExceptionGroup):
        fault = fault.exceptions[0]
    return fault


def conversation(guest, new_meter):
    """Yields functions without arguments; expects to be sent when they have ended, or thrown what they raised."""
    say("hello", **guest.hello())
    workload, limit_ms, samples = None, 0, []
    # Reading blocks the loop, as it should: between slices nothing is to be done.
    for line in sys.stdin:
        ((command, body),) = json.loads(line).items()
        try:
            if command == "prepare" and workload is None:
                workload, limit_ms = guest.case(body), body["limit_ms"]
                yield workload.prepare
                threads = 1 if guest.topology == "single-thread" else body["threads"]
                say("ready", threads=threads, rss_bytes=memory("VmRSS"))
            elif command in ("slice", "count") and workload is not None:
                yield from one_slice(workload, command, body, limit_ms, new_meter, samples)
            elif command == "bye":
                if workload is not None:
                    yield workload.close
                say("bye", **({"latency": latencies.encode(samples)} if samples else {}))
                return
            else:
                raise ValueError(f"`{command}` does not come now")
        except Unsupported as reason:
            say("unsupported", reason=str(reason))
            return
        except Exception as fault:
            say("error", message=f"{type(fault).__name__}: {fault}")
            return


def one_slice(workload, command, body, limit_ms, new_meter, samples):
    """Times or counts one slice and answers it."""
    ops, tally = body["ops"], body.get("tally", False)
    counting, one_in = command == "count" and not tally, body.get("stamp_one_in", 0)
    meter = new_meter(ops, workload.granule, workload.in_flight, counting, one_in, samples)
    signal.signal(signal.SIGALRM, lambda *_: late(meter))
    before, cpu = resource.getrusage(resource.RUSAGE_SELF), time.process_time_ns()
    mark = body.get("traced", False)
    signal.setitimer(signal.ITIMER_REAL, limit_ms / 1000)
    if mark:
        os.write(1, b"")
    meter.start()
    if ops:
        yield lambda: workload.run(ops, meter)
    ns = time.monotonic_ns() - meter.started
    if mark:
        os.write(1, b"")
    signal.setitimer(signal.ITIMER_REAL, 0)
    cpu = time.process_time_ns() - cpu
    if command == "count":
        say("count", **counted(ops, meter, before, tally))
    else:
        fields = {"ops": ops, "ns": ns, "typical_ns": meter.typical_ns(ns), "cpu_ns": cpu}
        if workload.case.params.get("rate", 0):
            response = meter.adopted or latencies.encode(meter.responses)
            say("paced", ops=ops, ns=ns, typical_ns=ns, cpu_ns=cpu, response=response)
        else:
            say("slice", **fields)


def counted(ops, meter, before, tally):
    """The fields of the answer to a `count`."""
    after = resource.getrusage(resource.RUSAGE_SELF)
    fields = {
        "ops": ops,
        "voluntary_switches": after.ru_nvcsw - before.ru_nvcsw,
        "involuntary_switches": after.ru_nivcsw - before.ru_nivcsw,
        "rss_peak_bytes": memory("VmHWM"),
    }
    found = meter.responses or meter.latencies
    if not tally and (meter.adopted or found):
        fields["latency"] = meter.adopted or latencies.encode(found)
    if meter.notes:
        fields["notes"] = meter.notes
    return fields


def late(meter):
    """The time limit has passed: says how far the slice has come, and ends the process in whatever it does."""
    try:
        say("unfinished", done=meter.done, ops=meter.ops, ns=time.monotonic_ns() - meter.started)
    finally:
        # Loopswap may be gone. A fault would only be raised in whatever runs now, which may go on after it.
        os._exit(0)


def memory(key):
    """A line of /proc/self/status in bytes."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(key))
