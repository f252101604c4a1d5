"""Real bytes, broken: each mutation keeps most of the file, so that it gets past the first look at it."""

from collections.abc import Callable

import numpy as np

Random = np.random.Generator
EXTREMES = (b"\x00\x00\x00\x00", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00", b"\x00\x01\x00\x00")
MOST_FLIPS, LONGEST_PIECE = 16, 64
HEADER = 256  # bytes, where most sizes are declared


def flip(data: bytearray, random: Random) -> bytearray:
    for at in random.integers(len(data), size=random.integers(1, MOST_FLIPS)):
        data[at] ^= 1 << int(random.integers(8))
    return data


def overwrite(data: bytearray, random: Random) -> bytearray:
    """An extreme number where a size, a count or an offset may stand."""
    at = int(random.integers(min(len(data), HEADER)))
    data[at : at + 4] = EXTREMES[int(random.integers(len(EXTREMES)))]
    return data


def cut_off(data: bytearray, random: Random) -> bytearray:
    return data[: int(random.integers(len(data)))]


def leave_out(data: bytearray, random: Random) -> bytearray:
    at = int(random.integers(len(data)))
    del data[at : at + int(random.integers(1, LONGEST_PIECE))]
    return data


def insert(data: bytearray, random: Random) -> bytearray:
    at = int(random.integers(len(data)))
    data[at:at] = random.bytes(int(random.integers(1, LONGEST_PIECE)))
    return data


def repeat(data: bytearray, random: Random) -> bytearray:
    at, n = int(random.integers(len(data))), int(random.integers(1, LONGEST_PIECE))
    data[at:at] = data[at : at + n] * int(random.integers(1, 32))
    return data


MUTATIONS: tuple[Callable[[bytearray, Random], bytearray], ...] = (flip, overwrite, cut_off, leave_out, insert, repeat)


def mutated(data: bytes, random: Random) -> bytes:
    """The bytes after one to three mutations; now and then nothing is left of them."""
    broken = bytearray(data)
    for _ in range(int(random.integers(1, 4))):
        if broken:
            broken = MUTATIONS[int(random.integers(len(MUTATIONS)))](broken, random)
    return bytes(broken)
