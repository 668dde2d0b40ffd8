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


def is_silent(result: ExecuteCodeResponse) -> bool:
    """Whether all that there is to say of how it ended is its exit code."""
    return all(SILENT.fullmatch(reason) for reason in result.errors or ("",))
