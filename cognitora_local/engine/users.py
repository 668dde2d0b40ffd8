"""Whom a container's users are on this machine, and what its root may do.

Podman, run by root, puts each container into a user namespace of its own, whose ids are nobody's on
the machine. Only in such a one has a container's root capabilities: it is then a root of its own
files and its own network alone. All containers have the same ids, so that an image's files are
given to them once, and not at each start; from each other they are kept by all the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .api import Api, failing

# Those that Docker gives a container, but for CAP_NET_RAW: who writes packets by hand writes into
# them whatever address there is, and so reaches this machine through the container's way out.
CAPABILITIES = {
    "CAP_CHOWN": 0,
    "CAP_DAC_OVERRIDE": 1,
    "CAP_FOWNER": 3,
    "CAP_FSETID": 4,
    "CAP_KILL": 5,
    "CAP_SETGID": 6,
    "CAP_SETUID": 7,
    "CAP_SETPCAP": 8,
    "CAP_NET_BIND_SERVICE": 10,
    "CAP_SYS_CHROOT": 18,
    "CAP_MKNOD": 27,
    "CAP_AUDIT_WRITE": 29,
    "CAP_SETFCAP": 31,
}
"""Their names and the kernel's numbers."""

# Beyond what /etc/subuid, systemd's containers and its users' folders are given out of.
_FIRST = 0x7040_0000
_COUNT = 0x1_0000
_OWN_MAP = Path("/proc/self/uid_map")
_MOST_NAMESPACES = Path("/proc/sys/user/max_user_namespaces")


@dataclass(frozen=True, slots=True)
class Ids:
    """User and group ids of this machine: `count` of them, beginning with `first`."""

    first: int
    count: int


@dataclass(frozen=True, slots=True)
class Users:
    """What an engine is told about a container's users.

    Attributes:
        ids: what its ids are to be on this machine; None: whatever the engine makes of them.
        capabilities: what its root may do.
    """

    ids: Ids | None
    capabilities: tuple[str, ...]


NOBODY = Users(None, ())
"""Without a user namespace: a root that may do nothing."""


def ids_of_machine() -> Ids | None:
    """Ids that nobody has; None where this machine can't give a container any."""
    try:
        allowed = int(_MOST_NAMESPACES.read_text()) > 0
        ranges = [tuple(map(int, line.split())) for line in _OWN_MAP.read_text().splitlines()]
    except (OSError, ValueError):
        return None
    here = any(first <= _FIRST and first + many >= _FIRST + _COUNT for first, _, many in ranges)
    return Ids(_FIRST, _COUNT) if allowed and here else None


async def users_of(api: Api) -> Users:
    """What this engine can do. Raises EngineError."""
    with failing("The engine doesn't say how it is set up"):
        if api.graph is not None:
            # Our own is root's. To say so takes it a third of a second: it has dpkg look up its versions.
            rootless = False
        elif api.podman:
            found = await api.libpod("GET", "info")
            rootless = bool(found["host"]["security"]["rootless"])
        else:
            found = await api.get("info")
            named = found.get("SecurityOptions") or ()
            rootless = any(each.startswith(("name=userns", "name=rootless")) for each in named)
    if rootless:  # in a namespace of its user's already
        return Users(None, tuple(CAPABILITIES))
    if api.podman and (ids := ids_of_machine()):
        return Users(ids, tuple(CAPABILITIES))
    return NOBODY
