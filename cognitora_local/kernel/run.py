"""One execution: why it was stopped, how it ended, and what people are told about it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Literal

from cognitora_local.kernel.frames import FrameError
from cognitora_local.kernel.outputs import Caps, Outcome, Output, Status
from cognitora_local.sandbox import Usage

LINE_LENGTH = 1_000
"""Characters of the line that says what went wrong. The drivers shorten it, but code can send its own."""

Cause = Literal["timeout", "interrupted", "flood", "closed"]

STATUS_BY_CAUSE: dict[Cause, Status] = {
    "timeout": "timeout",
    "interrupted": "interrupted",
    "flood": "failed",
    "closed": "interrupted",
}


WayOut = Callable[[], Sequence[str] | None]
"""What of the outside may be reached, when it is asked for; None: everything."""


def everything() -> None:
    """A way out to all of the outside."""


class KernelRun:
    """Runs from the moment it has the kernel to itself until `ended` is set."""

    def __init__(self, timeout_seconds: float, caps: Caps, id: str | None) -> None:
        self.timeout_seconds = timeout_seconds
        self.id = id
        self.cause: Cause | None = None
        """Why the host stopped it, if it did."""
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._caps = caps
        self._begun = self._over = 0.0
        self._cpu_ms_before = 0
        self._raised: str | None = None
        self._death: str | None = None
        self._completed = False

    def begin(self, cpu_ms: int, seconds: float = 0.0) -> None:
        """The code was handed over so long ago; `cpu_ms` is what the kernel had used before."""
        self._begun = self._over = time.monotonic() - seconds
        self._cpu_ms_before = cpu_ms

    def raised(self, line: str) -> None:
        """The driver says what went wrong. It says so once."""
        if self._raised is not None:
            raise FrameError("there were two errors")
        self._raised = line[:LINE_LENGTH]

    def end(self, *, completed: bool = False, death: str | None = None) -> None:
        """It has ended, unless it had before: with its kernel, where that is told as its `death`."""
        if not self.ended.done():
            self._over = time.monotonic()
            self._completed, self._death = completed, death
            self.ended.set_result(None)

    def outcome(self, outputs: list[Output], usage: Usage, *, state_lost: bool) -> Outcome:
        completed: Status = "completed" if self._completed else "failed"
        return Outcome(
            status=STATUS_BY_CAUSE[self.cause] if self.cause else completed,
            outputs=outputs,
            errors=self._errors(),
            wall_ms=round((self._over - self._begun) * 1000),
            usage=Usage(usage.cpu_ms - self._cpu_ms_before, usage.peak_memory_mb),
            state_lost=state_lost,
        )

    def _errors(self) -> list[str]:
        """One line: what happened, and what it means for the session."""
        if self.cause is None:
            line = self._death or self._raised
            return [line] if line else []
        line = self._stopped(self.cause)
        if self._death and self.cause != "closed":
            line += " It didn't end by itself, so its kernel was killed."
        return [line]

    def _stopped(self, cause: Cause) -> str:
        match cause:
            case "timeout":
                return f"The code was stopped after {self.timeout_seconds:g} s, its timeout."
            case "interrupted":
                return "The code was interrupted."
            case "closed":
                return "The kernel was closed while the code ran."
            case "flood":
                return (
                    f"The code was stopped: it showed more than {self._caps.max_bytes:,} bytes, "
                    "or outputs without end. What came first was kept."
                )
