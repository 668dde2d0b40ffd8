"""Control groups: where a sandbox's limits are kept, and by which it is counted and ended.

Each host has one group, named after its data folder, in the group that the runtime itself is in, so
that whatever limits the runtime limits its sandboxes too; each sandbox has a group in it. The paths
are noted beside the lock of the host's staging folder, for a next runtime to end what a killed one left.
"""

from __future__ import annotations

import asyncio
import errno
import os
import signal
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from .errors import SandboxError
from .limits import Limits, Usage

PERIOD_US = 100_000
_MIB = 1024 * 1024
_EMPTY_WITHIN_S = 5.0


class Cgroup(ABC):
    """The group of one sandbox: its folder in each hierarchy that has a limit to keep."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folders)

    @property
    def procs_files(self) -> tuple[Path, ...]:
        """The files to which a process writes "0" to enter the group."""
        return tuple(folder / "cgroup.procs" for folder in self._folders)

    @abstractmethod
    def usage(self) -> Usage: ...

    @abstractmethod
    def cpu_ms(self) -> int: ...

    @abstractmethod
    def out_of_memory(self) -> bool:
        """Whether the kernel has killed something in the group for want of memory."""

    @abstractmethod
    def limit_cpu(self, cores: float, *, period_us: int = PERIOD_US) -> None:
        """Gives the group another share of CPU time."""

    @abstractmethod
    def throttled(self) -> int:
        """How often the group had to wait because its share of CPU was used up."""

    def processes(self) -> set[int]:
        found: set[int] = set()
        for file in self.procs_files:
            found.update(int(pid) for pid in file.read_text().split())
        return found

    async def end(self) -> None:
        """Kills what is left in the group and removes it. Does nothing where it's gone already."""
        await end(self._folders, in_thread=True)


class Hierarchy(ABC):
    """The part of the machine's control groups that belongs to one host."""

    version: str

    @property
    @abstractmethod
    def folders(self) -> tuple[Path, ...]:
        """The host's own group, in which those of its sandboxes are."""

    @abstractmethod
    def create(self, name: str, limits: Limits) -> Cgroup:
        """A new group with these limits. Raises SandboxError when the machine has none to give."""


def own_paths() -> dict[str, str]:
    """The group of this process by controller ("" is cgroup v2)."""
    paths = {}
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            paths[controller] = path
    return paths


def mounts() -> dict[str, tuple[Path, str]]:
    """Where each controller ("" is cgroup v2) is mounted, and which group is shown there."""
    found = {}
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields, _, kind_and_options = line.partition(" - ")
        _, _, _, shown, point = fields.split()[:5]
        kind, _, options = kind_and_options.split()[:3]
        if kind == "cgroup2":
            found[""] = (Path(point), shown)
        elif kind == "cgroup":
            for controller in options.split(","):
                found[controller] = (Path(point), shown)
    return found


def cpu_quota(cores: float, period_us: int = PERIOD_US) -> tuple[int, int]:
    """Microseconds of CPU time in each period, and the period."""
    return max(1000, round(cores * period_us)), period_us


def memory_bytes(limits: Limits) -> int:
    return limits.memory_mb * _MIB


def counter(file: Path, name: str) -> int:
    """The number beside `name` in a file of such pairs; 0 where it isn't there."""
    for line in read(file).splitlines():
        key, _, value = line.partition(b" ")
        if key == name.encode():
            return int(value)
    return 0


def read(file: Path) -> bytes:
    """What a group's file says: without Python's own files, which cost each execution more than it."""
    opened = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(opened, 65536)
    finally:
        os.close(opened)


async def end(folders: Sequence[Path], *, in_thread: bool = False) -> None:
    """Kills every process in the groups `folders` and in those below, and removes them.

    With `in_thread` others go on while the kernel removes one, which takes it a while.

    Raises SandboxError when one doesn't end.
    """
    for folder in folders:
        try:
            async with asyncio.timeout(_EMPTY_WITHIN_S):
                await _end(folder, in_thread)
        except TimeoutError as error:
            raise SandboxError(
                f"What runs in {folder} doesn't end within {_EMPTY_WITHIN_S:g} s of being killed."
            ) from error


async def _end(folder: Path, in_thread: bool) -> None:
    for group in [Path(group) for group, _, _ in os.walk(folder, topdown=False)]:
        removed = False
        while not removed:
            removed = await asyncio.to_thread(_remove, group) if in_thread else _remove(group)
            await asyncio.sleep(0 if removed else 0.001)  # nobody is told when it's empty


def _remove(group: Path) -> bool:
    try:
        # All at once where the kernel can (cgroup v2): nothing can fork faster than that.
        everything = group / "cgroup.kill"
        if everything.exists():
            everything.write_text("1")
        for pid in (group / "cgroup.procs").read_text().split():
            _kill(int(pid))
        group.rmdir()
    except FileNotFoundError:
        return True
    except OSError as error:
        if error.errno in (errno.EBUSY, errno.ENODEV, errno.EAGAIN):
            return error.errno == errno.ENODEV
        raise
    return True


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
