"""Which version of control groups this machine has."""

from __future__ import annotations

import os

from . import cgroup_v1, cgroup_v2, outer_container
from .cgroup import Hierarchy
from .errors import SandboxError


def find(name: str) -> Hierarchy:
    """Makes the group `name` in the runtime's own, by whichever version this machine has.

    Raises SandboxError when memory, processes and CPU can't all be limited.
    """
    try:
        if os.geteuid() == 0:
            outer_container.let_groups_be_written()
        return cgroup_v2.find(name) if cgroup_v2.is_whole() else cgroup_v1.find(name)
    except OSError as error:
        raise SandboxError(
            f"Memory, processes and CPU can't be limited: control groups refuse ({error}). "
            "Run the runtime as root, or as a user of a machine with systemd and cgroup v2; "
            "in a container, give it CAP_SYS_ADMIN, or mount /sys/fs/cgroup writable."
        ) from error
