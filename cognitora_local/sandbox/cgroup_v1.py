"""Control groups of version 1, alone or beside version 2 ("hybrid"): root's, or given to a user."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

from . import cgroup
from .errors import SandboxError
from .limits import Limits, Usage

_NEEDED = ("memory", "pids", "cpu", "cpuacct")
_BUFFERS = 4  # the part of its memory that a group may have for them, beside it
_MIB = 1024 * 1024


class CgroupV1(cgroup.Cgroup):
    def __init__(self, by_controller: dict[str, Path]) -> None:
        super().__init__(tuple(dict.fromkeys(by_controller.values())))
        self._memory = by_controller["memory"]
        self._cpu = by_controller["cpu"]
        self._cpuacct = by_controller["cpuacct"]

    def usage(self) -> Usage:
        peak = int(cgroup.read(self._memory / "memory.max_usage_in_bytes"))
        return Usage(cpu_ms=self.cpu_ms(), peak_memory_mb=round(peak / _MIB, 1))

    def cpu_ms(self) -> int:
        return int(cgroup.read(self._cpuacct / "cpuacct.usage")) // 1_000_000

    def out_of_memory(self) -> bool:
        return cgroup.counter(self._memory / "memory.oom_control", "oom_kill") > 0

    def limit_cpu(self, cores: float, *, period_us: int = cgroup.PERIOD_US) -> None:
        quota, period = cgroup.cpu_quota(cores, period_us)
        # Between the two, one of them would be a share that the group above may not have.
        _write(self._cpu / "cpu.cfs_quota_us", "-1")
        _write(self._cpu / "cpu.cfs_period_us", str(period))
        _write(self._cpu / "cpu.cfs_quota_us", str(quota))

    def throttled(self) -> int:
        return cgroup.counter(self._cpu / "cpu.stat", "nr_throttled")


class HierarchyV1(cgroup.Hierarchy):
    version = "v1"

    def __init__(self, by_controller: dict[str, Path]) -> None:
        self._by_controller = by_controller

    @property
    def folders(self) -> tuple[Path, ...]:
        return tuple(dict.fromkeys(self._by_controller.values()))

    def create(self, name: str, limits: Limits) -> cgroup.Cgroup:
        group = {controller: at / name for controller, at in self._by_controller.items()}
        try:
            for folder in dict.fromkeys(group.values()):
                folder.mkdir()
            memory = str(cgroup.memory_bytes(limits))
            _write(group["memory"] / "memory.limit_in_bytes", memory)
            limit_buffers(group["memory"], cgroup.memory_bytes(limits))
            # Memory and swap together. Missing where the kernel doesn't count swap.
            if (group["memory"] / "memory.memsw.limit_in_bytes").exists():
                _write(group["memory"] / "memory.memsw.limit_in_bytes", memory)
            else:
                _refuse_swap()
            _write(group["pids"] / "pids.max", str(limits.processes))
            made = CgroupV1(group)
            made.limit_cpu(limits.cpu_cores)
        except BaseException:
            for folder in group.values():
                if folder.exists():
                    folder.rmdir()
            raise
        return made


def limit_buffers(memory: Path, memory_bytes: int) -> None:
    """Limit what TCP connections hold for the processes of a group in the hierarchy `memory`.

    cgroup v1 doesn't count it as memory, and on a machine where it is used up nobody's connections
    get any more.
    """
    _write(memory / "memory.kmem.tcp.limit_in_bytes", str(memory_bytes // _BUFFERS))


def find(name: str) -> HierarchyV1:
    """Makes the group `name` in each hierarchy. Raises SandboxError and OSError."""
    mounted, own = cgroup.mounts(), cgroup.own_paths()
    by_controller = {}
    for controller in _NEEDED:
        if controller not in mounted or controller not in own:
            raise SandboxError(
                f"The {controller!r} control group isn't mounted, so that sandboxes can't be "
                "limited. Mount it under /sys/fs/cgroup (Debian: apt install cgroupfs-mount)."
            )
        point, shown = mounted[controller]
        by_controller[controller] = point / os.path.relpath(own[controller], shown) / name
    _make(list(dict.fromkeys(by_controller.values())))
    return HierarchyV1(by_controller)


def _make(folders: list[Path]) -> None:
    """Makes those that are missing: all of them, or none."""
    missing = [folder for folder in folders if not folder.exists()]
    with ExitStack() as undo:
        for folder in missing:
            try:
                folder.mkdir()
            except PermissionError as error:
                above = ", ".join(str(folder.parent) for folder in missing)
                raise SandboxError(
                    "Memory, processes and CPU can't be limited by an ordinary user under cgroup v1, "
                    f"which this machine has, unless these folders are that user's: {above}. Run the "
                    "runtime as root, or boot with systemd.unified_cgroup_hierarchy=1."
                ) from error
            undo.callback(folder.rmdir)
        undo.pop_all()


def _refuse_swap() -> None:
    if len(Path("/proc/swaps").read_text().splitlines()) > 1:
        raise SandboxError(
            "Memory can't be limited: this machine swaps, and its kernel doesn't count swap. "
            "Boot it with swapaccount=1, or turn swap off (swapoff -a)."
        )


def _write(file: Path, value: str) -> None:
    file.write_text(value)
