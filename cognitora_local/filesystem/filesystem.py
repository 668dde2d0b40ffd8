"""The files of a running sandbox or container, by its first process."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import FilesystemGone, NotPermitted
from .visit import Visit, visit

_ROOT = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Filesystem:
    """What a sandbox or a container that runs sees of files.

    Attributes:
        pid: its first process on this machine.
        folder: its work folder, as it sees it.
        is_there: whether that process is still the sandbox's, and its number nobody else's.
        visits: done when a program that works in it has ended, as it does when that process has. Whoever
            takes it down waits for them.
    """

    pid: int
    folder: str
    is_there: Callable[[], bool]
    visits: set[asyncio.Future[None]] = field(default_factory=set)

    def visit(self, **order: Any) -> AbstractAsyncContextManager[Visit]:
        """Has a program do here what is ordered. Raises FilesystemGone, NotPermitted."""
        return visit(self, **order)

    def hold(self) -> int:
        """A hold on its first process, a pidfd to be closed: of that one, if `opened` finds it afterwards.

        Raises FilesystemGone.
        """
        try:
            return os.pidfd_open(self.pid)
        except ProcessLookupError as error:
            raise FilesystemGone from error

    def goes_on(self) -> bool:
        """Whether it runs and isn't about to end: what is has lost its mounts, and its files look odd."""
        return has_mounts(self.pid) and self.is_there()

    @contextmanager
    def opened(self) -> Iterator[dict[str, Any]]:
        """What a program needs to get there, files open for as long as the block lasts.

        Raises:
            FilesystemGone: it has ended.
            NotPermitted: this program may not look into it.
        """
        folder = Path("/proc", str(self.pid))
        with ExitStack() as stack:
            try:
                root = os.open(folder / "root", _ROOT)
                stack.callback(os.close, root)
                namespace = None
                if not (folder / "ns/user").samefile("/proc/self/ns/user"):
                    namespace = os.open(folder / "ns/user", os.O_RDONLY | os.O_CLOEXEC)
                    stack.callback(os.close, namespace)
                who = _who(folder)
            except PermissionError as error:  # the kernel says so of one that has just ended, too
                raise (NotPermitted if self.is_there() else FilesystemGone) from error
            except OSError as error:
                raise FilesystemGone from error
            if not self.is_there():
                raise FilesystemGone
            yield {"root": root, "namespace": namespace, **who}


def has_mounts(pid: int) -> bool:
    """Whether a process is still in its mount namespace, which it leaves a moment before it counts as ended.

    The last one to leave takes along what is mounted there. Of one that may not be looked into, it says no.
    """
    try:
        Path(f"/proc/{pid}/ns/mnt").stat()
    except OSError:
        return False
    return True


def _who(folder: Path) -> dict[str, Any]:
    """Whom a process runs as, as its user namespace numbers them, and the most that its root may do."""
    told = {}
    for line in (folder / "status").read_text(errors="replace").splitlines():
        name, _, values = line.partition(":")
        told[name] = values.split()
    users, groups = _ids(folder / "uid_map"), _ids(folder / "gid_map")
    others = [_inside(int(each), groups) for each in told["Groups"]]
    return {
        "uid": _inside(int(told["Uid"][1]), users) or 0,
        "gid": _inside(int(told["Gid"][1]), groups) or 0,
        "groups": [each for each in others if each is not None],
        "capabilities": int(told["CapBnd"][0], 16),
    }


def _ids(map: Path) -> list[tuple[int, int, int]]:
    rows = [line.split() for line in map.read_text().splitlines()]
    return [(int(inside), int(outside), int(count)) for inside, outside, count in rows]


def _inside(number: int, ids: list[tuple[int, int, int]]) -> int | None:
    """What a namespace calls this machine's user or group `number`."""
    for inside, outside, count in ids:
        if outside <= number < outside + count:
            return inside + number - outside
    return None
