"""The bubblewrap command that makes a sandbox, and what is in its file system."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..system import PATH, stdout_of
from .errors import SandboxError
from .etc import HOST_NAME, USER_ID
from .limits import Limits

WORK = "/work"
DRIVERS = "/opt/cognitora"
PYTHON = f"{DRIVERS}-python"
"""A link to the Python that runs the code, by which what is in DRIVERS finds it."""

PRESSURE = Path("/proc/pressure")
# --disable-userns came with this version.
_OLDEST = (0, 8, 0)
_INSTALL = "Install it: apt install bubblewrap (Debian, Ubuntu), dnf install bubblewrap (Fedora)."
_SWITCHES = {
    "kernel/apparmor_restrict_unprivileged_userns": (
        "1",
        "allow it for bwrap with an AppArmor profile that says `userns,` (Ubuntu 24.04: apt install "
        "apparmor-profiles, and enable its bwrap-userns-restrict), or for everything with "
        "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0.",
    ),
    "kernel/unprivileged_userns_clone": ("0", "sysctl -w kernel.unprivileged_userns_clone=1."),
    "user/max_user_namespaces": ("0", "sysctl -w user.max_user_namespaces=65536."),
}
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Bubblewrap:
    """The program, found and new enough."""

    program: str
    version: str

    @classmethod
    async def find(cls) -> Bubblewrap:
        """Raises SandboxError when bubblewrap isn't there, or too old to be trusted."""
        program = shutil.which("bwrap", path=PATH)
        if program is None:
            raise SandboxError(f"Sandboxes are made with bubblewrap, which isn't here. {_INSTALL}")
        said = await stdout_of(program, "--version")
        found = re.search(r"(\d+)\.(\d+)\.(\d+)", said)
        if found is None or tuple(map(int, found.groups())) < _OLDEST:
            raise SandboxError(
                "bubblewrap must be 0.8.0 or later, which keeps new user namespaces out of the "
                f"sandbox; {program} says {said.strip()!r}. Upgrade it."
            )
        return cls(program, found.group())


@dataclass(frozen=True, slots=True)
class Root:
    """What every sandbox of a host shows: read-only folders, and symbolic links."""

    folders: Mapping[Path, Path]
    links: Mapping[Path, str]


def system() -> Root:
    """/usr of this machine, and /bin, /lib … as this machine has them."""
    folders = {Path("/usr"): Path("/usr")}
    links = {}
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        path = Path("/", name)
        if path.is_symlink():
            links[path] = os.readlink(path)
        elif path.is_dir():
            folders[path] = path
    return Root(folders, links)


def hint(*, switches: Path = Path("/proc/sys")) -> str:
    """What to do where this machine keeps ordinary users from making user namespaces; else ""."""
    for switch, (forbidden, advice) in _SWITCHES.items():
        file = switches / switch
        if file.exists() and file.read_text().strip() == forbidden:
            return (
                f"This machine forbids what bubblewrap needs ({switch.replace('/', '.')}): {advice}"
            )
    return ""


def options(
    root: Root,
    work: Path,
    limits: Limits,
    environment: Mapping[str, str],
    *,
    terminals: Path | None = None,
) -> Iterator[str]:
    """The options of bwrap for one sandbox whose work folder is the folder `work` of the machine.

    `terminals` is the file system of pseudo-terminals that it has as /dev/pts; None: bwrap's own,
    which is without a limit.
    """
    yield from ("--unshare-all", "--unshare-user", "--disable-userns", "--cap-drop", "ALL")
    yield from ("--die-with-parent", "--new-session", "--hostname", HOST_NAME)
    yield from ("--uid", str(USER_ID), "--gid", str(USER_ID))
    # A full /tmp or /dev/shm is then an error of the program that filled it, not out of memory.
    half = str(limits.memory_mb * _MIB // 2)
    yield from ("--proc", "/proc", "--dev", "/dev")
    if PRESSURE.is_dir():
        # A trigger that is written there takes the kernel some 10 ms to undo, in which its process
        # can't be killed: thousands of them would keep a sandbox from ending for minutes.
        yield from ("--tmpfs", str(PRESSURE), "--remount-ro", str(PRESSURE))
    if terminals is not None:
        yield from ("--dev-bind", str(terminals), "/dev/pts")
    yield from ("--perms", "1777", "--size", half, "--tmpfs", "/dev/shm")
    yield from ("--perms", "1777", "--size", half, "--tmpfs", "/tmp")
    for target, source in root.folders.items():
        yield from ("--ro-bind", str(source), str(target))
    for link, points_to in root.links.items():
        yield from ("--symlink", points_to, str(link))
    yield from ("--bind", str(work), WORK, "--chdir", WORK)
    yield from ("--remount-ro", "/dev", "--remount-ro", "/")
    yield "--clearenv"
    for name, value in environment.items():
        yield from ("--setenv", name, value)
