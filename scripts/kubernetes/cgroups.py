"""Cgroups of a cluster: of version 1, a tree in each hierarchy."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import time
from pathlib import Path

_HIERARCHIES = Path("/sys/fs/cgroup")
_NAME = "cognitora-kubernetes-"
_ENDS_WITHIN_S = 30


def name() -> str:
    """The name of this process' cluster; see `sweep`."""
    return f"{_NAME}{os.getpid()}"


def make(path: str) -> None:
    """Make a cgroup with all above it, in every hierarchy."""
    for hierarchy in _hierarchies():
        folder = hierarchy
        for part in Path(path).parts:
            parent, folder = folder, folder / part
            folder.mkdir(exist_ok=True)
            # Nothing can join a cgroup that isn't told of processors and memory.
            for setting in ("cpuset.cpus", "cpuset.mems"):
                if (folder / setting).exists() and not (folder / setting).read_text().strip():
                    (folder / setting).write_text((parent / setting).read_text())


def join(path: str) -> None:
    """Move this process into a cgroup that was made."""
    for hierarchy in _hierarchies():
        (hierarchy / path / "cgroup.procs").write_text("0")


def remove(path: str) -> None:
    """Kill what is left in a cgroup, and remove it with all below it.

    Raises:
        TimeoutError: a process in it doesn't end.
    """
    until = time.monotonic() + _ENDS_WITHIN_S
    for hierarchy in _hierarchies():
        while not _removed(hierarchy / path):
            if time.monotonic() > until:
                raise TimeoutError(f"{hierarchy / path} isn't empty after {_ENDS_WITHIN_S} s")
            time.sleep(0.02)


def sweep() -> None:
    """Remove what is left of clusters whose process was killed."""
    for hierarchy in _hierarchies():
        for folder in hierarchy.glob(f"{_NAME}*"):
            owner = re.fullmatch(r"\d+", folder.name.removeprefix(_NAME))
            if owner and not Path("/proc", owner[0]).exists():
                remove(folder.name)


def _hierarchies() -> list[Path]:
    return [
        path for path in sorted(_HIERARCHIES.iterdir()) if path.is_dir() and not path.is_symlink()
    ]


def _removed(root: Path) -> bool:
    for folder, _, _ in os.walk(root, topdown=False):
        with contextlib.suppress(OSError):
            for pid in Path(folder, "cgroup.procs").read_text().split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
        with contextlib.suppress(OSError):
            Path(folder).rmdir()
    return not root.exists()
