"""Shell commands in a session of Python, as code runs there: with the network that code has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import answers

if TYPE_CHECKING:
    from .. import ExecuteCodeResponse

# One expression, which leaves no name behind; -3 is DEVNULL.
_RUN = "__import__('subprocess').run(['bash', '-c', {!r}], stdin=-3).returncode"


def code_of(command: str) -> str:
    """Code that runs a shell command, and has its exit code as its value."""
    return _RUN.format(command)


def answer(result: ExecuteCodeResponse) -> str:
    """What a command printed and its exit code, for the model that gave it."""
    code = answers.value_of(result)
    told = [result.stdout, answers.labelled("stderr", result.stderr), result.error]
    return answers.joined([*told, f"exit code {code}" if code not in (None, "0") else None])
