"""How soon a wait notices the end, and how often it asks: of a service with a clock of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from cognitora import (
    APIConnectionError,
    APITimeoutError,
    Cognitora,
    CognitoraAsync,
    Deadline,
    Headers,
    Request,
)
from tests.facade.both import Driven
from tests.facade.conftest import KEY

LATENCY = 0.004
HOUR = 3600


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    async def sleep_async(self, seconds: float) -> None:
        self.now += seconds


class Answer:
    def __init__(self, status: int, data: object, features: str) -> None:
        self.status = status
        self.headers = Headers([("X-Cognitora-Features", features)] if features else [])
        self.body = json.dumps(data).encode()

    def __iter__(self) -> Iterator[bytes]:
        yield self.body

    def close(self) -> None: ...


class AsyncTransportResponse(Answer):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self.body

    async def close(self) -> None: ...  # type: ignore[override]  # the other protocol


class Service:
    """Runs one container from now on for so long; as a transport, with no base client in between."""

    kind: type[Answer] = Answer

    def __init__(self, clock: Clock, seconds: float, features: str = "") -> None:
        self.clock, self.features = clock, features
        self.end = clock() + seconds
        self.asked: list[str] = []
        self.times: list[float] = []
        self.holds: list[int] = []
        self.on_the_way: Callable[[int, Deadline], Answer | None] = lambda hold, deadline: None

    def answer(self, request: Request, deadline: Deadline) -> Answer:
        self.clock.sleep(LATENCY)
        url = urlsplit(request.url)
        self.times.append(self.clock())
        self.asked.append(f"{request.method} {url.path.rsplit('/', 1)[-1]}")
        if url.path.endswith("/logs"):
            return self.kind(200, {"logs": "hi\n"}, self.features)
        hold = 0
        if request.method == "GET":
            hold = int(parse_qs(url.query).get("wait_seconds", ["0"])[0])
            self.holds.append(hold)
            if (answer := self.on_the_way(hold, deadline)) is not None:
                return answer
        self.clock.sleep(max(0.0, min(float(hold), self.end - self.clock())))
        status = "COMPLETED" if self.clock() >= self.end else "RUNNING"
        return self.kind(200, {"id": "ctr_1", "status": status}, self.features)

    def open(self, request: Request, deadline: Deadline) -> Answer:
        return self.answer(request, deadline)

    def close(self) -> None: ...


class AsyncResource(Service):
    kind = AsyncTransportResponse

    async def open(self, request: Request, deadline: Deadline) -> Any:  # type: ignore[override]
        return self.answer(request, deadline)

    async def close(self) -> None: ...  # type: ignore[override]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the waits, and of all that they ask."""
    clock = Clock()
    for side, name, sleep in (
        ("_sync", "sleep", clock.sleep),
        ("_async", "async_sleep", clock.sleep_async),
    ):
        for module in ("container_waiting", "base_client"):
            monkeypatch.setattr(f"cognitora.{side}.{module}.{name}", sleep)
            monkeypatch.setattr(
                f"cognitora.{side}.{module}.Deadline", partial(Deadline, clock=clock)
            )
    monkeypatch.setattr("cognitora.retry.FIRST_PAUSE", 0.0)
    return clock


@pytest.fixture(params=["sync", "async"])
def serve(request: pytest.FixtureRequest, clock: Clock) -> Iterator[Any]:
    """Makes a service that runs a container, and a client of it."""
    made: list[Any] = []
    with asyncio.Runner() as runner:

        def make(seconds: float, features: str = "") -> tuple[Service, Any]:
            if request.param == "sync":
                service = Service(clock, seconds, features)
                made.append(Cognitora(KEY, transport=service))
            else:
                service = AsyncResource(clock, seconds, features)
                made.append(Driven(CognitoraAsync(KEY, transport=service), runner))
            return service, made[-1]

        yield make
        for client in made:
            client.close()


def run(client: Any, seconds: float) -> Any:
    return client.containers.run_and_wait(
        "image", ["true"], 1, 512, 5, timeout_seconds=int(seconds) + 1
    )


RUN_TIMES = [
    0.001,
    0.1,
    0.149,
    0.2,
    0.77,
    1,
    2.9,
    3.1,
    7,
    29.9,
    61,
    100,
    123.4,
    299,
    1000,
    6 * HOUR,
]


@pytest.mark.parametrize("seconds", RUN_TIMES)
@pytest.mark.parametrize("call", ["wait_for_completion", "run_and_wait"])
def test_the_end_is_noticed_soon_by_asking(
    serve: Any, clock: Clock, seconds: float, call: str
) -> None:
    service, client = serve(seconds)
    if call == "run_and_wait":
        assert run(client, seconds).ok
        clock.now -= LATENCY  # of the logs
    else:
        client.containers.wait_for_completion("ctr_1", seconds + 10)
    assert clock.now - service.end <= max(0.150, 0.05 * seconds) + 2 * LATENCY
    assert set(service.holds) == {0}


@pytest.mark.parametrize(("longest", "poll_interval"), [(300, 5), (2 * HOUR, HOUR)])
def test_an_end_right_after_a_question_is_noticed_soon_too(
    serve: Any, clock: Clock, longest: float, poll_interval: float
) -> None:
    begun = clock()
    service, client = serve(longest)
    client.containers.wait_for_completion("ctr_1", 3 * HOUR, poll_interval)
    for at in service.times[:-1:5]:
        seconds = at - begun + 0.001
        other, client = serve(seconds)
        client.containers.wait_for_completion("ctr_1", 3 * HOUR, poll_interval)
        assert clock.now - other.end <= max(0.150, 0.05 * seconds) + 2 * LATENCY


@pytest.mark.parametrize("seconds", RUN_TIMES)
@pytest.mark.parametrize("call", ["wait_for_completion", "run_and_wait"])
def test_the_end_is_noticed_at_once_where_the_server_waits(
    serve: Any, clock: Clock, seconds: float, call: str
) -> None:
    service, client = serve(seconds, "wait")
    if call == "run_and_wait":
        assert run(client, seconds).ok
        clock.now -= LATENCY  # of the logs
    else:
        client.containers.wait_for_completion("ctr_1", seconds + 10)
    assert clock.now - service.end <= 3 * LATENCY  # well within 150 ms
    assert max(service.holds) <= 100
    assert len(service.holds) < 3 + 40 * seconds / HOUR


def test_an_hour_of_waiting_takes_few_questions(serve: Any) -> None:
    service, client = serve(HOUR, "wait")
    run(client, HOUR)
    assert len(service.asked) < 40


def test_a_short_run_takes_three_requests(serve: Any) -> None:
    service, client = serve(0.1, "wait")
    run(client, 300)
    assert service.asked == ["POST containers", "GET ctr_1", "GET logs"]
    assert service.holds == [100]


def test_the_first_question_lets_a_server_say_that_it_can_wait(serve: Any, clock: Clock) -> None:
    service, client = serve(5, "wait")
    client.containers.wait_for_completion("ctr_1")
    assert service.holds == [0, 100]
    assert clock.now - service.end < LATENCY


def test_a_hold_is_never_longer_than_the_wait(serve: Any) -> None:
    service, client = serve(HOUR, "wait")
    with pytest.raises(TimeoutError):
        client.containers.wait_for_completion("ctr_1", 150)
    assert service.holds[:3] == [0, 100, 49]


def cut_at(clock: Clock, seconds: float, by: str) -> Callable[[int, Deadline], Answer | None]:
    """What becomes of a question that is held longer than a proxy allows."""

    def on_the_way(hold: int, deadline: Deadline) -> Answer | None:
        if hold <= seconds:
            return None
        if by == "silence":
            clock.sleep(deadline.remaining())
            raise APITimeoutError("no answer", is_retryable=True, may_have_run=True)
        clock.sleep(min(seconds, deadline.remaining()))
        if by == "hanging up":
            raise APIConnectionError("it hung up", is_retryable=True, may_have_run=True)
        return AsyncTransportResponse(504, {}, "") if by == "504 async" else Answer(504, {}, "")

    return on_the_way


@pytest.mark.parametrize("allowed", [10, 31, 60, 99])
@pytest.mark.parametrize("by", ["hanging up", "silence", "504"])
def test_questions_are_held_as_long_as_a_proxy_allows(
    serve: Any, clock: Clock, allowed: int, by: str
) -> None:
    service, client = serve(HOUR, "wait")
    if by == "504" and isinstance(service, AsyncResource):
        by = "504 async"
    service.on_the_way = cut_at(clock, allowed, by)
    assert run(client, HOUR).ok
    assert clock.now - service.end < 1
    assert len(service.holds) < 2 * HOUR / (allowed / 4)


def test_one_broken_question_is_asked_again_and_counts_once(serve: Any, clock: Clock) -> None:
    service, client = serve(150, "wait")
    breaks = [20.0]

    def on_the_way(hold: int, deadline: Deadline) -> None:
        if breaks:
            clock.sleep(breaks.pop())
            raise APIConnectionError("it broke", is_retryable=True, may_have_run=True)

    service.on_the_way = on_the_way
    assert run(client, 300).ok
    assert service.asked == ["POST containers", *["GET ctr_1"] * 3, "GET logs"]
    assert clock.now - service.end < 0.150


def test_a_server_that_is_gone_is_no_proxy(serve: Any, clock: Clock) -> None:
    service, client = serve(HOUR, "wait")

    def on_the_way(hold: int, deadline: Deadline) -> None:
        clock.sleep(60.0 if len(service.holds) == 1 else 0.001)
        raise APIConnectionError("it hung up", is_retryable=True, may_have_run=True)

    service.on_the_way = on_the_way
    with pytest.raises(APIConnectionError):
        run(client, HOUR)
    assert len(service.holds) <= 6
    assert service.asked[-1] == "DELETE ctr_1"
