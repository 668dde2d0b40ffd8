"""What the pod has used, as the kernel tells it inside."""

from __future__ import annotations

import contextlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_GROUPS = "/sys/fs/cgroup"


def usage() -> dict[str, Any]:
    """CPU time in ms, and the highest memory in bytes; None for what isn't told here."""
    cpu: int | None = None
    if (stat := _fields(f"{_GROUPS}/cpu.stat")) is not None and "usage_usec" in stat:
        cpu = stat["usage_usec"] // 1000
    elif (ns := _number(f"{_GROUPS}/cpuacct/cpuacct.usage")) is not None:
        cpu = ns // 1_000_000
    peak = _number(f"{_GROUPS}/memory.peak")
    if peak is None:
        peak = _number(f"{_GROUPS}/memory/memory.max_usage_in_bytes")
    return {"cpu_ms": cpu, "peak_bytes": peak}


def memory_kills() -> int:
    """How many processes were killed as the memory was used up."""
    for path in (f"{_GROUPS}/memory.events", f"{_GROUPS}/memory/memory.oom_control"):
        found = _fields(path)
        if found is not None and "oom_kill" in found:
            return found["oom_kill"]
    return 0


def _number(path: str) -> int | None:
    with contextlib.suppress(OSError, ValueError), open(path) as file:
        return int(file.read())
    return None


def _fields(path: str) -> dict[str, int] | None:
    with contextlib.suppress(OSError, ValueError), open(path) as file:
        return {name: int(value) for name, value in (line.split() for line in file)}
    return None
