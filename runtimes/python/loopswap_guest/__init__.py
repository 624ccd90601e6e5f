"""What the Python guests of loopswap have in common.

A guest is a *runner* in the sense of harness/protocol/PROTOCOL.md: a process that executes cases on one runtime.
This package holds the conversation with loopswap, the stamps of a slice, and the checks; the subpackages hold the
workloads: `on_asyncio` for asyncio and the loops that take its place, `on_trio`, and `blocking` for threads and,
with the standard library patched, gevent.
"""
