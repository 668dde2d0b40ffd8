"""A terminal, and a program in it."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import psutil

LONG = 120.0


class Terminal:
    """A pseudo-terminal with a program whose controlling terminal it is, as those of a shell's are."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], folder: Path
    ) -> None:
        self._ours, theirs = os.openpty()
        self._theirs = theirs
        self.resize(24, 80)
        self.process = subprocess.Popen(
            list(command),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=dict(environment),
            cwd=folder,
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
        self.seen = b""
        self.before = termios.tcgetattr(theirs)

    def type(self, keys: bytes) -> None:
        os.write(self._ours, keys)

    def resize(self, rows: int, columns: int) -> None:
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self._theirs, termios.TIOCSWINSZ, size)

    def until(self, text: bytes, seconds: float = LONG) -> bytes:
        """What has been shown up to this text, which is taken as read."""
        end = time.monotonic() + seconds
        while text not in self.seen:
            left = end - time.monotonic()
            assert left > 0, f"{text!r} didn't come: {self.seen!r}"
            assert self._read(left), f"it has ended without {text!r}: {self.seen!r}"
        shown, self.seen = self.seen.split(text, 1)
        return shown + text

    def rest(self) -> bytes:
        """What is shown until the program ends."""
        end = time.monotonic() + LONG
        while self.process.poll() is None:
            assert time.monotonic() < end, f"it doesn't end: {self.seen!r}"
            self._read(0.1)
        while self._read(0):
            pass
        seen, self.seen = self.seen, b""
        return seen

    def state(self) -> list[Any]:
        """How the terminal treats keys."""
        return termios.tcgetattr(self._theirs)

    def interrupt(self) -> None:
        """As a terminal does it for Ctrl-C, once the program waits for something.

        Python's `input` misses what comes between its prompt and its waiting, until the next key.
        """
        shown = psutil.Process(self.process.pid)
        deadline = time.monotonic() + LONG
        while shown.status() != psutil.STATUS_SLEEPING and time.monotonic() < deadline:
            time.sleep(0.01)
        self.type(b"\x03")

    def _read(self, seconds: float) -> bool:
        if not select.select([self._ours], [], [], min(seconds, 1.0))[0]:
            return self.process.poll() is None and seconds > 0
        with suppress(OSError):
            data = os.read(self._ours, 65536)
            self.seen += data
            return bool(data)
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self._ours)
        os.close(self._theirs)


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
