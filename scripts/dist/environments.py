"""Environments with nothing but the wheel and what it needs, of the lowest versions and of the newest."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from scripts.dist.commands import ROOT, FailedError, run
from scripts.dist.pythons import Python

UV = ROOT / ".venv" / "bin" / "uv"
PYPROJECT = ROOT / "pyproject.toml"
EXTRAS = ("local", "cli", "fast", "kubernetes", "metrics", "otel", "postgresql")
"""What is tried beside the core. The frameworks' extras are tried by `make test-integrations`."""
VERSIONS = {"lowest": "lowest-direct", "newest": "highest"}
"""What versions of the dependencies are called here, and by uv."""
AT_ONCE = 2
"""Environments that are tried at the same time: they wait more than they compute."""


@dataclass(frozen=True)
class Environment:
    """One environment, in a folder of its own."""

    home: Path
    python: Python
    versions: str
    """`lowest` or `newest`."""

    def try_out(self, wheel: Path) -> str:
        """Install the wheel and try it, first without any extra, then with some; a line for people.

        Raises:
            FailedError: it can't be installed, or doesn't work.
        """
        self.install(wheel, ())
        self._run("core")
        self.install(wheel, EXTRAS)
        self._run("local")
        return f"Python {self.python.version}, {self.versions} versions: the client and a local runtime work"

    def install(self, wheel: Path, extras: tuple[str, ...]) -> None:
        """Make the environment anew, with the wheel and what these extras need.

        The lowest versions are those that pyproject.toml names; what they need in turn is the newest.
        """
        run(UV, "venv", "--quiet", "--clear", "--python", self.python.program, self.home)
        command: list[str | Path] = [UV, "pip", "install", "--quiet", "--python", self.home]
        command += ["--resolution", VERSIONS[self.versions], "--requirements", PYPROJECT]
        run(*command, *_asking_for(extras), wheel)
        run(UV, "pip", "check", "--quiet", "--python", self.home)

    def _run(self, what: str) -> None:
        program = Path(__file__).with_name("tried.py")
        # Nothing of the project may be found in the wheel's place, nor the Python its tests run code with.
        told = {"COGNITORA_LOCAL_PYTHON": "", "PYTHONPATH": ""}
        try:
            run(self.home / "bin/python", "-I", program, what, cwd=self.home, environment=told)
        except FailedError as error:
            where = f"on Python {self.python.version} with the {self.versions} versions"
            raise FailedError(f"{where}, the installed package doesn't work:\n{error}") from error


def try_everywhere(wheel: Path, pythons: list[Python], homes: Path) -> None:
    """Try the wheel on each Python, with the lowest and with the newest versions, and tell how it went.

    Args:
        wheel: what is tried.
        pythons: where it is tried.
        homes: a folder for the environments, which stay.

    Raises:
        FailedError: it doesn't work somewhere. The first is told; what had begun is waited for.
    """
    all_of_them = [
        Environment(homes / f"{python.version}-{versions}", python, versions)
        for python in pythons
        for versions in VERSIONS
    ]
    with ThreadPoolExecutor(min(AT_ONCE, os.cpu_count() or 1)) as pool:
        for line in pool.map(lambda each: each.try_out(wheel), all_of_them):
            print(line, flush=True)


def resolve(minor: str) -> None:
    """Are there wheels for a Python that isn't here, of the lowest versions and the newest of what is needed?

    Raises:
        FailedError: there aren't, so that installing would need a compiler, and fail on most machines.
    """
    command: list[str | Path] = [UV, "pip", "compile", "--quiet", "--python-version", minor]
    command += ["--only-binary", ":all:", *_asking_for(EXTRAS), PYPROJECT, "--resolution"]
    for versions in VERSIONS.values():
        run(*command, versions)


def _asking_for(extras: tuple[str, ...]) -> list[str]:
    return [part for extra in extras for part in ("--extra", extra)]
