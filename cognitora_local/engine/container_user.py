"""The first process of a container, and whom it runs as, by what the kernel says of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aiodocker import Docker

from .errors import ContainerGone, EngineError
from .request import reason, request


@dataclass(frozen=True, slots=True)
class Owner:
    """A user and a group."""

    user: int
    group: int


@dataclass(frozen=True, slots=True)
class ContainerProcess:
    """A process that runs as a container's user.

    Attributes:
        container: the engine's id of the container.
        pid: its number on this machine.
        here: its user and group as they are numbered on this machine.
        inside: the same, as they are numbered in the container.
    """

    container: str
    pid: int
    here: Owner
    inside: Owner


async def find_process(docker: Docker, container: str) -> ContainerProcess | None:
    """The first process of a container, None when it doesn't run. Raises ContainerGone.

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
        return _read(container, pid) if pid else None
    except OSError:
        return None


def _read(container: str, pid: int) -> ContainerProcess:
    folder = Path("/proc", str(pid))
    ids = {}
    for line in (folder / "status").read_text(errors="replace").splitlines():
        name, _, values = line.partition(":")
        if name in {"Uid", "Gid"}:
            ids[name] = int(values.split()[1])
    here = Owner(ids["Uid"], ids["Gid"])
    inside = Owner(_inside(here.user, folder / "uid_map"), _inside(here.group, folder / "gid_map"))
    return ContainerProcess(container, pid, here, inside)


def _inside(number: int, ids: Path) -> int:
    """What the namespace with the map `ids` calls the host's user or group `number`."""
    for line in ids.read_text().splitlines():
        inside, outside, count = map(int, line.split())
        if outside <= number < outside + count:
            return inside + number - outside
    return 0
