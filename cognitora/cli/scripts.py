"""What a script finds of itself: its name and its arguments."""

from __future__ import annotations

import base64
import json
import re
import shlex
from collections.abc import Sequence
from pathlib import PurePath

from cognitora import FileUpload, InterpreterSession

ITSELF = re.compile(r"\b__file(?:__|name\b)")
"""The names of Python and JavaScript by which a script finds where it is."""

NO_NAME = "-"
"""What a script from standard input is called."""


def asks(source: str, arguments: Sequence[str]) -> bool:
    """Whether it is to find something of itself, which takes a session."""
    return bool(arguments) or ITSELF.search(source) is not None


def prepare(session: InterpreterSession, file: str, arguments: Sequence[str]) -> None:
    """Has the code that runs next in a session find its name and its arguments there.

    Raises:
        CognitoraError: The call failed.
    """
    name = file if file == NO_NAME else PurePath(file).name
    language = str(session.info.language)
    session.run(_WAYS[language](name, arguments)).raise_for_error()


def upload(file: str, source: str) -> FileUpload:
    """The script as a file, which is where it is told to be."""
    content = base64.b64encode(source.encode()).decode()
    return FileUpload(name=PurePath(file).name, content=content, encoding="base64")


def _python(name: str, arguments: Sequence[str]) -> str:
    lines = [f"__import__('sys').argv[:] = {[name, *arguments]!r}"]
    if name != NO_NAME:
        lines.append(f"__file__ = __import__('os').path.abspath({name!r})")
    return "\n".join(lines)


def _javascript(name: str, arguments: Sequence[str]) -> str:
    path = '"-"' if name == NO_NAME else f"require('path').resolve({json.dumps(name)})"
    given = "".join(f", {json.dumps(each)}" for each in arguments)
    return f"process.argv.splice(1, Infinity, {path}{given}); __filename = process.argv[1]; null"


def _bash(_: str, arguments: Sequence[str]) -> str:
    return f"set -- {shlex.join(arguments)}"


_WAYS = {"python": _python, "javascript": _javascript, "bash": _bash}
