"""Podman's monitors (conmon): one for each container, and for each command that runs in one.

A command's stays for a while when that has ended, to remember its exit code.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from .errors import CommandError
from .proc import child_of, ended

_PROC = Path("/proc")
_PAUSE_S = 0.01
_UNKNOWN = "Its engine was killed while the command began, and how it ended is unknown."


@dataclass(frozen=True, slots=True)
class Monitor:
    """The monitor `pid` of a command in the container `container`, by the engine's id."""

    pid: int
    container: str
    exit_file: Path

    @classmethod
    def of(cls, command: str, container: str) -> Monitor | None:
        """That of a command, by the engine's id; None: it has been gone for a while."""
        for pid, options in _monitors():
            if (options.get(b"-c"), options.get(b"-u")) == (container.encode(), command.encode()):
                folder = Path(os.fsdecode(options.get(b"--exit-dir", b"")))
                return cls(pid, container, folder / container)
        return None

    def command(self) -> int | None:
        """The process of the command; None when it has ended."""
        return child_of(self.pid, self.container)

    def _lives(self) -> bool:
        """One that has ended may stay as a zombie, where its machine's first process takes no note."""
        with suppress(OSError):
            return (_PROC / str(self.pid) / "cmdline").read_bytes() != b""
        return False

    async def wait(self) -> int | None:
        """The command's exit code, once it has ended; None where Podman has taken that from here.

        Raises:
            CommandError: nobody knows it: Podman was killed while it began the command.
        """
        ran = False
        while pid := self.command():
            ran = True
            await ended(pid, self.container)
        while True:
            over = not (ran and self._lives())
            with suppress(FileNotFoundError):
                if told := self.exit_file.read_text():
                    return int(told)
            if over and ran:
                raise CommandError(_UNKNOWN, exit_code=None)
            if over:
                return None
            await asyncio.sleep(_PAUSE_S)


def end_monitors(containers: frozenset[str]) -> None:
    """End the monitors of containers that are removed, by the engine's ids."""
    ours = {container.encode() for container in containers}
    for pid, options in _monitors():
        if options.get(b"-c") in ours:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)


def _monitors() -> Iterator[tuple[int, dict[bytes, bytes]]]:
    """Each monitor that is there, and the options that it was started with."""
    for folder in _PROC.glob("[0-9]*"):
        with suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            # A process in a container may look like one, but sees other processes than they do.
            if words[0].endswith(b"conmon") and _sight(folder) == _sight(_PROC / "self"):
                yield int(folder.name), dict(pairwise(words))


def _sight(folder: Path) -> str:
    """The namespace of processes that this one is in."""
    return os.readlink(folder / "ns" / "pid")
