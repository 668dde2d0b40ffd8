"""When to ask again while waiting for something to finish: quickly at first, then rarely."""

from __future__ import annotations

from .deadline import Deadline

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
    """The questions of one wait.

    Args:
        deadline: The end of the wait.
        poll_interval: The longest pause between two questions, in seconds.
    """

    def __init__(self, deadline: Deadline, poll_interval: float) -> None:
        self._deadline = deadline
        self._poll_interval = poll_interval
        self._start = deadline.clock()
        self._longest_question = LONGEST_QUESTION

    def pause(self) -> float | None:
        """Seconds to the next question; None where the time is up."""
        left = self._deadline.remaining()
        if left <= 0:
            return None
        gone = self._deadline.clock() - self._start
        return min(self._poll_interval, max(SHORTEST_PAUSE, SHARE * gone), left)

    def hold(self) -> int:
        """For a server that can hold back its answer: for how many whole seconds it may."""
        return min(self._longest_question, int(self._deadline.remaining()))

    def cut(self, seconds: float) -> bool:
        """A held question broke off after so many seconds: the next ones are shorter.

        Returns:
            Whether there is to be a next one. A server that is gone fails at once, and that is final.
        """
        if seconds < SHORTEST_CUT:
            return False
        self._longest_question = min(self._longest_question, int(seconds / 2))
        return True
