"""When to ask again while waiting for something to finish: quickly at first, then rarely."""

from __future__ import annotations

from collections.abc import Callable

from .deadline import Deadline
from .errors import APITimeoutError, CognitoraError

SHORTEST_PAUSE = 0.15
LONGEST_PAUSE = 5.0
"""Unless the caller says otherwise."""

SHARE = 0.05
"""How long a pause may be as a part of the time gone."""

LONGEST_QUESTION = 100
"""The most seconds that a server may hold back its answer, in `wait_seconds`."""

SHORTEST_CUT = 5.0
"""A held question that fails sooner has met another trouble than a proxy that ends what is long silent."""


class Schedule:
    """The questions of one wait: how long each may be held back, and the pauses between them.

    Args:
        deadline: The end of the wait.
        poll_interval: The longest pause between two questions, in seconds.
        can_hold: Whether the server is known to hold back its answer until there is news.
    """

    def __init__(
        self,
        deadline: Deadline,
        poll_interval: float,
        can_hold: Callable[[], bool] = lambda: False,
    ) -> None:
        self._deadline = deadline
        self._poll_interval = poll_interval
        self._can_hold = can_hold
        self._start = self._asked = deadline.clock()
        self._held = 0
        self._longest_question = LONGEST_QUESTION

    def ask(self) -> int:
        """A question goes out. For how many whole seconds it may be held back: 0 where it may not."""
        self._asked = self._deadline.clock()
        self._held = self._hold() if self._can_hold() else 0
        return self._held

    def goes_on(self, error: CognitoraError) -> bool:
        """Whether there is to be another question though the last one failed.

        Where a proxy ends what is long silent, those to come are shorter. A server that is gone fails at
        once, and that is final.
        """
        if isinstance(error, APITimeoutError) and self._deadline.remaining() <= 0:
            return True  # there is none, as the time is up
        # Each attempt may have been held as long as that.
        seconds = min(self._held, self._since_asked() / max(1, error.attempts))
        if not error.is_retryable or seconds < SHORTEST_CUT:
            return False
        self._longest_question = min(self._longest_question, int(seconds / 2))
        return True

    def pause(self) -> float | None:
        """Seconds to the next question; None where the time is up."""
        left = self._deadline.remaining()
        if left <= 0:
            return None
        if self._held and self._since_asked() >= self._held:
            return 0.0  # the server has done the waiting
        if not self._held and self._can_hold() and self._hold():
            return 0.0  # it has just said that it can
        gone = self._deadline.clock() - self._start
        return min(self._poll_interval, max(SHORTEST_PAUSE, SHARE * gone), left)

    def _hold(self) -> int:
        return min(self._longest_question, int(self._deadline.remaining()))

    def _since_asked(self) -> float:
        return self._deadline.clock() - self._asked
