"""What a sandbox may use, and what it has used."""

from __future__ import annotations

from dataclasses import dataclass

_MANY = 1e6


@dataclass(frozen=True, slots=True)
class Limits:
    """What one sandbox may use, all its processes together.

    `cpu_cores` is a share of CPU time (0.5 is 50 ms in every 100 ms), `memory_mb` counts MiB of memory
    with everything in /tmp and /dev/shm, `storage_gb` is GiB for the work folder (None: no quota),
    `processes` counts processes and threads, three of which the sandbox needs for itself.

    Raises ValueError for a limit that nothing could run under.
    """

    cpu_cores: float = 1.0
    memory_mb: int = 512
    storage_gb: float | None = None
    processes: int = 256

    def __post_init__(self) -> None:
        if not 0.01 <= self.cpu_cores <= _MANY:
            raise ValueError(f"cpu_cores must be from 0.01 to {_MANY:g}, not {self.cpu_cores}")
        if self.memory_mb < 16:
            raise ValueError(f"memory_mb must be at least 16, not {self.memory_mb}")
        if self.storage_gb is not None and not 0.01 <= self.storage_gb <= _MANY:
            raise ValueError(f"storage_gb must be from 0.01 to {_MANY:g}, not {self.storage_gb}")
        if self.processes < 8:
            raise ValueError(f"processes must be at least 8, not {self.processes}")


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU time in ms and the highest memory in MiB of a sandbox, all its processes together.

    `peak_memory_mb` is None where the kernel doesn't tell it (cgroup v2 before Linux 5.19).
    """

    cpu_ms: int
    peak_memory_mb: float | None
