"""One execution: why it was stopped, how it ended, and what people are told about it."""

from __future__ import annotations

import asyncio
from typing import Literal

from cognitora_local.kernel.outputs import Caps, Status

Cause = Literal["timeout", "interrupted", "flood", "closed"]

STATUS_BY_CAUSE: dict[Cause, Status] = {
    "timeout": "timeout",
    "interrupted": "interrupted",
    "flood": "failed",
    "closed": "interrupted",
}


class Execution:
    """Runs from the moment it has the kernel to itself until `ended` is set."""

    def __init__(self, timeout_seconds: float) -> None:
        self.timeout_seconds = timeout_seconds
        self.cause: Cause | None = None
        """Why the host stopped it, if it did."""
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._raised: str | None = None
        self._death: str | None = None
        self._completed = False

    def raised(self, line: str) -> None:
        self._raised = line

    def done(self, status: str) -> None:
        """The driver says how it ended."""
        self._completed = status == "completed"
        self._end()

    def died(self, reason: str) -> None:
        """The kernel has ended, and with it the execution."""
        self._death = reason
        self._end()

    @property
    def status(self) -> Status:
        if self.cause:
            return STATUS_BY_CAUSE[self.cause]
        return "completed" if self._completed else "failed"

    def errors(self, caps: Caps) -> list[str]:
        """One line each: what happened, and what it means for the session."""
        if self.cause is None:
            line = self._death or self._raised
            return [line] if line else []
        line = self._stopped(self.cause, caps)
        if self._death and self.cause != "closed":
            line += " It didn't end by itself, so its kernel was killed."
        return [line]

    def _stopped(self, cause: Cause, caps: Caps) -> str:
        match cause:
            case "timeout":
                return f"The code was stopped after {self.timeout_seconds:g} s, its timeout."
            case "interrupted":
                return "The code was interrupted."
            case "closed":
                return "The kernel was closed while the code ran."
            case "flood":
                return (
                    f"The code was stopped: it showed more than {caps.max_bytes:,} bytes "
                    f"or {caps.max_outputs:,} outputs. What came first was kept."
                )

    def _end(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)
