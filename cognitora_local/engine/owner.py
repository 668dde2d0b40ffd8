"""Whom a container runs as, by what the kernel says of its first process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import aiodocker

from .errors import ContainerGone, EngineError
from .request import reason, request


@dataclass(frozen=True, slots=True)
class Owner:
    """A user and a group, as they are numbered in the container."""

    user: int
    group: int

    @property
    def is_root(self) -> bool:
        return self.user == 0 and self.group == 0


async def owner_of(docker: aiodocker.Docker, container: str) -> Owner:
    """Raises ContainerGone when it doesn't run.

    An image names its user by a name, a number, or both halves of either: the engines differ in
    where they look them up (Docker, for its archives, in the host's own list of users).
    """
    async with request(docker, "GET", f"containers/{container}/json", params={}) as response:
        if response.status == 404:
            raise ContainerGone(await reason(response))
        if response.status != 200:
            raise EngineError(f"The engine can't look a container up: {await reason(response)}.")
        pid = int((await response.json())["State"]["Pid"])
    try:
        return _owner(Path("/proc") / str(pid))
    except OSError as error:
        raise ContainerGone(f"The container {container} doesn't run.") from error


def _owner(process: Path) -> Owner:
    ids = {}
    for line in (process / "status").read_text().splitlines():
        name, _, values = line.partition(":")
        if name in {"Uid", "Gid"}:
            ids[name] = int(values.split()[1])
    return Owner(_inside(ids["Uid"], process / "uid_map"), _inside(ids["Gid"], process / "gid_map"))


def _inside(number: int, ids: Path) -> int:
    """What the namespace with the map `ids` calls the host's user or group `number`."""
    for line in ids.read_text().splitlines():
        inside, outside, count = map(int, line.split())
        if outside <= number < outside + count:
            return inside + number - outside
    return 0
