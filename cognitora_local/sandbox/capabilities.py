"""What root may do here: in a container it isn't all, and what lacks is told with what to add."""

from __future__ import annotations

import os
from pathlib import Path

_NUMBERS = {
    "CHOWN": 0,
    "DAC_OVERRIDE": 1,
    "FOWNER": 3,
    "FSETID": 4,
    "KILL": 5,
    "SETGID": 6,
    "SETUID": 7,
    "SETPCAP": 8,
    "NET_BIND_SERVICE": 10,
    "NET_ADMIN": 12,
    "SYS_CHROOT": 18,
    "SYS_PTRACE": 19,
    "SYS_ADMIN": 21,
    "MKNOD": 27,
    "SETFCAP": 31,
}

SANDBOXES = ("SYS_ADMIN", "CHOWN", "KILL", "SETUID", "SETGID")
"""Mounts and control groups; sandboxes' users, and the end of what they run."""

NETWORKS = ("SYS_PTRACE", "MKNOD")
"""To enter a sandbox's network; to let its user have the machine's /dev/net/tun."""

EGRESS = ("SYS_PTRACE", "NET_ADMIN", "NET_BIND_SERVICE")
"""What leads connections to a list is set up from outside, and answers for name servers there."""

DISKS = ("MKNOD",)
"""Nodes of loop devices."""

CONTAINERS = (
    *("SYS_PTRACE", "MKNOD", "SYS_CHROOT", "SETPCAP"),
    *("DAC_OVERRIDE", "FOWNER", "FSETID", "SETFCAP"),
)
"""To look at containers and enter them; their disks; images' files as they are, with all their marks."""


def lacking(names: tuple[str, ...]) -> str | None:
    """Which of these this program lacks although it is root, and the mend; None: none.

    Who isn't root has all that they need in a user namespace.
    """
    if os.geteuid() != 0:
        return None
    status = Path("/proc/self/status").read_text()
    effective = int(status.partition("CapEff:")[2].split()[0], 16)
    missing = [name for name in names if not effective >> _NUMBERS[name] & 1]
    if not missing:
        return None
    options = " ".join(f"--cap-add {name}" for name in missing)
    named = ", ".join(f"CAP_{name}" for name in missing)
    return f"root lacks {named} here; in a container, start that with {options}"
