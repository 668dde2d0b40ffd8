"""What a machine must have to run a cluster."""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

_PROGRAMS = {
    "ip": "iproute2",
    "nft": "nftables",
    "nsenter": "util-linux",
    "setpriv": "util-linux",
    "unshare": "util-linux",
    "apt-get": "apt",
    "dpkg-deb": "dpkg",
}
"""And Debian's packages that they are in."""
_CONTROLLERS = ("cpu", "cpuset", "memory", "pids")


def missing() -> list[str]:
    """What this machine lacks, each with what to do; nothing where a cluster can run."""
    if platform.system() != "Linux":
        return ["Linux: nodes are made of its name spaces"]
    if os.geteuid() != 0:
        return ["root: only root can lay cables, mount, and give away cgroups"]
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    found = [
        f"{program} (Debian: {package})"
        for program, package in _PROGRAMS.items()
        if shutil.which(program, path=path) is None
    ]
    hierarchies = Path("/sys/fs/cgroup")
    absent = [name for name in _CONTROLLERS if not os.access(hierarchies / name, os.W_OK)]
    if absent:
        found.append(
            f"cgroups of version 1, writable ({', '.join(absent)}): it was never tried with version 2"
        )
    return found
