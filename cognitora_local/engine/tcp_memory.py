"""What a container's connections hold, where that isn't within the limit of its memory."""

from __future__ import annotations

from pathlib import Path

from ..sandbox import cgroup, cgroup_v1
from .errors import EngineError

_MIB = 1024 * 1024


def limit_buffers(pid: int, memory_mb: int) -> None:
    """Limit the TCP connections of the container whose first process is `pid`.

    cgroup v2 has them within the memory. For v1, where they aren't, engines' runtimes do nothing.

    Raises EngineError.
    """
    try:
        groups = Path("/proc", str(pid), "cgroup").read_text()
    except OSError:
        return  # it has ended
    try:
        for line in groups.splitlines():
            _, controllers, group = line.split(":", 2)
            if "memory" in controllers.split(","):
                point, shown = cgroup.mounts()["memory"]
                cgroup_v1.limit_buffers(point / Path(group).relative_to(shown), memory_mb * _MIB)
    except (OSError, KeyError, ValueError) as error:
        raise EngineError(
            f"The memory of a container's connections can't be limited ({error!r}). Run the "
            "runtime as root, or boot the machine with cgroup v2."
        ) from error
