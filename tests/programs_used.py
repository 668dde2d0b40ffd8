"""The tests use no program that only this machine has, since somebody installed it.

Every program that the tests start, and every file they open in the machine's folders of programs, is
held against what any Debian has, the README asks for or scripts/bootstrap installs. Everything else
is to come from `tests/images/debian.py`. Python itself tells what is started and opened (its audit
events), so no way of looking for a program goes around it; what sandboxes and scripts start in turn
is seen by nobody here.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

FOLDERS = {f"{above}/{name}" for above in ("", "/usr", "/usr/local") for name in ("bin", "sbin")}
PACKAGES = re.compile(
    r"(lib)?python3(\.\d+)?(-\w+)?|git|make|ca-certificates|apt"  # the README, and any Debian
    "|bubblewrap|slirp4netns|iproute2|nftables|e2fsprogs|podman|conmon|c?runc?|catatonit|btrfs-progs"
)
_asking = False


class ProgramOfThisMachine(AssertionError):
    """A test uses what the next machine hasn't got."""


def pytest_configure() -> None:
    if shutil.which("dpkg-query"):
        sys.addaudithook(_watch)


def found(program: str) -> Path:
    """Where a program is that any machine has; a machine that hasn't is told."""
    path = shutil.which(program)
    assert path, (
        f"{program} isn't on this machine's PATH: see the README, and run scripts/bootstrap."
    )
    return Path(path)


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in ("open", "subprocess.Popen", "os.exec", "os.posix_spawn") or _asking:
        return
    path = arguments[0]
    if not isinstance(path, str | bytes | os.PathLike):
        return
    name = os.fsdecode(path)
    if event == "subprocess.Popen" and "/" not in name:
        environment = arguments[3] if arguments[3] is not None else os.environ
        name = shutil.which(name, path=dict(environment).get("PATH")) or ""
    folder = os.path.dirname(name)  # noqa: PTH120 - at each file that is opened
    if folder in FOLDERS and os.access(name, os.F_OK) and not is_anywhere(name):
        raise ProgramOfThisMachine(
            f"{name} is on this machine, but nothing says that it is on the next one: have "
            "tests/images/debian.py unpack it, or scripts/bootstrap install it."
        )


@cache
def is_anywhere(program: str) -> bool:
    """Whether any machine has that program on which the tests run."""
    global _asking
    path = Path(program).resolve()
    if str(path.parent) not in FOLDERS:
        return True  # a link to what isn't the machine's
    _asking = True
    try:
        names = (str(path), str(path).removeprefix("/usr"))
        found = [owner for name in names for owner in _owners().get(name, ())]
        return any(PACKAGES.fullmatch(owner) or owner in _required() for owner in found)
    finally:
        _asking = False


@cache
def _owners() -> dict[str, list[str]]:
    """Whose the files are in the folders of programs: asked once for all, as each answer takes long."""
    owners: dict[str, list[str]] = {}
    for line in _said("--search", *(f"{folder}/*" for folder in FOLDERS)).splitlines():
        packages, _, name = line.rpartition(": ")
        owners[name] = [package.partition(":")[0] for package in packages.split(", ")]
    return owners


@cache
def _required() -> set[str]:
    """The packages that any Debian has."""
    said = _said("--show", "--showformat=${Package} ${Priority}\n").splitlines()
    return {line.partition(" ")[0] for line in said if line.endswith(" required")}


def _said(*arguments: str) -> str:
    return subprocess.run(["dpkg-query", *arguments], capture_output=True, text=True).stdout
