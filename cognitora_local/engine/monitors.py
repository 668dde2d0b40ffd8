"""Podman's monitors (conmon): one for each container, and for each command that runs in one.

A command's stays for a while when that has ended, to remember its exit code.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator, Set
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from ..sandbox.process_tree import kill_tree, relations, tree
from .errors import CommandError
from .proc import belonging, child_of, ended

_PROC = Path("/proc")
_PAUSE_S = 0.01
_BEGINS_S = 0.1  # all processes are looked at so often, while a command is about to begin
_UNKNOWN = "Its engine was killed while the command began, and how it ended is unknown."


@dataclass(frozen=True, slots=True)
class Monitor:
    """The monitor `pid` of the command `exec_id` in the container `container`, by the engine's ids."""

    pid: int
    exec_id: str
    container: str
    exit_file: Path

    @classmethod
    def of(cls, exec_id: str, container: str) -> Monitor | None:
        """That of a command; None: it has been gone for a while."""
        found = (monitor for monitor in cls.all_in(container) if monitor.exec_id == exec_id)
        return next(found, None)

    @classmethod
    def all_in(cls, container: str) -> Iterator[Monitor]:
        """Those of a container's commands."""
        there = dict(_monitors())
        parents = {pid: parent for pid, (parent, _) in relations()}
        for pid, options in there.items():
            watched, named = (os.fsdecode(options.get(name, b"")) for name in (b"-c", b"-u"))
            # A copy of one is about to become what begins the command, or what clears up after it.
            is_copy = there.get(parents.get(pid, 0)) == options
            if watched == container != named and not is_copy:
                folder = Path(os.fsdecode(options.get(b"--exit-dir", b"")))
                yield cls(pid, named, container, folder / container)

    def command(self) -> int | None:
        """The process of the command; None when it has ended, or hasn't begun."""
        return child_of(self.pid, self.container)

    def started(self) -> set[int]:
        """The command, or what is about to begin it, and all that these have started."""
        return tree(self.pid) - {self.pid}

    def kill(self) -> None:
        """Kill the command, also where it hasn't begun yet. Does nothing when it has ended."""
        kill_tree(self.pid, self._to_kill)

    def _to_kill(self, pids: Set[int]) -> Set[int]:
        """Those of them that are the command, or begin it, and not those that clear up after it."""
        if self._noted() is not None:
            return set()
        theirs = self.started() & pids
        begins = self.command() is None and self.goes_on()
        return theirs if begins else belonging(theirs, self.container)

    async def wait(self) -> int | None:
        """The command's exit code, once it has ended; None where Podman has taken that from here.

        Raises:
            CommandError: nobody knows it: Podman was killed while it began the command. A monitor that can't
                tell Podman that the command has begun notes nothing down.
        """
        waited = False
        while True:
            over = not self.goes_on()
            if (code := self._noted()) is not None or over:
                break
            waited = True
            if pid := self.command():
                await ended(pid, self.container)
            await asyncio.sleep(_PAUSE_S if pid else _BEGINS_S)
        if code is None and waited:
            raise CommandError(_UNKNOWN, exit_code=None)
        return code

    def _noted(self) -> int | None:
        """The exit code, where it is noted down."""
        with suppress(FileNotFoundError):
            return int(self.exit_file.read_text())
        return None

    def goes_on(self) -> bool:
        """Whether its command does, or begins, or how it ended may still be noted down here."""
        waits = self._lives() and self.exit_file.parent.exists()  # else Podman has cleared up
        return waits or self.command() is not None

    def _lives(self) -> bool:
        """Whether it is there.

        One that has ended may stay as a zombie, where its machine's first process takes no note.
        """
        with suppress(OSError):
            return (_PROC / str(self.pid) / "cmdline").read_bytes() != b""
        return False


def kill_commands(container: str, *, but: str | None) -> set[int]:
    """Kill the commands in a container that have monitors, but one; the processes of that."""
    kept = set[int]()
    for monitor in Monitor.all_in(container):
        if monitor.exec_id == but:
            kept |= monitor.started()
        else:
            monitor.kill()
    return kept


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
