"""What runtimes have left on an engine that are no more."""

from __future__ import annotations

import asyncio
import json
import os
import re
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..datadir import PREFIX, DataDirError, lock
from .api import Api, failing
from .create import RUNTIME
from .errors import ContainerGone, EngineError
from .models import Collected
from .removal import remove

# As engines tell it, Docker with a slash.
_NAME = re.compile(r"/?cognitora-")


async def containers(api: Api, label: str) -> list[dict[str, Any]]:
    """All of the engine's containers with that label that a runtime has made, running or not.

    An image may have any label, and gives it to whoever's container: but no name.
    """
    query = {"all": "true", "filters": json.dumps({"label": [label]})}
    found: list[dict[str, Any]]
    with failing("The containers can't be listed"):
        if api.podman:  # one that is half removed is in its own list, and spoils the other
            found = await api.libpod("GET", "containers/json", **query)
        else:
            found = await api.get("containers/json", **query)
    return [one for one in found if any(_NAME.match(name) for name in one["Names"])]


async def collect(api: Api, data_dir: Path) -> Collected:
    """Remove every container, volume and network that a runtime has made and nobody owns.

    The runtime with the folder `data_dir` owns what is labelled with it.
    """
    made = [
        *(("containers", found["Id"], found) for found in await containers(api, RUNTIME)),
        *(("volumes", found["Name"], found) for found in await _listed(api, "volumes")),
        *(("networks", found["Id"], found) for found in await _listed(api, "networks")),
    ]
    orphans = [(kind, name) for kind, name, found in made if is_orphan(_owner(found), data_dir)]
    removed = await asyncio.gather(*(_remove(api, kind, name) for kind, name in orphans))
    kinds = [kind for (kind, _), gone in zip(orphans, removed, strict=True) if gone]
    return Collected(*(kinds.count(kind) for kind in ("containers", "volumes", "networks")))


def is_orphan(owner: Path, living: Path) -> bool:
    """Whether the runtime with the data folder `owner` is no more, and no next one will adopt.

    `living` is the folder of the runtime that asks.
    """
    if owner == living:
        return False
    try:
        found = owner.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False
    # What is another user's is left to him: a lock in there may be a link to anything.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        return False
    if owner.parent != Path(tempfile.gettempdir()).resolve() or not owner.name.startswith(PREFIX):
        return False  # its next runtime finds them
    try:
        os.close(lock(owner, create=False))
    except DataDirError:
        return False
    except FileNotFoundError:
        return not owner.is_dir()  # its runtime is about to lock it, or it has just been removed
    except OSError:
        return False
    return True


def _owner(found: Mapping[str, Any]) -> Path:
    return Path(found["Labels"][RUNTIME])


async def _listed(api: Api, kind: str) -> list[dict[str, Any]]:
    with failing(f"The {kind} can't be listed"):
        found = await api.get(kind, filters=json.dumps({"label": [RUNTIME]}))
    listed: list[dict[str, Any]] = found["Volumes"] if isinstance(found, Mapping) else found
    return [one for one in listed or () if RUNTIME in (one.get("Labels") or {})]


async def _remove(api: Api, kind: str, name: str) -> bool:
    try:
        if kind == "containers":
            await remove(api, name)
        else:
            with failing(f"{name} can't be removed"):
                await api.delete(f"{kind}/{name}")
    except (ContainerGone, EngineError):
        return False  # somebody else has just removed it, or it is in use
    return True
