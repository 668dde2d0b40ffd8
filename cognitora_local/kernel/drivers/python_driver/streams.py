"""sys.stdout and sys.stderr: pipes that the host reads.

The host alone reads them, so what was written outlives the process, and a C library that holds the
interpreter's lock while it prints can't block on a reader that waits for the same lock. The price:
two pipes and a socket have no common order. So whoever writes to one first waits until the others
are empty. The host reads within microseconds, and only a change of stream ever waits.
"""

from __future__ import annotations

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
    """A text stream on fd 1 or fd 2: unbuffered, always UTF-8, and in order with the other one."""

    def __init__(self, descriptor: int, name: str, other_pipe: int) -> None:
        pipe = io.FileIO(descriptor, "w", closefd=False)
        pipe.name = name
        super().__init__(pipe, "utf-8", "backslashreplace", write_through=True)
        self._descriptor = descriptor
        self._other_pipe = other_pipe

    def write(self, text: str, /) -> int:
        if ioctl(self._other_pipe, FIONREAD, NOTHING) != NOTHING:
            wait_until_read(self._other_pipe, FIONREAD)
        data = str.encode(text, "utf-8", "backslashreplace")
        try:
            written = os.write(self._descriptor, data)
        except BlockingIOError:
            written = 0
        if written < len(data):
            self._write_rest(memoryview(data)[written:])
        return len(text)

    def _write_rest(self, rest: memoryview) -> None:
        """A signal cut the write short, or a child (node does) made the pipe non-blocking."""
        os.set_blocking(self._descriptor, True)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]


def wait_until_read(descriptor: int, request: int) -> None:
    """Return when the other side has read all that waits in a pipe or socket."""
    pause = 0.0
    while ioctl(descriptor, request, NOTHING) != NOTHING:
        sleep(pause)
        pause = min(pause + 0.00002, 0.001)


def whole_print(print_pieces: Callable[..., None]) -> Callable[..., None]:
    """A `print` that writes its line at once, so that threads don't mix theirs."""

    def print(
        *values: object,
        sep: str | None = None,
        end: str | None = None,
        file: Any = None,
        flush: bool = False,
    ) -> None:
        stream = sys.stdout if file is None else file
        if type(stream) is not Stream:
            print_pieces(*values, sep=sep, end=end, file=file, flush=flush)
        elif sep is None and end is None:
            stream.write(" ".join(map(str, values)) + "\n")
        else:
            pieces = _Pieces()
            print_pieces(*values, sep=sep, end=end, file=pieces)
            stream.write("".join(pieces))

    print.__module__ = "builtins"
    print.__qualname__ = "print"
    print.__doc__ = print_pieces.__doc__
    return print


class _Pieces(list[str]):
    write = list.append


class Pipes:
    """The two pipes, and the streams on them."""

    def __init__(self, high: Callable[[int], int]) -> None:
        """Make them; `high` moves a descriptor to where user code won't stumble over it."""
        out_read, out = os.pipe()
        err_read, err = os.pipe()
        self.read_ends = (out_read, err_read)
        """What the host reads from."""
        self._out, self._err = high(out), high(err)
        self._has_input = False

    def attach(self, *, replace: bool = False) -> None:
        """Connect fd 1 and fd 2, and those of sys's streams that code has closed.

        With `replace` these take the place of the interpreter's own.
        """
        for name, descriptor, pipe, other_pipe in (
            ("stdout", 1, self._out, self._err),
            ("stderr", 2, self._err, self._out),
        ):
            os.dup2(pipe, descriptor)
            if replace or _closed(getattr(sys, name)):
                stream = Stream(descriptor, f"<{name}>", other_pipe)
                setattr(sys, name, stream)
                setattr(sys, f"__{name}__", stream)
        had_input, self._has_input = self._has_input, has_input()
        # What was read ahead of an earlier input isn't this one's.
        stale = (had_input or self._has_input) and sys.stdin is sys.__stdin__
        if replace or stale or _closed(sys.stdin):
            sys.stdin = open(0, closefd=False)  # noqa: SIM115  # exit() closes it
            sys.__dict__["__stdin__"] = sys.stdin


def has_input() -> bool:
    """Whether the execution was given something to read."""
    try:
        return os.fstat(0).st_size > 0
    except OSError:
        return False


def _closed(stream: Any) -> bool:
    return stream is None or getattr(stream, "closed", False)
