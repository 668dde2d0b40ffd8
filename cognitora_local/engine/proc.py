"""The processes of a command in a container, as this machine sees them."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Set
from contextlib import suppress
from pathlib import Path

from ..sandbox.process_tree import relations

_PROC = Path("/proc")
_PAUSE_S = 0.01
_LOOKS = 10  # at what is noted, in that time


def belongs(pid: int, engine_id: str) -> bool:
    """Whether the process `pid` is in the control group of that container."""
    try:
        return engine_id in (_PROC / str(pid) / "cgroup").read_text()
    except OSError:
        return False


def belonging(pids: Set[int], engine_id: str) -> Set[int]:
    """Those of these processes that are in the control group of that container."""
    return {pid for pid in pids if belongs(pid, engine_id)}


async def ended(pid: int, engine_id: str, noted: Path | None = None) -> None:
    """Wait for the process `pid` of that container to end; when it has already, for a moment.

    An engine may take that long to know that it has: with `noted`, until that file is there at most.
    """
    try:
        pidfd = os.pidfd_open(pid)
    except (OSError, ValueError):
        await _moment(noted)
        return
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    loop.add_reader(pidfd, over.set)
    try:
        if belongs(pid, engine_id):
            await over.wait()
        if noted is not None or not over.is_set():
            await _moment(noted)
    finally:
        loop.remove_reader(pidfd)
        os.close(pidfd)


async def _moment(noted: Path | None) -> None:
    for _ in range(_LOOKS):
        if noted is not None and noted.exists():
            return
        await asyncio.sleep(_PAUSE_S / _LOOKS)


def child_of(parent: int, engine_id: str) -> int | None:
    """The process of that container that `parent` has started; None when it has ended."""
    found = (pid for pid, (above, _) in relations() if above == parent)
    return next((pid for pid in found if belongs(pid, engine_id)), None)


def entered(engine_id: str) -> set[int]:
    """The processes that were put into that container from outside: its first, and its commands.

    Their parents are the engine's. What they leave running is adopted by the first.
    """
    known = dict(relations())
    inside = {pid for pid in known if belongs(pid, engine_id)}
    return {pid for pid in inside if known[pid][0] not in inside}


def let_owner_write(pid: int, engine_id: str) -> None:
    """Let the owner of a container's root folder, whose process `pid` is, write to it.

    Podman lets nobody where an image doesn't say, and counts on root's right to do so anyway, which
    a container's hasn't. Docker does as this does.
    """
    root = _PROC / str(pid) / "root"
    with suppress(OSError):
        mode = stat.S_IMODE(root.stat().st_mode)
        if not mode & stat.S_IWUSR and belongs(pid, engine_id):
            root.chmod(mode | stat.S_IWUSR)


def let_own_output(pid: int, engine_id: str) -> None:
    """Let a container's user, whose process is `pid`, open what it prints to, by /dev/stdout.

    Podman's pipes are those of the machine's root, who is nobody in a user namespace.
    """
    folder = _PROC / str(pid)
    with suppress(OSError):
        ids = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
        user, group = (int(ids[kind].split()[1]) for kind in ("Uid", "Gid"))
        for name in ("1", "2"):
            if stat.S_ISFIFO((folder / "fd" / name).stat().st_mode) and belongs(pid, engine_id):
                os.chown(folder / "fd" / name, user, group)
