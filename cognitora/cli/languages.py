"""Which language a file of code is in: its name tells it, or its first line."""

from __future__ import annotations

import re
from pathlib import PurePath

from .failures import Failure

NAMES = {
    ".py": "python",
    ".pyw": "python",
    ".js": "javascript",
    ".mjs": "javascript",
    ".cjs": "javascript",
    ".sh": "bash",
    ".bash": "bash",
}
PROGRAMS = {
    "python": "python",
    "pypy": "python",
    "uv": "python",
    "node": "javascript",
    "nodejs": "javascript",
    "bash": "bash",
    "sh": "bash",
    "dash": "bash",
}
FIRST_LINE = re.compile(r"#!\s*(?:\S*/)?env\s+(?:-\S+\s+|\w+=\S*\s+)*(\S+)|#!\s*(\S+)")
HINT = "If it is Python, JavaScript or Bash, say so: --language python."


def of_file(name: str, code: str) -> str | None:
    """The language that a file tells; None where it tells none.

    Raises:
        Failure: It tells one that isn't known, or two.
    """
    by_name, by_line = _of_name(name), _of_line(name, code)
    if by_name is not None and by_line not in (None, by_name):
        raise Failure(f"{name} is {by_name} by its name and {by_line} by its first line.", HINT)
    if by_name is None and by_line is None and PurePath(name).suffix:
        raise Failure(f"What language {name} is in can't be told by its name.", HINT)
    return by_name or by_line


def _of_name(name: str) -> str | None:
    return NAMES.get(PurePath(name).suffix.lower())


def _of_line(name: str, code: str) -> str | None:
    found = FIRST_LINE.match(code)
    if found is None:
        return None
    program = PurePath(found[1] or found[2]).name
    language = PROGRAMS.get(program.rstrip("0123456789."))
    if language is None:
        raise Failure(f"{name} is for {program}, by its first line.", HINT)
    return language
