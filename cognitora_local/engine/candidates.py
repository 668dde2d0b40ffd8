"""Where an engine may be, in the order in which they are tried."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .errors import EngineError

_VARIABLES = ("DOCKER_HOST", "CONTAINER_HOST")
_SCHEME = "unix://"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An engine that somebody else has started.

    Attributes:
        socket: where it answers.
        named_by: what names it; None: it was merely found.
    """

    socket: Path
    named_by: str | None


def candidates(host: str | None) -> Iterator[Candidate]:
    """The one that is named, by `host` or the environment; else every one that is there.

    Raises EngineError for an address that isn't a socket on this machine.
    """
    named = {"--engine": host, **{name: os.environ.get(name) for name in _VARIABLES}}
    for named_by, address in named.items():
        if address:
            yield Candidate(_socket(address, named_by), named_by)
            return
    for socket in _usual():
        if _is_there(socket):
            yield Candidate(socket, None)


def _usual() -> Iterator[Path]:
    own = os.environ.get("XDG_RUNTIME_DIR")
    yield Path("/run/podman/podman.sock")
    if own:
        yield Path(own, "podman", "podman.sock")
    yield Path("/var/run/docker.sock")
    if own:
        yield Path(own, "docker.sock")


def _is_there(socket: Path) -> bool:
    try:
        return socket.is_socket()
    except PermissionError:  # in a folder of somebody else's
        return False


def _socket(address: str, named_by: str) -> Path:
    path = address.removeprefix(_SCHEME)
    if address.startswith(_SCHEME) and path.startswith("/"):
        return Path(path)
    raise EngineError(
        f"{named_by} names the engine {address!r}, which can't be used: an engine must be on this "
        "machine, so that its limits can be proven. Give the address of a socket, as in "
        f"{_SCHEME}/run/podman/podman.sock."
    )
