"""Where a container engine may answer on this machine, whoever made it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ..errors import CognitoraError, InvalidRequestError

_VARIABLES = ("DOCKER_HOST", "CONTAINER_HOST")
_ADDRESS = re.compile(r"unix://(/[^\0]+)|npipe://([^\0]+)")
# By which engine each is made, and where it is beneath the home folder.
_AT_HOME = (
    ".docker/run/docker.sock",  # Docker Desktop
    ".orbstack/run/docker.sock",
    ".colima/default/docker.sock",
    ".config/colima/default/docker.sock",
    ".rd/docker.sock",  # Rancher Desktop
    ".local/share/containers/podman/machine/podman.sock",
    ".local/share/containers/podman/machine/qemu/podman.sock",  # Podman 4 on macOS
)
_OF_MACHINE = ("/run/podman/podman.sock", "/var/run/docker.sock")
_PIPES = (r"\\.\pipe\docker_engine", r"\\.\pipe\podman-machine-default")


def candidates(named: object) -> Iterator[str]:
    """Paths of sockets (on Windows: of pipes), the likeliest first.

    If one is named, by `named` or the environment, it is that alone; else that of Docker's current context,
    and then those of each engine's own place that are there.

    Raises:
        InvalidRequestError: `named` isn't an address.
        CognitoraError: The environment's isn't.
    """
    if named is not None:
        yield _path(named, "engine")
        return
    for variable in _VARIABLES:
        if address := os.environ.get(variable):
            yield _path(address, variable)
            return
    seen = set()
    for path in (*_of_context(), *_usual()):
        if path not in seen and _is_there(path):
            seen.add(path)
            yield path


def _path(address: object, named_by: str) -> str:
    found = _ADDRESS.fullmatch(address) if isinstance(address, str) else None
    if found is None:
        kind = InvalidRequestError if named_by == "engine" else CognitoraError
        # It isn't quoted: an address by TCP or SSH may have a password in it.
        raise kind(
            f"{named_by} must be the address of a socket on this machine, such as "
            "unix:///var/run/docker.sock: the runtime's image is started by an engine of this machine's."
        )
    return found[1] or found[2].replace("/", "\\")


def _of_context() -> Iterator[str]:
    """The engine that `docker` would speak to, as `docker context use` has set it."""
    folder = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    with suppress(OSError, ValueError, LookupError, TypeError, AttributeError, CognitoraError):
        name = os.environ.get("DOCKER_CONTEXT") or json.loads(
            (folder / "config.json").read_text("utf-8")
        ).get("currentContext", "default")
        digest = hashlib.sha256(name.encode()).hexdigest()
        described = (folder / "contexts" / "meta" / digest / "meta.json").read_text("utf-8")
        yield _path(json.loads(described)["Endpoints"]["docker"]["Host"], "Docker's context")


def _usual() -> Iterator[str]:
    if sys.platform == "win32":
        yield from _PIPES
        return
    if own := os.environ.get("XDG_RUNTIME_DIR"):
        yield str(Path(own, "docker.sock"))
        yield str(Path(own, "podman", "podman.sock"))
    for path in _AT_HOME:
        yield str(Path.home() / path)
    yield str(Path(tempfile.gettempdir(), "podman", "podman-machine-default-api.sock"))
    yield from _OF_MACHINE


def _is_there(path: str) -> bool:
    if sys.platform == "win32":
        return Path(path).exists()
    try:
        return Path(path).is_socket()
    except OSError:  # in a folder of somebody else's
        return False
