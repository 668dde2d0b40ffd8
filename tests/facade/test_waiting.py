from __future__ import annotations

import pickle
import time
from typing import Any

import pytest

from cognitora import (
    APIConnectionError,
    APITimeoutError,
    BadRequestError,
    CognitoraError,
    ConflictError,
    InvalidRequestError,
    WaitTimeoutError,
)
from cognitora.deadline import Deadline
from cognitora.poll import Schedule
from cognitora.statuses import is_final
from tests.facade.answers import DELETED, container
from tests.facade.server import Received, Server, raw, reply, silent

WAITING = {"X-Cognitora-Features": "wait"}


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_the_pauses_grow_with_the_time_gone_up_to_the_interval() -> None:
    clock = Clock()
    schedule = Schedule(Deadline(300, clock), 5)
    pauses = []
    while (pause := schedule.pause()) is not None:
        pauses.append(pause)
        clock.now += pause
    assert pauses[:20] == [0.15] * 20
    assert pauses == sorted(pauses[:-1]) + pauses[-1:]
    assert max(pauses) == 5
    assert clock.now == pytest.approx(1300)
    assert len(pauses) < 150


def test_the_pauses_are_never_longer_than_the_callers_interval() -> None:
    clock = Clock()
    schedule = Schedule(Deadline(300, clock), 0.1)
    assert schedule.pause() == 0.1
    clock.now += 200
    assert schedule.pause() == 0.1


def test_a_held_answer_is_asked_for_within_the_limits() -> None:
    clock = Clock()
    for seconds, held in ((300, 100), (7.9, 7), (0.5, 0)):
        assert Schedule(Deadline(seconds, clock), 5, lambda: True).ask() == held
    assert Schedule(Deadline(300, clock), 5).ask() == 0


def test_there_is_no_pause_where_the_server_waits() -> None:
    clock, features = Clock(), set[str]()
    schedule = Schedule(Deadline(300, clock), 5, lambda: "wait" in features)
    assert schedule.ask() == 0
    assert schedule.pause() == 0.15
    features.add("wait")
    assert schedule.pause() == 0  # its answer has told that it can
    assert schedule.ask() == 100
    clock.now += 1
    assert schedule.pause() == 0.15  # there was news at once
    assert schedule.ask() == 100
    clock.now += 100
    assert schedule.pause() == 0


def test_a_question_that_a_proxy_ends_is_shorter_from_then_on() -> None:
    clock = Clock()
    schedule = Schedule(Deadline(300, clock), 5, lambda: True)
    schedule.ask()
    clock.now += 60
    assert schedule.goes_on(APIConnectionError("cut", is_retryable=True))
    assert schedule.ask() == 30
    assert not schedule.goes_on(APIConnectionError("at once", is_retryable=True))
    clock.now += 20
    assert not schedule.goes_on(CognitoraError("for good"))
    clock.now += 300
    assert schedule.goes_on(APITimeoutError("the time is up"))


@pytest.mark.parametrize("status", ["COMPLETED", "failed", "Cancelled", "timeout"])
def test_final_statuses(status: str) -> None:
    assert is_final(status)


@pytest.mark.parametrize("status", ["PENDING", "running", "STOPPING", "done", ""])
def test_statuses_that_are_not_final(status: str) -> None:
    assert not is_final(status)


def test_a_wait_ends_with_the_container(client: Any, server: Server) -> None:
    server.answers(container(), container(status="RUNNING"), container(status="completed"))
    ended = client.containers.wait_for_completion("ctr_1", poll_interval=0.01)
    assert ended.status == "completed"
    assert server.count == 3
    assert "wait_seconds" not in server.last.query


def test_a_server_that_can_hold_back_its_answer_is_asked_to(client: Any, server: Server) -> None:
    running = reply(200, {"id": "ctr_1", "status": "RUNNING"}, headers=WAITING)
    server.answers(running, running, container(status="COMPLETED"))
    client.containers.wait_for_completion("ctr_1", timeout_seconds=30, poll_interval=0.01)
    assert [r.query.get("wait_seconds") for r in server.received] == [None, "29", "29"]


def test_the_error_of_a_wait_has_the_last_state(client: Any, server: Server) -> None:
    server.otherwise = container(status="RUNNING", actualCostCredits=2)
    with pytest.raises(WaitTimeoutError, match=r"RUNNING.*cancel_container") as raised:
        client.containers.wait_for_completion("ctr_1", timeout_seconds=0.1, poll_interval=0.02)
    assert raised.value.last.actual_cost_credits == 2
    assert raised.value.may_have_run
    assert {r.method for r in server.received} == {"GET"}


def test_a_wait_whose_question_hangs_ends_in_time_too(client: Any, server: Server) -> None:
    server.answers(container(), silent)
    start = time.monotonic()
    with pytest.raises(WaitTimeoutError) as raised:
        client.containers.wait_for_completion("ctr_1", timeout_seconds=2, poll_interval=0.01)
    assert time.monotonic() - start < 6
    assert raised.value.last.status == "PENDING"


def test_a_question_with_a_timeout_of_its_own_fails_by_itself(client: Any, server: Server) -> None:
    server.otherwise = silent
    with pytest.raises(APITimeoutError):
        client.containers.wait_for_completion("ctr_1", timeout_seconds=60, request_timeout=0.2)


@pytest.mark.parametrize("kind", [{"timeout_seconds": 0}, {"poll_interval": -1}])
def test_times_of_a_wait_that_are_none(client: Any, server: Server, kind: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="above 0"):
        client.containers.wait_for_completion("ctr_1", **kind)
    assert server.count == 0


def run(client: Any, **options: Any) -> Any:
    return client.containers.run_and_wait("image", ["ls"], 1, 512, 5, poll_interval=0.01, **options)


def test_run_and_wait_gives_state_and_logs(client: Any, server: Server) -> None:
    server.answers(container(), container(status="COMPLETED"), reply(200, {"logs": "hi\n"}))
    result = run(client)
    assert (result.execution.status, result["logs"]) == ("COMPLETED", "hi\n")


@pytest.mark.usefixtures("no_pauses")
def test_a_wait_that_fails_cancels_what_was_started(client: Any, server: Server) -> None:
    server.answers(container(), *[raw(b"")] * 3, DELETED)
    with pytest.raises(APIConnectionError):
        run(client)
    assert server.last.method == "DELETE"
    assert server.last.path.endswith("/containers/ctr_1")


def test_a_wait_that_takes_too_long_cancels_what_was_started(client: Any, server: Server) -> None:
    server.otherwise = container(status="RUNNING")
    with pytest.raises(WaitTimeoutError) as raised:
        run(client, request_timeout=2)
    assert server.last.method == "DELETE"
    said = "Container ctr_1 has not ended within 2 s; its status was RUNNING. It was cancelled."
    assert raised.value.message == said
    assert raised.value.last.status == "RUNNING"
    assert not raised.value.is_retryable


def test_a_wait_that_cancels_nothing_may_be_repeated(client: Any, server: Server) -> None:
    server.otherwise = container(status="RUNNING")
    with pytest.raises(WaitTimeoutError, match="It goes on: wait again") as raised:
        run(client, request_timeout=2, cancel_on_failure=False)
    assert server.last.method == "GET"
    assert raised.value.is_retryable


def cannot_cancel(connection: Any, request: Received) -> None:
    refused = reply(400, {"error": "no cancelling today"})
    (refused if request.method == "DELETE" else container(status="RUNNING"))(connection, request)


def test_a_cancelling_that_fails_is_told(client: Any, server: Server) -> None:
    server.otherwise = cannot_cancel
    with pytest.raises(WaitTimeoutError, match=r"may go on and cost.*no cancelling today"):
        run(client, request_timeout=2)


def test_logs_that_cannot_be_had_do_not_lose_the_container(client: Any, server: Server) -> None:
    ended = container(status="FAILED", actualCostCredits=3)
    server.answers(container(), ended, reply(400, {"error": "no logs"}))
    with pytest.raises(BadRequestError, match="no logs") as raised:
        run(client)
    assert (raised.value.last.status, raised.value.last.actual_cost_credits) == ("FAILED", 3)
    assert pickle.loads(pickle.dumps(raised.value)).last.status == "FAILED"
    assert [r.method for r in server.received] == ["POST", "GET", "GET"]


def test_logs_keep_to_the_deadline(client: Any, server: Server) -> None:
    server.answers(container(), container(status="COMPLETED"), silent)
    start = time.monotonic()
    with pytest.raises(APITimeoutError) as raised:
        run(client, request_timeout=2)
    assert time.monotonic() - start < 6
    assert raised.value.last.status == "COMPLETED"


def test_a_poll_interval_that_is_none_starts_nothing(client: Any, server: Server) -> None:
    with pytest.raises(InvalidRequestError, match="poll_interval"):
        client.containers.run_and_wait("image", ["ls"], 1, 512, 5, poll_interval=0)
    assert server.count == 0


def test_nothing_is_cancelled_when_told_so(client: Any, server: Server) -> None:
    server.answers(container(), reply(409, {"error": "odd"}))
    with pytest.raises(ConflictError):
        run(client, cancel_on_failure=False)
    assert [r.method for r in server.received] == ["POST", "GET"]


def test_the_failure_is_told_even_if_the_cancelling_fails(client: Any, server: Server) -> None:
    server.answers(container(), reply(409, {"error": "the first"}), reply(400, {"error": "second"}))
    with pytest.raises(ConflictError, match="the first") as raised:
        run(client)
    assert "second" in raised.value.__notes__[0]
    assert server.count == 3
