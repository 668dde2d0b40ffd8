"""Decides, with no I/O, whether a failed attempt is repeated and after which pause.

The rule is: at most once. An attempt that may have done its work is repeated only where doing so twice
does no harm (`safe` operations), or where the server has announced that it honours idempotency keys.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING

from cognitora_openapi.error_responses import IN_PROGRESS

from .deadline import Deadline
from .errors import CognitoraError

if TYPE_CHECKING:
    from cognitora_openapi.operations import Operation

MAX_ATTEMPTS = 3
FIRST_PAUSE = 0.05
FIRST_PAUSE_THROTTLED = 1.0
LONGEST_PAUSE = 20.0


class Attempts:
    """The attempts of one call.

    Args:
        operation: Its retry class decides what may be repeated.
        deadline: Of the whole call; no pause passes it.
        chance: Gives a number from 0 to 1; replaced in tests.
    """

    def __init__(
        self,
        operation: Operation,
        deadline: Deadline,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.number = 0
        self._operation = operation
        self._deadline = deadline
        self._chance = chance
        self._waits = 0
        self._may_have_run = False

    def begin(self) -> int:
        """Counts an attempt; its number, from 1."""
        self.number += 1
        return self.number

    def pause_after(self, error: CognitoraError, *, key_honoured: bool) -> float:
        """Seconds until the next attempt.

        Args:
            error: What ended this one; it gets the facts that only the call knows.
            key_honoured: Whether the server has announced that it honours idempotency keys.

        Raises:
            CognitoraError: `error` itself, where there is no next attempt.
        """
        error.operation = self._operation.id
        error.attempts = self.number
        self._may_have_run = self._may_have_run or error.may_have_run
        if self._waits_for_itself(error, key_honoured=key_honoured):
            # The server is still at the work of an earlier attempt: that is no failure to count.
            self.number -= 1
            self._waits += 1
            pause = self._pause(self._waits, error)
        elif self.number < MAX_ATTEMPTS and self._may_repeat(error, key_honoured=key_honoured):
            pause = self._pause(self.number, error)
        else:
            raise self._final(error)
        if pause >= self._deadline.remaining():
            raise self._final(error)
        return pause

    def already_done(self, error: CognitoraError) -> bool:
        """Whether a DELETE finds nothing because an earlier attempt, unanswered, removed it."""
        gone = error.status_code in (404, 410)
        return self._operation.method == "DELETE" and gone and self._may_have_run

    def _may_repeat(self, error: CognitoraError, *, key_honoured: bool) -> bool:
        if not error.is_retryable or error.status_code in (409, 425):
            return False
        match self._operation.retry:
            case "safe":
                return True
            case "keyed":
                return key_honoured or not error.may_have_run
            case _:
                return False

    def _waits_for_itself(self, error: CognitoraError, *, key_honoured: bool) -> bool:
        ours = self._operation.retry == "keyed" and key_honoured
        return ours and error.status_code == 409 and error.code == IN_PROGRESS

    def _pause(self, count: int, error: CognitoraError) -> float:
        if error.retry_after is not None:
            return error.retry_after
        first = FIRST_PAUSE_THROTTLED if error.status_code == 429 else FIRST_PAUSE
        ceiling: float = min(LONGEST_PAUSE, first * 2 ** min(count - 1, 20))
        return ceiling * self._chance()

    def _final(self, error: CognitoraError) -> CognitoraError:
        # An earlier attempt may have done what the last one was refused.
        error.may_have_run = self._may_have_run
        return error
