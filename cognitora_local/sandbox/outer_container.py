"""The container that the runtime itself may be in, and what that lacks of a machine.

Engines hide parts of /proc from their containers, show them control groups that can't be written to, and a
/dev without those devices that the kernel makes later. Whose root may mount (CAP_SYS_ADMIN), which the
runtime needs in any case, sees to that here, so that its engine needn't be told to leave more open. All
mounts are made in the runtime's own namespace: the container's other programs see it as it was.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from ..forwarding.machine import is_container
from . import cgroup, namespace

LOOPS = "--device /dev/loop-control --device-cgroup-rule 'b 7:* rmw'"
"""What an engine is told, to give a container loop devices."""

_HARMLESS = "/proc/sys/fs/binfmt_misc"  # a machine has it too
_LOOP_MAJOR = 7
_SPARE_LOOPS = 16


def uncover(sys: Path) -> None:
    """Has a whole /proc and /sys where something hides parts of them, or keeps them from being written to.

    The kernel lets a sandbox mount a /proc of its own, and a container a /sys too, only where another one is
    seen whole. And bwrap writes in /proc that a sandbox may have no user namespaces. That of /sys is mounted
    at the folder `sys`, since control groups are mounted in the usual one.
    """
    if _hides_proc():
        sys.mkdir()
        with suppress(
            PermissionError
        ):  # as root of a user namespace: what bwrap says of it is told
            namespace.mount_kernel("proc", Path("/proc"))
            namespace.mount_kernel("sysfs", sys)


def _hides_proc() -> bool:
    points = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    return any(each.startswith("/proc/") and each != _HARMLESS for each in points)


def let_groups_be_written() -> None:
    """Lets control groups be made where they are shown read-only. What stays so is told by who writes."""
    for point in {point for point, _ in cgroup.mounts().values()}:
        if os.statvfs(point).f_flag & os.ST_RDONLY:
            with suppress(OSError):
                namespace.make_writable(point)


def make_loop_devices() -> None:
    """Makes the nodes of loop devices that the kernel has, or will have soon, and /dev hasn't.

    Raises OSError where that isn't allowed.
    """
    numbers = [int(each.name[4:]) for each in Path("/sys/block").glob("loop[0-9]*")]
    for number in range(max(numbers, default=-1) + 1 + _SPARE_LOOPS):
        node = Path(f"/dev/loop{number}")
        if not node.exists():
            os.mknod(node, 0o600 | stat.S_IFBLK, os.makedev(_LOOP_MAJOR, number))


def hint(options: str) -> str:
    """How to mend it where the runtime is in a container, by options of its engine; else ""."""
    return (
        "" if not is_container() else f". The runtime is in a container: start that with {options}"
    )
