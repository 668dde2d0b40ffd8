"""Fails where a file of the code is too long to be read in one go."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

MOST_LINES = 400
PACKAGES = ("cognitora", "cognitora_local", "pytest_cognitora", "scripts", "examples", "benchmarks")
KINDS = {".py", ".js", ".sh"}
PASSED_OVER = {"node_modules", "operations"}
"""Folders of what isn't written by hand."""


def too_long(root: Path) -> Iterator[str]:
    """A sentence for each file that is."""
    for package in PACKAGES:
        for file in sorted((root / package).rglob("*")):
            if file.suffix in KINDS and not PASSED_OVER & set(file.parts):
                lines = len(file.read_text("utf-8").splitlines())
                if lines > MOST_LINES:
                    yield f"{file.relative_to(root)} has {lines} lines, more than {MOST_LINES}: divide it."


def main() -> None:
    sys.exit("\n".join(too_long(Path(__file__).resolve().parent.parent)) or 0)


if __name__ == "__main__":
    main()
