"""What a runtime might have left on this machine."""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path
from typing import Any

from tests.processes import with_marker
from tests.runtime.conftest import until

CGROUPS = Path("/sys/fs/cgroup")


def cgroups(data_dir: Path) -> list[Path]:
    """The control groups of the runtime with this data folder."""
    name = f"cognitora-{hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:12]}"
    return [Path(folder) for folder, _, _ in os.walk(CGROUPS) if name in folder]


def mounts(data_dir: Path) -> list[str]:
    """Mounts in this process's namespace that have to do with the data folder."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return [line for line in lines if str(data_dir.resolve()) in line]


def work(data_dir: Path) -> list[Path]:
    """Work folders of sessions."""
    folder = data_dir / "work"
    return list(folder.iterdir()) if folder.exists() else []


def assert_nothing_left(data_dir: Path, marker: str) -> None:
    assert with_marker(marker) == []
    assert cgroups(data_dir) == []
    assert mounts(data_dir) == []
    assert work(data_dir) == []


async def sleeping(marker: str, count: int, unless: asyncio.Future[Any] | None = None) -> None:
    """Wait until so many `sleep` commands with the marker run; what makes that vain says why."""

    async def reached() -> bool:
        assert unless is None or not unless.done(), unless
        return sum(line.startswith("sleep") for line in with_marker(marker)) >= count

    try:
        await until(reached)
    except AssertionError as error:
        raise AssertionError(f"there runs {with_marker(marker)}") from error
