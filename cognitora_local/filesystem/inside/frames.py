"""What the program and the runtime say to each other: pieces of bytes, each with its length before it.

A piece of no bytes ends a stream; a stream that ends without one has broken off.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

PIECE = 256 * 1024
"""Bytes of a file in one piece."""

LENGTH = 4
ERROR = 2**32 - 1
"""In place of a length: the stream is given up, and the piece that follows says why."""


class BrokenOff(Exception):
    """The other side has gone away."""


def write(data: bytes) -> None:
    """One piece, to the runtime."""
    _write_all(len(data).to_bytes(LENGTH, "big"))
    _write_all(data)


def fail(data: bytes) -> None:
    """Give the stream up."""
    _write_all(ERROR.to_bytes(LENGTH, "big"))
    write(data)


def read() -> bytes:
    """One piece, of the runtime. Raises BrokenOff."""
    return _read_exactly(int.from_bytes(_read_exactly(LENGTH), "big"))


def pieces() -> Iterator[bytes]:
    """The pieces of a stream. Raises BrokenOff."""
    while piece := read():
        yield piece


def _read_exactly(size: int) -> bytes:
    found = bytearray()
    while len(found) < size:
        piece = os.read(0, size - len(found))
        if not piece:
            raise BrokenOff
        found += piece
    return bytes(found)


def _write_all(data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(1, left) :]
