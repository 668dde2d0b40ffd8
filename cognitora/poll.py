"""When to ask again while waiting for something to finish: quickly at first, then rarely."""

from __future__ import annotations

from collections.abc import Callable

from .deadline import Deadline

FINAL = frozenset({"completed", "failed", "cancelled", "timeout"})
"""The statuses after which a container changes no more, in lower case."""

SHORTEST_PAUSE = 0.15
LONGEST_QUESTION = 100
"""The most seconds that a server may hold back its answer, in `wait_seconds`."""


def is_final(status: str) -> bool:
    """Whether a container of this status has ended. Unknown statuses are not final."""
    return status.lower() in FINAL


class Schedule:
    """The questions of one wait.

    Args:
        deadline: The end of the wait.
        poll_interval: The longest pause between two questions, in seconds.
        clock: The deadline's clock.
    """

    def __init__(
        self, deadline: Deadline, poll_interval: float, clock: Callable[[], float]
    ) -> None:
        self._deadline = deadline
        self._poll_interval = poll_interval
        self._clock = clock
        self._start = clock()

    def pause(self) -> float | None:
        """Seconds to the next question; None where the time is up."""
        left = self._deadline.remaining()
        if left <= 0:
            return None
        gone = self._clock() - self._start
        return min(self._poll_interval, max(SHORTEST_PAUSE, 0.05 * gone), left)

    def hold(self) -> int:
        """For a server that can hold back its answer: for how many whole seconds it may."""
        return min(LONGEST_QUESTION, int(self._deadline.remaining()))
