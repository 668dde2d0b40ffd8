"""Patterns of paths, as those of `pathlib`: `*.csv`, `data/*/a.txt`, `**/*.py`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

from . import validation
from .errors import InvalidRequestError

DEEPEST = 2048
"""How many levels of folders a listing goes down at most."""


class Glob:
    """A pattern.

    Args:
        pattern: The pattern, relative to a folder.

    Attributes:
        folder: The folders at its beginning that have no pattern in them; "" for none.
        depth: How many levels below that it may match.
    """

    def __init__(self, pattern: str) -> None:
        validation.text("pattern", pattern)
        if not pattern or pattern.startswith("/"):
            raise InvalidRequestError(
                f"The pattern must be relative, such as '*.csv', not {pattern!r}."
            )
        parts = [part for part in pattern.split("/") if part not in ("", ".")]
        if ".." in parts or not parts:
            raise InvalidRequestError(
                f"The pattern {pattern!r} must name something, and have no '..'."
            )
        plain = 0
        while plain < len(parts) - 1 and not re.search(r"[*?\[]", parts[plain]):
            plain += 1
        self.folder = "/".join(parts[:plain])
        self._parts = parts[plain:]
        self.depth = DEEPEST if "**" in self._parts else len(self._parts)

    def matches(self, path: str) -> bool:
        """Whether a path, relative to `folder`, is meant."""
        return _match(path.split("/"), self._parts)


def _match(names: Sequence[str], parts: Sequence[str]) -> bool:
    """Each part in turn, with what every number of `**` may stand for at the same time."""
    reached = _beyond({0}, parts)
    for name in names:
        step = set()
        for at in reached:
            if at < len(parts) and parts[at] == "**":
                step.add(at)
            elif at < len(parts) and fnmatchcase(name, parts[at]):
                step.add(at + 1)
        reached = _beyond(step, parts)
    return len(parts) in reached


def _beyond(reached: set[int], parts: Sequence[str]) -> set[int]:
    """With what follows a `**` that stands for nothing more."""
    found = set(reached)
    for at in sorted(reached):
        while at < len(parts) and parts[at] == "**":
            at += 1
            found.add(at)
    return found
