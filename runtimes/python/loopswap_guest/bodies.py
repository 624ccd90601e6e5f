"""The bytes that are sent and expected: bodies of a seed, and messages of which no two are alike."""

import struct
import zlib

WORD = (1 << 64) - 1


def body(size, seed):
    """The first `size` bytes of splitmix64's output, each word little endian."""
    words, state = [], seed
    for _ in range(-(-size // 8)):
        state = (state + 0x9E3779B97F4A7C15) & WORD
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & WORD
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & WORD
        words.append(z ^ (z >> 31))
    return struct.pack(f"<{len(words)}Q", *words)[:size]


class Messages:
    """The messages of one connection of `echo`: the front of each has the numbers of connection and message."""

    def __init__(self, template, connection):
        self.template, self.connection, self.number = template, connection, 0

    def next(self):
        front = struct.pack("<QQ", self.connection, self.number)[: len(self.template)]
        self.number += 1
        return front + self.template[len(front):]


class Download:
    """One of the bodies that `http-fetch` asks for, and its check."""

    def __init__(self, params, seed):
        stalls = ""
        if params["stall"]:
            stalls = f"&stall_us={params['stall']}&stall_every_us={params['stall-every']}"
        self.path = f"/body/{params['size']}/{seed}?delay_us={params['delay']}{stalls}"
        self.size = params["size"]
        self.crc32 = zlib.crc32(body(self.size, seed))

    def right(self, status, came):
        return status == 200 and len(came) == self.size and zlib.crc32(came) == self.crc32


BODIES = 8
"""Distinct bodies: download d on connection c takes the seed (c + d) mod 8."""
