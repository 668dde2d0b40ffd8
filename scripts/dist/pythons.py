"""The Pythons of this machine, and what a wheel says that it supports."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from pathlib import Path

from packaging.specifiers import SpecifierSet

_ASKED = "import sys; print(sys.implementation.name, '.'.join(map(str, sys.version_info[:3])))"
_NAME = re.compile(r"python3(\.\d+)?")
_ONCE_IN = (
    ("PYENV_ROOT", ".pyenv", "versions/*/bin/python3"),
    ("UV_PYTHON_INSTALL_DIR", ".local/share/uv/python", "*/bin/python3"),
)
"""Where pyenv and uv keep theirs: the variable for the folder, the usual one below home, what is in it."""


@dataclass(frozen=True)
class Python:
    """One that can be run: the program, and its version (`3.12.1`)."""

    program: Path
    version: str

    @property
    def minor(self) -> str:
        """The version without what comes with a bug fix: `3.12`."""
        return self.version.rpartition(".")[0]


def found(supported: str) -> list[Python]:
    """The Pythons of this machine that are in the range `supported`, each version once, the oldest first."""
    allowed = SpecifierSet(supported)
    versions: dict[str, Python] = {}
    for program in _programs():
        if (version := _version(program)) is not None and version in allowed:
            versions.setdefault(version, Python(program, version))
    return sorted(
        versions.values(), key=lambda each: [int(part) for part in each.version.split(".")]
    )


def _programs() -> Iterator[Path]:
    yield Path(sys.executable)
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        if folder and Path(folder).is_dir():
            yield from sorted(path for path in Path(folder).iterdir() if _NAME.fullmatch(path.name))
    for variable, usual, pattern in _ONCE_IN:
        yield from sorted(Path(os.environ.get(variable) or Path.home() / usual).glob(pattern))


def _version(program: Path) -> str | None:
    """The version of a CPython that can be run, as pyenv's stand-ins sometimes can't."""
    try:
        said = subprocess.run(
            [program, "-I", "-c", _ASKED], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    name, _, version = said.stdout.strip().partition(" ")
    return version if said.returncode == 0 and name == "cpython" else None


def metadata(wheel: Path) -> Message:
    """What a wheel says of itself."""
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return BytesParser().parsebytes(archive.read(name))


def claimed(said: Message) -> list[str]:
    """The versions of Python that the classifiers name: `3.11` and so on."""
    lines = (str(line) for line in said.get_all("Classifier") or [])
    return [
        match[1] for line in lines if (match := re.fullmatch(r".* :: Python :: (3\.\d+)", line))
    ]


def after(minor: str) -> str:
    """The version that comes after `minor`: 3.14 after 3.13."""
    major, _, number = minor.partition(".")
    return f"{major}.{int(number) + 1}"
