"""What can go wrong with a sandbox, and with a command in one."""

from __future__ import annotations


class SandboxError(Exception):
    """A promise of the sandbox can't be kept on this machine.

    The message names the promise, the reason and the mend. Nothing is run with less than was asked.
    """


class Unsupported(SandboxError):
    """Sandboxes are made here in a way that can't keep it: asking again changes nothing."""


class NoRoom(SandboxError):
    """What sandboxes are made of is all in use, and may be had later: asking again may do."""


class TooManyPorts(SandboxError):
    """As many ports are exposed as may be."""


class StartUnanswered(SandboxError):
    """A command may have been started, or not: nobody knows, and nobody will."""


class NeverStarted(SandboxError):
    """A command was not started, and never will be."""


class CommandError(Exception):
    """A command can't be started: not found, not executable, or its folder isn't there.

    Attributes:
        exit_code: what a shell would give for it: 127 not found, 126 otherwise; None: it was
            started, and nobody knows how it ended.
    """

    def __init__(self, message: str, exit_code: int | None = 127) -> None:
        super().__init__(message)
        self.exit_code = exit_code
