"""Pipes, devices and sockets, which may stall: used only while they are ready, and until a deadline."""

from __future__ import annotations

import io
import os
import select
import stat
from typing import Any

from .deadline import Deadline

GLANCE_SECONDS = 0.1
"""How long a wait takes to see that nobody wants its end any more."""

PIPE_BYTES: int = getattr(select, "PIPE_BUF", 512)
"""What a pipe that is ready takes without waiting."""


def may_stall(mode: int) -> bool:
    """Whether a file of this mode may keep its reader or writer waiting."""
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISSOCK(mode)


def descriptor(file: Any) -> int | None:
    """The number of an open file that may stall; None for others, and for those that have it but in part.

    What decrypts or unpacks on the way may hold bytes of which its descriptor knows nothing.
    """
    raw = getattr(file, "raw", file)
    if not hasattr(select, "poll") or not isinstance(raw, io.FileIO):
        return None
    try:
        number = raw.fileno()
        return number if may_stall(os.fstat(number).st_mode) else None
    except (OSError, ValueError):  # closed, which reading or writing tells
        return None


def read(file: Any, size: int, deadline: Deadline) -> Any:
    """What a file has, at most so many bytes; nothing at its end.

    Raises:
        APITimeoutError: A file that may stall had nothing in time.
    """
    number = descriptor(file)
    if number is None:
        deadline.left()
        return file.read(size)
    while True:
        _wait(number, select.POLLIN, deadline)
        # `read` would wait until it has all that it is asked for.
        piece = file.read1(size) if hasattr(file, "read1") else file.read(size)
        if piece is not None:  # somebody else was quicker
            return piece


def write(file: Any, piece: bytes, deadline: Deadline) -> None:
    """Writes all of it.

    Raises:
        APITimeoutError: A file that may stall did not take it in time.
    """
    number, left = descriptor(file), memoryview(piece)
    while left and number is not None:
        _wait(number, select.POLLOUT, deadline)
        taken = file.write(left[:PIPE_BYTES].tobytes())
        file.flush()
        left = left[taken or 0 :]
    while left:
        deadline.left()
        # Files without a buffer may take less than they are given; others' own say nothing.
        taken = file.write(left.tobytes())
        left = left[taken if isinstance(taken, int) else len(left) :]


def _wait(number: int, event: int, deadline: Deadline) -> None:
    poll = select.poll()
    poll.register(number, event)
    while not poll.poll(1000 * min(deadline.left(), GLANCE_SECONDS)):
        pass
