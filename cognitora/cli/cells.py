"""Lines, put together until they are something that can run."""

from __future__ import annotations

import ast
from codeop import CommandCompiler
from collections.abc import Callable
from contextlib import suppress

from cognitora import CognitoraError, InterpreterSession

OPENING = {"(": ")", "[": "]", "{": "}"}
QUOTES = "'\"`"
UNFINISHED = ("unexpected EOF", "unexpected end of file", "here-document")
"""What Bash says of a script that goes on."""

Whole = Callable[[str], bool]


def next_cell(read: Callable[[bool], str | None], whole: Whole) -> str | None:
    """What is to run next; None at the end.

    Args:
        read: Gives the next line; it is told whether it goes on with others.
        whole: Whether a text can run as it is.
    """
    lines: list[str] = []
    while (line := read(bool(lines))) is not None:
        if not lines and not line.strip():
            continue
        lines.append(line)
        if whole("\n".join(lines)):
            break
    return "\n".join(lines) if lines else None


def is_whole(language: str, session: InterpreterSession) -> Whole:
    """What tells whether a text can run as it is, for a language."""
    if language == "bash":
        return lambda text: bash_is_whole(text, session)
    return {"javascript": javascript_is_whole}.get(language, PythonCells())


class PythonCells:
    """Tells of Python's: a block ends with an empty line, as in its own prompt."""

    def __init__(self) -> None:
        self._compile = CommandCompiler()
        self._compile.compiler.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT

    def __call__(self, text: str) -> bool:
        try:
            return self._compile(text, symbol="single") is not None
        except (SyntaxError, ValueError, OverflowError):
            return True  # or one of IPython's: the session knows


def javascript_is_whole(text: str) -> bool:
    """Whether all brackets, quotes and comments are closed."""
    open_, quote, position = list[str](), "", 0
    while position < len(text):
        character = text[position]
        if quote:
            if character == "\\":
                position += 1
            elif character == quote or (character == "\n" and quote != "`"):
                quote = ""
        elif text.startswith("//", position):
            position = _after(text, "\n", position)
            continue
        elif text.startswith("/*", position):
            if "*/" not in text[position:]:
                return False
            position = _after(text, "*/", position)
            continue
        elif character in QUOTES:
            quote = character
        elif character in OPENING:
            open_.append(OPENING[character])
        elif open_ and character == open_[-1]:
            open_.pop()
        position += 1
    return not open_ and quote != "`"


def bash_is_whole(text: str, session: InterpreterSession) -> bool:
    """Whether Bash has no more to ask for; it is asked itself, in the session."""
    if text.endswith("\\"):
        return False
    try:
        process = session.start(["bash", "-n"])
        try:
            said = process.communicate(f"{text}\n").stderr
        except BaseException:
            with suppress(CognitoraError):
                process.kill()  # whoever broke it off: nobody else ends it
            raise
    except CognitoraError:
        return True  # a server without processes: what is typed is run line by line
    return not any(words in said for words in UNFINISHED)


def _after(text: str, end: str, position: int) -> int:
    found = text.find(end, position)
    return len(text) if found < 0 else found + len(end)
