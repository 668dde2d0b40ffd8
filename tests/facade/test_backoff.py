"""The retry decision by itself: no network, an injected clock and chance."""

from __future__ import annotations

from typing import Any

import pytest

from cognitora import APIError, CognitoraError, RateLimitError
from cognitora.deadline import Deadline
from cognitora.retry import Attempts
from cognitora_openapi.error_responses import error_of
from cognitora_openapi.operations import OPERATIONS

SAFE, KEYED = OPERATIONS["get_session"], OPERATIONS["execute_code"]


def passing(status: int = 503, **facts: Any) -> CognitoraError:
    return APIError("for now", status, is_retryable=True, may_have_run=True, **facts)


def attempts(operation: Any = SAFE, *, seconds: float = 1000, chance: float = 1.0) -> Attempts:
    return Attempts(operation, Deadline(seconds, lambda: 0.0), lambda: chance)


def pauses(error: CognitoraError, **options: Any) -> list[float]:
    series = attempts(**options)
    found = []
    while True:
        series.begin()
        try:
            found.append(series.pause_after(error, key_honoured=False))
        except CognitoraError:
            return found


def test_the_ceiling_of_the_pauses_doubles() -> None:
    assert pauses(passing()) == [0.05, 0.1]
    assert pauses(RateLimitError("slow down", 429, is_retryable=True)) == [1.0, 2.0]


def test_the_pauses_have_full_jitter() -> None:
    assert pauses(passing(), chance=0.0) == [0.0, 0.0]
    assert pauses(passing(), chance=0.5) == [0.025, 0.05]


def test_a_pause_is_never_longer_than_20_seconds_unless_the_server_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cognitora.retry.MAX_ATTEMPTS", 200)
    found = pauses(passing())
    assert len(found) == 199
    assert max(found) == 20
    assert pauses(passing(retry_after=60.0))[:3] == [60, 60, 60]


def test_no_pause_passes_the_deadline() -> None:
    assert pauses(passing(), seconds=0.08) == [0.05]
    assert pauses(passing(retry_after=5.0), seconds=5) == []
    assert pauses(passing(retry_after=4.9), seconds=5) == [4.9, 4.9]


def test_the_error_is_told_what_only_the_call_knows() -> None:
    series, error = attempts(KEYED), passing()
    series.begin()
    with pytest.raises(CognitoraError):
        series.pause_after(error, key_honoured=False)
    assert (error.operation, error.attempts) == ("execute_code", 1)


def test_waiting_for_a_call_of_ours_is_no_attempt() -> None:
    series = attempts(KEYED)
    for _ in range(10):
        assert series.begin() == 1
        running = error_of(409, {}, b'{"code": "in_progress"}', path="POST /x")
        assert running.may_have_run
        series.pause_after(running, key_honoured=True)
