"""Programs that are run, and what they say where they fail."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".venv-dist" / "bin"
"""Where the tools of the dependency group `dist` are."""


class FailedError(Exception):
    """Something isn't as what is published has to be; its text says what."""


def run(
    *command: str | Path, cwd: Path = ROOT, environment: Mapping[str, str] | None = None
) -> str:
    """What a program says, on both outputs.

    Args:
        command: the program and its arguments.
        cwd: the folder to run it in.
        environment: variables that it gets beside ours.

    Raises:
        FailedError: it ended with another status than 0.
    """
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=os.environ | dict(environment or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        shown = " ".join(str(part) for part in command[:6])
        raise FailedError(f"{done.stdout}\n{shown} … ended with {done.returncode}")
    return done.stdout
