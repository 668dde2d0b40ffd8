"""The programs that a Podman of our own needs."""

from __future__ import annotations

import shutil

from ..system import PATH
from .create import find_init
from .errors import EngineError

_PACKAGES = {
    "podman": "podman",
    "conmon": "conmon",
    "mkfs.btrfs": "btrfs-progs",
    "btrfs": "btrfs-progs",
    "mount": "mount",
}
_RUNTIMES = ("runc", "crun")


def check() -> None:
    """Raises EngineError, which names all that are missing, and their packages."""
    missing = {name: package for name, package in _PACKAGES.items() if not _is_here(name)}
    if not any(map(_is_here, _RUNTIMES)):
        missing["runc"] = "runc"
    try:
        find_init()
    except EngineError:
        missing["catatonit"] = "catatonit"
    if missing:
        packages = " ".join(dict.fromkeys(missing.values()))
        raise EngineError(
            f"Containers need an engine, and what one needs is missing here: {', '.join(missing)}. "
            f"Install it: apt install {packages}."
        )


def runtime() -> str:
    """What Podman starts containers by. Raises EngineError where there is none."""
    found = next(filter(_is_here, _RUNTIMES), None)
    if found is None:
        raise EngineError("Neither runc nor crun is here; install one: apt install runc.")
    return found


def _is_here(program: str) -> bool:
    return shutil.which(program, path=PATH) is not None
