"""Layers of images and containers that Podman was killed in the midst of making or removing.

It notes each as incomplete, and removes it when it looks next. On btrfs that fails where the layer
has no subvolume, not yet or not any more; and from then on every call to the store does.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import time
from contextlib import suppress
from pathlib import Path

from ..system import stderr_of
from .errors import EngineError

_PAUSE_S = 0.02
_FREE_WITHIN_S = 10


# The lock of a file is the process's: it keeps out others alone.
_one_at_a_time = asyncio.Lock()


async def restore(graph: Path) -> bool:
    """Give each incomplete layer a subvolume, for Podman to remove; whether there was one without.

    Or might have been, which another call has mended meanwhile.

    `graph` is where Podman keeps layers. Raises EngineError.
    """
    folder = graph / "btrfs-layers"
    if not (folder / "layers.json").exists():
        return False
    under_way = _one_at_a_time.locked()
    async with _one_at_a_time:
        try:
            return await _restore(folder, graph / "btrfs" / "subvolumes") or under_way
        except (OSError, ValueError) as error:
            raise EngineError(f"The store of containers can't be mended: {error}.") from error


async def _restore(folder: Path, subvolumes: Path) -> bool:
    with (folder / "layers.lock").open("r+b") as lock:
        if not await _take(lock.fileno()):
            return False  # an engine that can use the store is at work
        layers = json.loads((folder / "layers.json").read_text())
        broken = [layer["id"] for layer in layers if (layer.get("flags") or {}).get("incomplete")]
        missing = [path for id in broken if not (path := subvolumes / id).exists()]
        for path in missing:
            if stderr := await stderr_of("btrfs", "subvolume", "create", str(path)):
                raise EngineError(f"The store of containers can't be mended: {stderr}.")
    return bool(missing)


async def _take(lock: int) -> bool:
    """Keep engines from making and removing layers, by a lock of the kind that Podman takes."""
    until = time.monotonic() + _FREE_WITHIN_S
    while time.monotonic() < until:
        with suppress(BlockingIOError):
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        await asyncio.sleep(_PAUSE_S)
    return False
