"""The Python that runs users' code, and its environment, which the sandbox shows read-only."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from .errors import SandboxError

_ASK = "import json, sys; print(json.dumps([sys.executable, sys.prefix, sys.base_prefix]))"
_NAME_ONE = "Name one that runs: --python, python=, or the variable COGNITORA_LOCAL_PYTHON."
_SYSTEM = Path("/usr")
_TAKEN = Path("/work")
_ELSEWHERE = Path("/opt/python")


@dataclass(frozen=True, slots=True)
class PythonEnvironment:
    """A Python interpreter: its path inside the sandbox, and what must be shown there.

    `environment` is the folder, on this machine, of the environment that `path` belongs to.
    `folders` maps paths inside to folders of the machine, `links` paths inside to where they point.
    A virtual environment keeps its own path, so that its console scripts work, unless that path is
    in the work folder of the sandbox (/work): then it is under /opt/python.
    """

    path: Path
    environment: Path
    folders: dict[Path, Path]
    links: dict[Path, str]


async def find(executable: Path | None, *, private: Path) -> PythonEnvironment:
    """The environment of `executable`, or without one that which runs this program.

    Raises SandboxError when it isn't a Python that can be run, or when showing it would show the
    folder `private` or a home folder.
    """
    if executable is None or executable == Path(sys.executable):
        found = _environment(sys.executable, sys.prefix, sys.base_prefix)
    else:
        found = _environment(*await _ask(executable))
    for folder in found.folders.values():
        for secret in (private.resolve(), Path.home().resolve(), Path("/home/any")):
            if secret.is_relative_to(folder):
                raise SandboxError(
                    f"The Python environment {folder} can't be shown to users' code: {secret} is "
                    "in it. Use a virtual environment in a folder of its own (--python)."
                )
    return found


async def _ask(executable: Path) -> tuple[str, str, str]:
    try:
        process = await asyncio.create_subprocess_exec(
            executable,
            "-I",
            "-c",
            _ASK,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        raise SandboxError(
            f"{executable} can't be run as a Python: {error.strerror}. {_NAME_ONE}"
        ) from error
    out, err = await process.communicate()
    try:
        found, prefix, base_prefix = json.loads(out)
    except ValueError as error:
        stderr = err.decode(errors="replace").strip(". \n") or f"it answered {out[:40]!r}"
        raise SandboxError(f"{executable} isn't a working Python: {stderr}. {_NAME_ONE}") from error
    return str(found), str(prefix), str(base_prefix)


def _environment(executable: str, prefix: str, base_prefix: str) -> PythonEnvironment:
    if not executable:
        raise SandboxError("The Python that runs users' code has no path. Name one with --python.")
    folders: dict[Path, Path] = {}
    for path in (prefix, base_prefix):
        folder = Path(os.path.abspath(path))
        if not folder.is_relative_to(_SYSTEM):
            folders[_inside(folder)] = folder.resolve()
    program = Path(os.path.abspath(executable))
    return PythonEnvironment(
        path=_inside(program),
        environment=program.parent.parent,
        folders=folders,
        links=_links_outside(program, [Path(path) for path in (prefix, base_prefix, _SYSTEM)]),
    )


def _links_outside(program: Path, shown: list[Path]) -> dict[Path, str]:
    """The symbolic links on the way from `program` to the real one that no shown folder holds."""
    links: dict[Path, str] = {}
    while program.is_symlink():
        target = os.readlink(program)
        if not any(program.is_relative_to(folder) for folder in shown):
            links[program] = target
        program = Path(os.path.abspath(program.parent / target))
    return links


def _inside(path: Path) -> Path:
    return _ELSEWHERE / path.relative_to(_TAKEN) if path.is_relative_to(_TAKEN) else path
