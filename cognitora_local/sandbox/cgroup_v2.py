"""Control groups of version 2: root's, or those that systemd delegates to a user."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from . import cgroup
from .errors import SandboxError
from .limits import Limits, Usage

_NEEDED = ("memory", "pids", "cpu")
_LEAF = "runtime"
_MOVED_WITHIN_S = 5.0
_MIB = 1024 * 1024


class CgroupV2(cgroup.Cgroup):
    def __init__(self, folder: Path) -> None:
        super().__init__((folder,))
        self._folder = folder

    def usage(self) -> Usage:
        try:
            peak = round(int(cgroup.read(self._folder / "memory.peak")) / _MIB, 1)
        except FileNotFoundError:  # Linux before 5.19
            return Usage(cpu_ms=self.cpu_ms(), peak_memory_mb=None)
        return Usage(cpu_ms=self.cpu_ms(), peak_memory_mb=peak)

    def cpu_ms(self) -> int:
        return cgroup.counter(self._folder / "cpu.stat", "usage_usec") // 1000

    def out_of_memory(self) -> bool:
        return cgroup.counter(self._folder / "memory.events", "oom_kill") > 0

    def limit_cpu(self, cores: float, *, period_us: int = cgroup.PERIOD_US) -> None:
        quota, period = cgroup.cpu_quota(cores, period_us)
        (self._folder / "cpu.max").write_text(f"{quota} {period}")

    def throttled(self) -> int:
        return cgroup.counter(self._folder / "cpu.stat", "nr_throttled")


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
            made = CgroupV2(folder)
            made.limit_cpu(limits.cpu_cores)
        except BaseException:
            folder.rmdir()
            raise
        return made


def is_whole() -> bool:
    """Whether version 2 has the controllers here, not version 1 (as in a "hybrid" machine)."""
    mounted = cgroup.mounts()
    if "" not in mounted:
        return False
    controllers = (mounted[""][0] / "cgroup.controllers").read_text().split()
    return set(_NEEDED) <= set(controllers)


def find(name: str) -> HierarchyV2:
    """Makes the group `name`. Raises SandboxError and OSError.

    A group that limits others may have no processes of its own, so the runtime steps down into a
    group beside theirs. Where systemd owns the groups, it is first asked for one for the runtime.
    """
    own = _own()
    if own.name == _LEAF:
        own = own.parent  # an earlier host of this process has stepped down already
    elif Path("/run/systemd/system").is_dir():
        own = _given_by_systemd(name)
    lacking = set(_NEEDED) - set((own / "cgroup.controllers").read_text().split())
    if lacking:
        raise SandboxError(
            f"Sandboxes can't be limited: this machine doesn't pass on {', '.join(sorted(lacking))}."
            " With systemd, write `[Service]` and `Delegate=cpu memory pids` into"
            " /etc/systemd/system/user@.service.d/delegate.conf and log in again;"
            " or run the runtime as root."
        )
    if not _is_root(own):
        leaf = own / _LEAF
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


def _given_by_systemd(name: str) -> Path:
    """Has systemd move this process to a group of its own, and leave that group to it.

    What `systemd-run --scope -p Delegate=yes` does, for a process that runs already.
    """
    hint = (
        "Sandboxes can't be limited: systemd gives this user no control group ({reason}). Log in "
        "so that `systemctl --user status` works (on a server: loginctl enable-linger; "
        "apt install dbus-user-session), or run the runtime as root."
    )
    unit = f"{name}-{os.getpid()}.scope"
    command = ["busctl", "--quiet"] if os.geteuid() == 0 else ["busctl", "--user", "--quiet"]
    command += "call org.freedesktop.systemd1 /org/freedesktop/systemd1".split()
    command += "org.freedesktop.systemd1.Manager StartTransientUnit ssa(sv)a(sa(sv))".split()
    command += [unit, "fail", *f"2 PIDs au 1 {os.getpid()} Delegate b true 0".split()]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SandboxError(hint.format(reason=error)) from error
    if done.returncode != 0:
        raise SandboxError(hint.format(reason=done.stderr.strip()))
    until = time.monotonic() + _MOVED_WITHIN_S
    while _own().name != unit:
        if time.monotonic() > until:
            raise SandboxError(hint.format(reason="it promised one, and gave none"))
        time.sleep(0.002)
    return _own()
