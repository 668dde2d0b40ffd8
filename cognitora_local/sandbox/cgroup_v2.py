"""Control groups of version 2: root's, or those that systemd delegates to a user."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from . import cgroup
from .errors import SandboxError
from .limits import Limits, Usage

_NEEDED = ("memory", "pids", "cpu")
_MIB = 1024 * 1024


class CgroupV2(cgroup.Cgroup):
    def __init__(self, folder: Path) -> None:
        super().__init__((folder,))
        self._folder = folder

    def usage(self) -> Usage:
        microseconds = _counter(self._folder / "cpu.stat", "usage_usec")
        try:
            peak = int((self._folder / "memory.peak").read_text()) / _MIB
        except FileNotFoundError:  # Linux before 5.19
            return Usage(cpu_ms=microseconds // 1000, peak_memory_mb=None)
        return Usage(cpu_ms=microseconds // 1000, peak_memory_mb=round(peak, 1))

    def out_of_memory(self) -> bool:
        return _counter(self._folder / "memory.events", "oom_kill") > 0

    def throttled(self) -> bool:
        return _counter(self._folder / "cpu.stat", "nr_throttled") > 0


class HierarchyV2(cgroup.Hierarchy):
    version = "v2"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def folders(self) -> tuple[Path, ...]:
        return (self._folder,)

    def create(self, name: str, limits: Limits) -> cgroup.Cgroup:
        folder = self._folder / name
        folder.mkdir()
        try:
            (folder / "memory.max").write_text(str(cgroup.memory_bytes(limits)))
            if (folder / "memory.swap.max").exists():  # missing where the machine has no swap
                (folder / "memory.swap.max").write_text("0")
            (folder / "pids.max").write_text(str(limits.processes))
            quota, period = cgroup.cpu_quota(limits)
            (folder / "cpu.max").write_text(f"{quota} {period}")
        except BaseException:
            folder.rmdir()
            raise
        return CgroupV2(folder)


def is_whole() -> bool:
    """Whether version 2 has the controllers here, not version 1 (as in a "hybrid" machine)."""
    mounted = cgroup.mounts()
    if "" not in mounted:
        return False
    controllers = (mounted[""][0] / "cgroup.controllers").read_text().split()
    return set(_NEEDED) <= set(controllers)


def find(name: str) -> HierarchyV2:
    """Makes the group `name`. Raises SandboxError and OSError.

    A group that limits its children may have no processes of its own, so the runtime steps down
    into a group beside theirs. A user is first given a group by systemd, once for the runtime.
    """
    own = _own()
    if not os.access(own / "cgroup.procs", os.W_OK) or not _offers(own):
        _ask_systemd(name)
        own = _own()
    if own.name == "runtime" and (own.parent / name).parent.exists():
        own = own.parent  # a former host of this process stepped down already
    if not _is_root(own):
        leaf = own / "runtime"
        leaf.mkdir(exist_ok=True)
        for pid in (own / "cgroup.procs").read_text().split():
            (leaf / "cgroup.procs").write_text(pid)
    folder = own / name
    folder.mkdir(exist_ok=True)
    for group in (own, folder):
        wanted = " ".join(f"+{controller}" for controller in _NEEDED)
        (group / "cgroup.subtree_control").write_text(wanted)
    return HierarchyV2(folder)


def _own() -> Path:
    point, shown = cgroup.mounts()[""]
    return point / os.path.relpath(cgroup.own_paths()[""], shown)


def _is_root(group: Path) -> bool:
    """The machine's first group, which alone may have both processes and limited children."""
    return not (group / "cgroup.type").exists()


def _offers(group: Path) -> bool:
    return set(_NEEDED) <= set((group / "cgroup.controllers").read_text().split())


def _ask_systemd(name: str) -> None:
    """Has systemd move this process to a group of its own, and leave that group to it.

    What `systemd-run --scope -p Delegate=yes` does, for a process that runs already.
    """
    mend = (
        "Memory, processes and CPU can't be limited: this user may not make control groups, and "
        "{reason}. Log in with systemd (loginctl enable-linger, on a server), or run the runtime "
        "under `systemd-run --user --scope -p Delegate=yes`, or as root."
    )
    busctl = shutil.which("busctl")
    if busctl is None:
        raise SandboxError(mend.format(reason="systemd's busctl isn't here to ask for them"))
    command = [busctl] if os.geteuid() == 0 else [busctl, "--user"]
    command += "call org.freedesktop.systemd1 /org/freedesktop/systemd1".split()
    command += "org.freedesktop.systemd1.Manager StartTransientUnit ssa(sv)a(sa(sv))".split()
    command += [f"{name}-{os.getpid()}.scope", "fail"]
    command += f"2 PIDs au 1 {os.getpid()} Delegate b true 0".split()
    before = cgroup.own_paths()[""]
    done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    if done.returncode != 0:
        raise SandboxError(mend.format(reason=f"systemd refused: {done.stderr.strip()}"))
    _wait_until_moved(before)
    if not _offers(_own()):
        raise SandboxError(mend.format(reason="systemd delegated none with these three"))


def _wait_until_moved(before: str) -> None:
    import time

    until = time.monotonic() + 5
    while cgroup.own_paths()[""] == before:
        if time.monotonic() > until:
            raise SandboxError("systemd promised this process a control group and gave none.")
        time.sleep(0.005)


def _counter(file: Path, name: str) -> int:
    for line in file.read_text().splitlines():
        key, _, value = line.partition(" ")
        if key == name:
            return int(value)
    return 0
