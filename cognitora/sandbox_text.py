"""Paths in a sandbox, where a path is taken."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any, TypeAlias


class SandboxText:
    """A path that is in a sandbox, and in no file system of this machine: it counts as its text.

    So it is no `os.PathLike`: as a path of this machine nobody can take it by mistake.
    """


InnerPath: TypeAlias = str | PurePosixPath | SandboxText
"""A path in a sandbox: as text, as a path of `pathlib`, or one made by `session.path(...)`."""


def as_text(value: object) -> Any:
    """What a path in a sandbox is as text; anything else as it is."""
    return str(value) if isinstance(value, SandboxText | PurePosixPath) else value
