"""The one deadline of a call, over all its attempts, on the monotonic clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from cognitora_openapi.seconds import GRACE_SECONDS, RUN_SECONDS

from .errors import APITimeoutError, WaitTimeoutError

__all__ = ["CLEANUP_SECONDS", "GRACE_SECONDS", "RUN_SECONDS", "Deadline", "Silence"]

SILENCE_SECONDS = 60.0
"""After so long with nothing a stream is taken for dead. Servers say every 10 s that it isn't."""

CLEANUP_SECONDS = 10.0
"""How long the clean-up of a `with` block may take before it gives up."""


class Deadline:
    """A point in time that a call must not pass.

    Args:
        seconds: From now, of any size above 0.
        clock: Seconds that only ever rise; replaced in tests.

    Attributes:
        seconds: What it was made with, for messages.
        at: The moment, on `clock`.
        clock: The clock.
    """

    __slots__ = ("at", "clock", "seconds")

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self.at = clock() + seconds
        self.clock = clock

    def renew(self) -> None:
        """Begins anew: for what may take any time as long as something comes."""
        self.at = self.clock() + self.seconds

    def expire(self) -> None:
        """Ends it now: nobody waits any more for what was to be done by then."""
        self.at = min(self.at, self.clock())

    def remaining(self) -> float:
        """Seconds left; 0 once it has passed."""
        return max(0.0, self.at - self.clock())

    def left(self) -> float:
        """Seconds left.

        Raises:
            APITimeoutError: It has passed.
        """
        seconds = self.remaining()
        if seconds <= 0:
            raise self.over()
        return seconds

    def over(self) -> APITimeoutError:
        """The error that says that it has passed."""
        return APITimeoutError(
            f"The {self.seconds:g} s for this call are over. Raise timeout= or request_timeout=.",
            is_retryable=True,
        )

    def unanswered(self, server: str) -> str:
        """The sentence that says that a server hasn't answered by then."""
        return (
            f"{server} gave no complete answer within {self.seconds:g} s. Raise timeout= or "
            "request_timeout= if it may take longer."
        )

    @contextmanager
    def shared(self) -> Generator[None]:
        """For several calls as parts of one, each with what is `left`: its end is told by the time of all.

        Raises:
            APITimeoutError: It has passed, and one of them has ended with it.
        """
        try:
            yield
        except (APITimeoutError, WaitTimeoutError) as late:
            error = self.over()
            if self.remaining() > 0 or late.message == error.message:
                raise
            error.operation, error.attempts, error.last = late.operation, late.attempts, late.last
            error.may_have_run = late.may_have_run
            for note in getattr(late, "__notes__", ()):
                error.add_note(note)
            raise error from late

    def __repr__(self) -> str:
        return f"Deadline({self.seconds:g}, remaining={self.remaining():.3f})"


class Silence(Deadline):
    """The end of what may take any time until `end`, as long as something comes.

    Args:
        usual: Seconds with nothing after which it is taken for dead, if that is more than a minute.
        end: When it ends in any case.
    """

    __slots__ = ("_end",)

    def __init__(self, usual: float, end: Deadline) -> None:
        super().__init__(max(SILENCE_SECONDS, usual), end.clock)
        self._end = end
        self.renew()

    def renew(self) -> None:
        self.at = min(self.clock() + self.seconds, self._end.at)

    def remaining(self) -> float:
        return min(super().remaining(), self._end.remaining())  # which may have been expired

    def over(self) -> APITimeoutError:
        if self._end.remaining() <= 0:
            return self._end.over()
        return APITimeoutError(self.unanswered("The server"), is_retryable=True)

    def unanswered(self, server: str) -> str:
        if self._end.remaining() <= 0:
            return self._end.unanswered(server)
        return (
            f"{server} sent nothing for {self.seconds:g} s. Raise the client's timeout= if it may be "
            "silent for longer."
        )
