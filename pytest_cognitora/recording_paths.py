"""Where the recordings of tests are: a file for each."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest

MARKER = "cognitora_recorded"
_LONGEST = 120
# What a file's name says of parameters as they are; anything else has a hash beside it.
_PLAIN = re.compile(r"(\[([\w.=,-]*[a-zA-Z0-9.=,-])?\])?", re.ASCII)


def recording_path(test: pytest.Item) -> Path:
    """Where a test's recording is: at what its mark says, else at its own name."""
    marker = test.get_closest_marker(MARKER)
    named = cognitora_recorded(*marker.args, **marker.kwargs) if marker else None
    folder = test.path.parent / "recordings"
    return folder / (named or Path(test.path.stem, f"{_file_name(test)}.json"))


def cognitora_recorded(
    path: str | os.PathLike[str] | None = None,
) -> str | os.PathLike[str] | None:
    """What the mark takes, by whose name Python tells of other arguments."""
    return path


def _file_name(test: pytest.Item) -> str:
    classes = (node.name for node in test.listchain() if isinstance(node, pytest.Class))
    name = ".".join([*classes, test.name])
    plain = re.sub(r"[^\w.=,-]+", "_", name).strip("_")
    function = test.originalname if isinstance(test, pytest.Function) else test.name
    if _PLAIN.fullmatch(test.name.removeprefix(function)) and len(plain) <= _LONGEST:
        return plain
    return f"{plain[:_LONGEST]}-{sha256(name.encode()).hexdigest()[:8]}"


def shared_paths(tests: Iterable[pytest.Item]) -> dict[Path, list[str]]:
    """Of recordings that more than one test would write, whose they are.

    Names that differ by upper and lower case alone are one file on some systems, and so are they here:
    a recording is carried from one system to another.
    """
    found: defaultdict[Path, list[str]] = defaultdict(list)
    for test in tests:
        if test.get_closest_marker(MARKER) is not None:
            with suppress(TypeError):  # the mark is wrong, which is told when the test begins
                found[_folded(recording_path(test))].append(test.nodeid)
    return {path: names for path, names in found.items() if len(set(names)) > 1}


def sharing(shared: dict[Path, list[str]], path: Path) -> list[str]:
    """The tests that would write the recording at `path`, where it is more than one."""
    return shared.get(_folded(path), [])


def _folded(path: Path) -> Path:
    return Path(os.path.normpath(str(path).casefold()))
