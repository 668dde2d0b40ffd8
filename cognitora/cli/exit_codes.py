"""The exit codes of our own. Every other one, and 0, is that of what ran."""

from __future__ import annotations

import re
import signal

from cognitora import ExecuteCodeResponse

FAILED = 125
"""The command itself failed: wrong usage, no key, no answer, a refusal. As docker and podman have it."""

TIMED_OUT = 124
"""What ran was stopped at its time limit, and so has no exit code. As `timeout` of coreutils has it."""

SILENT = re.compile(r"(?:SystemExit: |exit code |process\.exit\()(-?\d+)\)?")
"""What a language says of code that has ended itself, with a number and no complaint."""

ENDED = re.compile(
    r"The kernel (?:ended by itself, with exit status (\d+)|was ended by (SIG\w+)(?:\+(\d+))?)\."
)
"""What the service says of code whose interpreter ended."""


LEFT = re.compile(r"SystemExit: (.*)", re.S)
"""What Python says of code that has ended itself with words of its own."""

LOST = "The session's state is gone"
"""What the service says of a session whose interpreter has ended."""

PLAIN = re.compile(
    r"The (?:command|process) ended with exit code \d+\.(?: It was killed by signal \d+\.)?"
)
"""What the service says of a command whose exit code is all that it knows."""


def of_code(result: ExecuteCodeResponse) -> int:
    """The exit code of code, as if it had been a program of its own: 1 for an error that nobody caught."""
    if result.ok:
        return 0
    if result.data.status.lower() == "timeout":
        return TIMED_OUT
    for reason in result.errors or ():
        if silent := SILENT.fullmatch(reason):
            return int(silent[1]) & 255 or 1
        if ended := ENDED.fullmatch(reason):
            return int(ended[1] or 128 + signal.Signals[ended[2]] + int(ended[3] or 0))
    return 1


def said(result: ExecuteCodeResponse, *, lasting: bool = True) -> str:
    """What there is to say of how code ended beside its exit code, as its language says it of a program.

    Args:
        result: How it ended.
        lasting: Whether there is a session, of whose loss is told.
    """
    text = result.error or ""
    for reason in result.errors or ():
        lost = not lasting and reason.startswith(LOST)
        text = text.replace(reason, "" if lost else _said(reason), 1)
    return text.strip("\n")


def _said(reason: str) -> str:
    ended = ENDED.fullmatch(reason)
    if SILENT.fullmatch(reason) or (ended and ended[1]):
        return ""
    if ended:
        return f"The code was {reason.removeprefix('The kernel was ')}"
    left = LEFT.fullmatch(reason)
    return left[1] if left else reason


def has_more(reason: str | None) -> bool:
    """Whether it says more of how a command ended than its exit code does."""
    return bool(reason) and not PLAIN.fullmatch(reason or "")
