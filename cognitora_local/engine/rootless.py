"""What a user who isn't root does for an engine."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
from contextlib import suppress
from pathlib import Path

from ..system import PATH

_DOCKER = Path("/var/run/docker.sock")


def advice() -> str:
    """All that there is to do on this machine, in a sentence."""
    start = "systemctl --user start podman.socket"
    if shutil.which("podman", path=PATH) is None:
        start = f"apt install podman, then {start}"
    ways = [f"start rootless Podman ({start})"]
    if group := _group():
        name = _name()
        join = f"sudo usermod -aG {group} {name}, then log in again"
        ways.append(f"join the group {group}, for whom {_DOCKER} is ({join})")
    ways += ["name an engine with --engine", "run the runtime as root"]
    return f"{'; '.join(ways[:-1])}; or {ways[-1]}."


def _group() -> str | None:
    """The group whose members may use Docker, where there is one and this user isn't in it."""
    with suppress(OSError, KeyError):
        if not os.access(_DOCKER, os.W_OK, effective_ids=True):
            number = _DOCKER.stat().st_gid
            return grp.getgrgid(number).gr_name if number else None
    return None


def _name() -> str:
    with suppress(KeyError):
        return pwd.getpwuid(os.geteuid()).pw_name
    return "$USER"
