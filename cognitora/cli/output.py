"""What is written: bytes as they are, lines for people, objects for machines."""

from __future__ import annotations

import fcntl
import json
import os
import select
import shlex
import signal
import stat
import sys
import termios
from array import array
from collections.abc import Mapping, Sequence
from typing import Any

from .signals import Signalled

STREAMS = {"stdout": 1, "stderr": 2}


def write(stream: str, data: bytes) -> None:
    """Writes all of it at once, to `"stdout"` or `"stderr"`.

    Raises:
        Signalled: Nobody reads it any more.
        OSError: It can't be written.
    """
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(STREAMS[stream], rest) :]
        except BlockingIOError:  # whoever shares it with us has made it so
            select.select([], [STREAMS[stream]], [])
        except BrokenPipeError:
            raise Signalled(signal.SIGPIPE) from None


def reserve() -> None:
    """Keeps the numbers of standard streams that are closed: else what is opened next would have one."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # The lowest number that is free, and the wrong way round: reading and writing fail as before.
            os.open(os.devnull, os.O_RDONLY if number else os.O_WRONLY)


def line(text: str, stream: str = "stdout") -> None:
    """A line for people, in which nothing can move the cursor or change colours."""
    write(stream, f"{printable(text)}\n".encode("utf-8", "replace"))


def exports(base_url: str, api_key: str) -> None:
    """Two lines for a shell, by which programs find a server."""
    line(f"export COGNITORA_BASE_URL={shlex.quote(base_url)}")
    line(f"export COGNITORA_API_KEY={shlex.quote(api_key)}")


def json_line(value: Mapping[str, Any]) -> None:
    """An object, in one line."""
    write("stdout", f"{json.dumps(value, default=str)}\n".encode())


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Columns with a head over each. What a program reads is asked for by `--json`."""
    texts = [[printable("" if cell is None else str(cell)) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(heads, *texts, strict=True)]
    for number, row in enumerate([heads, *texts]):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        text = "  ".join(cells).rstrip()
        bold = number == 0 and may_colour("stdout")
        write("stdout", (f"\033[1m{text}\033[0m\n" if bold else f"{text}\n").encode())


def printable(text: str) -> str:
    """The text without what a terminal would obey: names and messages may come from a sandbox."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


def is_terminal(stream: str) -> bool:
    """Whether somebody looks at it."""
    return os.isatty(STREAMS[stream])


def may_colour(stream: str) -> bool:
    """Whether colours are wanted there."""
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") not in ("dumb", "")
    return wanted and is_terminal(stream)


def has_input() -> bool:
    """Whether somebody can be asked: there is a terminal to read from."""
    return sys.stdin is not None and sys.stdin.isatty()


def has_unread_input() -> bool:
    """Whether there is something on standard input already, in a pipe or a file."""
    mode = os.fstat(0).st_mode
    if stat.S_ISREG(mode):
        return os.lseek(0, 0, os.SEEK_CUR) < os.fstat(0).st_size
    if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        return False
    count = array("i", [0])
    fcntl.ioctl(0, termios.FIONREAD, count)
    return count[0] > 0
