"""An HdrHistogram in its V2 encoding: deflated, base64; from 1 ns to 1 h with three digits.

After the format of https://github.com/HdrHistogram/HdrHistogram. Written here because recording must cost a slice no
more than one `append`: latencies are sorted into the histogram afterwards.
"""

import base64
import struct
import zlib

LONGEST = 3_600_000_000_000
HALF = 1024
"""Half of the counters that a power of two has, enough for three digits."""
V2, V2_DEFLATED = 0x1C849313, 0x1C849314


def index(ns):
    """The counter of a latency."""
    bucket = max(ns.bit_length() - 11, 0)
    return bucket * HALF + (ns >> bucket)


def zigzag(number):
    """A signed number as ZigZag LEB128 of at most 9 bytes."""
    rest = (number << 1) ^ (number >> 63)
    out = bytearray()
    while rest > 0x7F and len(out) < 8:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    out.append(rest)
    return bytes(out)


def encode(latencies):
    """The histogram of `latencies`, whole nanoseconds, as text."""
    counts = {}
    for ns in latencies:
        place = index(min(max(ns, 1), LONGEST))
        counts[place] = counts.get(place, 0) + 1
    payload, at = bytearray(), 0
    for place in sorted(counts):
        if place > at:
            # A run of empty counters is one negative number; a single one is a zero.
            payload += zigzag(at - place) if place - at > 1 else zigzag(0)
        payload += zigzag(counts[place])
        at = place + 1
    header = struct.pack(">iiiiqqd", V2, len(payload), 0, 3, 1, LONGEST, 1.0)
    deflated = zlib.compress(header + bytes(payload))
    return base64.b64encode(struct.pack(">ii", V2_DEFLATED, len(deflated)) + deflated).decode()
