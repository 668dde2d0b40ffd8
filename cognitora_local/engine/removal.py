"""The end of a container: its first process, and its removal with all that belongs to it."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from aiodocker import DockerError

from . import long_paths
from .api import HALF_REMOVED, Api, failing
from .errors import ContainerGone
from .proc import ended

_BUSY = "device or resource busy"
_BUSY_TRIES = 20
_BUSY_PAUSE_S = 0.1


async def pid_of(api: Api, engine_id: str) -> int:
    """The first process of a container, which is there already; 0 when it has ended."""
    with failing("The container can't be looked at"):
        found = await api.get(f"containers/{engine_id}/json")
        return int(found["State"]["Pid"] or 0)


async def remove(api: Api, engine_id: str) -> None:
    """Remove a container and its volumes, killed first. Does nothing when it isn't there."""
    try:
        with failing("The container can't be removed"):
            if api.graph is not None:
                await _end(api, engine_id)
                await long_paths.clear(api.graph, engine_id)
            await _delete(api, engine_id)
    except ContainerGone:
        return


async def _delete(api: Api, engine_id: str) -> None:
    """Again where Podman found a mount of it busy: a container that starts beside it sees all mounts."""
    for _ in range(_BUSY_TRIES):
        try:
            await api.delete(f"containers/{engine_id}", force="true", v="true")
        except DockerError as error:
            if _BUSY not in error.message:
                raise
            await asyncio.sleep(_BUSY_PAUSE_S)
        else:
            return
    await api.delete(f"containers/{engine_id}", force="true", v="true")


async def _end(api: Api, engine_id: str) -> None:
    """Kill a container, if it runs, and wait until nothing in it does any more."""
    try:
        while (found := await api.get(f"containers/{engine_id}/json"))["State"]["Running"]:
            pid = int(found["State"]["Pid"] or 0)
            with suppress(DockerError):
                await api.post(f"containers/{engine_id}/kill", signal="KILL")
            await ended(pid, engine_id)
    except DockerError as error:
        if HALF_REMOVED not in error.message:  # which is yet to be removed
            raise
