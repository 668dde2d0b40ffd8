"""sys.stdout and sys.stderr: pipes that the host reads.

The host alone reads them, so what was written outlives the process, and a C library that holds the
interpreter's lock while it prints can't block on a reader that waits for the same lock. The price:
two pipes and a socket have no common order. So whoever writes to one first waits until the others
are empty. The host reads within microseconds, and only a change of stream ever waits.
"""

from __future__ import annotations

import builtins
import io
import os
import sys
from fcntl import ioctl
from time import sleep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

FIONREAD = 0x541B  # bytes to be read in a pipe, from either end of it
NOTHING = b"\0\0\0\0"


class Stream(io.TextIOWrapper):
    """A text stream on fd 1 or fd 2: unbuffered, and in order with the other one."""

    def __init__(self, descriptor: int, name: str, other_pipe: int) -> None:
        pipe = _Pipe(descriptor, "w", closefd=False)
        super().__init__(pipe, "utf-8", "backslashreplace", write_through=True)  # type: ignore[type-var]  # as `python -u` does: a raw file is buffer enough
        self.mode = "w"
        pipe.name = name
        self._other_pipe = other_pipe

    def write(self, text: str, /) -> int:
        if ioctl(self._other_pipe, FIONREAD, NOTHING) != NOTHING:
            wait_until_read(self._other_pipe, FIONREAD)
        return super().write(text)


class _Pipe(io.FileIO):
    """Writes all it is given, where a raw file may stop early when a signal comes."""

    name: Any

    def write(self, data: Any, /) -> int:
        written = super().write(data)
        if written < len(data):
            rest = memoryview(data)
            while written < len(rest):
                written += super().write(rest[written:])
        return written


def wait_until_read(descriptor: int, request: int) -> None:
    """Return when the other side has read all that waits in a pipe or socket."""
    pause = 0.0
    while ioctl(descriptor, request, NOTHING) != NOTHING:
        sleep(pause)
        pause = min(pause + 0.00002, 0.001)


class _Pieces(list[str]):
    write = list.append


def whole_print(print_pieces: Callable[..., None]) -> Callable[..., None]:
    """A `print` that writes its line at once, so that threads don't mix theirs."""

    def print(  # noqa: A001  # it takes the builtin's place
        *values: object,
        sep: str | None = None,
        end: str | None = None,
        file: Any = None,
        flush: bool = False,
    ) -> None:
        stream = sys.stdout if file is None else file
        if type(stream) is not Stream:
            return print_pieces(*values, sep=sep, end=end, file=file, flush=flush)
        pieces = _Pieces()
        print_pieces(*values, sep=sep, end=end, file=pieces)
        stream.write("".join(pieces))
        return None

    print.__module__ = "builtins"
    print.__qualname__ = "print"
    print.__doc__ = builtins.print.__doc__
    return print


class Pipes:
    """The two pipes, and the streams on them."""

    def __init__(self, high: Callable[[int], int]) -> None:
        """Make them; `high` moves a descriptor to where user code won't stumble over it."""
        out_read, out = os.pipe()
        err_read, err = os.pipe()
        self._read_ends = (out_read, err_read)
        self._out, self._err = high(out), high(err)

    def attach(self) -> None:
        """(Re)connect fd 1, fd 2, sys.stdout and sys.stderr where code has closed them."""
        os.dup2(self._out, 1)
        os.dup2(self._err, 2)
        if _closed(sys.stdout):
            sys.stdout = sys.__stdout__ = Stream(1, "<stdout>", self._err)  # type: ignore[misc]  # as site does
        if _closed(sys.stderr):
            sys.stderr = sys.__stderr__ = Stream(2, "<stderr>", self._out)  # type: ignore[misc]  # as site does

    def take_read_ends(self) -> tuple[int, int]:
        """What the host reads from. The caller closes them."""
        return self._read_ends

    def start(self) -> None:
        """Take the place of the interpreter's own streams."""
        sys.stdout = sys.stderr = None  # type: ignore[assignment]  # attach() sets them
        self.attach()


def _closed(stream: Any) -> bool:
    return stream is None or getattr(stream, "closed", False)
