"""Folders in folders, so deep that Podman can't remove the container that they are in.

It walks through all of a container's disk by whole paths. One of more than 4096 bytes ends that with
an error, and from then on every call to the store does, whoever's container it is about.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from pathlib import Path

from ..system import ENVIRONMENT
from .errors import EngineError

# The part of a path that Podman puts before it is at most so long; a name has at most 255 bytes.
_PREFIX_BYTES = 1000
_PATH_BYTES = 4096
_DEEP = (_PATH_BYTES - _PREFIX_BYTES) // 256


async def clear(graph: Path, engine_id: str) -> None:
    """Empty the disk of an ended container if paths there are too long for Podman.

    `graph` is where Podman keeps containers. Raises EngineError when the disk can't be emptied.
    """
    disk = _disk(graph, engine_id)
    if disk is None or not disk.is_dir():
        return
    deep = ("-mindepth", str(_DEEP), "-regextype", "posix-extended")
    long = ("-regex", f".{{{_PATH_BYTES - _PREFIX_BYTES},}}", "-printf", "x", "-quit")
    if await _find(disk, *deep, *long):
        remove = ("-exec", "rm", "-rf", "--one-file-system", "--", "{}", "+")
        await _find(disk, "-mindepth", "1", "-maxdepth", "1", *remove)


def _disk(graph: Path, engine_id: str) -> Path | None:
    with suppress(FileNotFoundError):
        for container in json.loads((graph / "btrfs-containers" / "containers.json").read_text()):
            if container["id"] == engine_id:
                return graph / "btrfs" / "subvolumes" / str(container["layer"])
    return None


async def _find(*command: str | Path) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *("find", *command),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**ENVIRONMENT, "LC_ALL": "C"},  # bytes, not characters
        cwd="/",
    )
    told, stderr = await process.communicate()
    if process.returncode != 0:
        reason = stderr.decode(errors="replace").strip()[:500]
        raise EngineError(f"A container's disk can't be looked through: {reason}.")
    return told
