from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Iterator
from contextlib import aclosing, closing
from typing import Any

import pytest

from cognitora import (
    BadRequestError,
    Cognitora,
    CognitoraAsync,
    CognitoraError,
    ExecuteCodeRequest,
    ExecuteCodeResponse,
    InvalidRequestError,
)
from tests.facade.answers import executed
from tests.facade.conftest import KEY
from tests.facade.server import Received, Server, reply


class Echo:
    """Runs code that says: answer so, after so many other requests have arrived."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.running = self.most = 0

    def __call__(self, connection: Any, request: Received) -> None:
        code = request.json["code"]
        with self.lock:
            self.running += 1
            self.most = max(self.most, self.running)
        bad = reply(400, {"error": f"{code} is bad"})
        answer = bad if "bad" in code else executed({"type": "stdout", "data": code})
        with self.lock:
            self.running -= 1
        answer(connection, request)


@pytest.fixture
def echo(server: Server) -> Echo:
    server.otherwise = echo = Echo()
    return echo


def shown(results: Any) -> list[str]:
    return [r.stdout if isinstance(r, ExecuteCodeResponse) else type(r).__name__ for r in results]


def test_results_come_in_the_order_of_the_items(client: Any, echo: Echo) -> None:
    items = [str(n) for n in range(50)]
    assert shown(client.code_interpreter.map(items, concurrency=7)) == items
    assert echo.most <= 7


def test_one_that_fails_leaves_the_others(client: Any, echo: Echo) -> None:
    results = list(client.code_interpreter.map(["1", "bad", "3", 4, "5"]))
    assert shown(results) == ["1", "BadRequestError", "3", "InvalidRequestError", "5"]
    assert isinstance(results[1], BadRequestError)
    assert "bad is bad" in results[1].message
    assert "code must be a string" in results[3].message


def test_requests_bring_their_own_options(client: Any, server: Server, echo: Echo) -> None:
    items = ["1", ExecuteCodeRequest("2", language="bash", timeout_seconds=9)]
    found = client.code_interpreter.map(items, language="javascript", networking=False)
    assert shown(found) == ["1", "2"]
    sent = sorted((r.json for r in server.received), key=lambda body: body["code"])
    assert [(b["language"], b["networking"]) for b in sent] == [
        ("javascript", False),
        ("bash", True),
    ]


def test_items_are_taken_as_they_are_needed(client: Any, server: Server, echo: Echo) -> None:
    taken: list[int] = []

    def endless() -> Iterator[str]:
        for n in itertools.count():
            taken.append(n)
            yield str(n)

    results = client.code_interpreter.map(endless(), concurrency=2)
    assert taken == []
    assert [next(results).stdout for _ in range(10)] == [str(n) for n in range(10)]
    assert len(taken) <= 10 + 4 * 2
    results.close()
    assert server.count <= len(taken)


@pytest.mark.parametrize("concurrency", [0, -1, 1.5, "2"])
def test_a_concurrency_that_is_none(client: Any, concurrency: Any) -> None:
    with pytest.raises(InvalidRequestError, match="concurrency"):
        client.code_interpreter.map([], concurrency=concurrency)


def test_nothing_gives_nothing(client: Any) -> None:
    assert list(client.code_interpreter.map([])) == []


def test_an_iterable_that_fails_is_told(client: Any, echo: Echo) -> None:
    def items() -> Iterator[str]:
        yield "1"
        raise RuntimeError("the items")

    with pytest.raises(RuntimeError, match="the items"):
        list(client.code_interpreter.map(items(), concurrency=1))


class Held:
    """The first request is answered only when the test says so."""

    def __init__(self) -> None:
        self.release = threading.Event()

    def __call__(self, connection: Any, request: Received) -> None:
        if request.json["code"] == "0":
            assert self.release.wait(10)
        executed({"type": "stdout", "data": request.json["code"]})(connection, request)


def wait_for(server: Server, count: int) -> None:
    for _ in range(count):
        assert server.arrived.acquire(timeout=10)


def test_a_slow_one_holds_back_results_but_not_work(server: Server) -> None:
    server.otherwise = held = Held()
    items = [str(n) for n in range(30)]
    with Cognitora(KEY, server.url) as client:
        results = client.code_interpreter.map(items, concurrency=3)
        first: list[Any] = []
        thread = threading.Thread(target=lambda: first.append(next(results)))
        thread.start()
        wait_for(server, 12)  # four times the concurrency, the slow one included
        assert server.arrived.acquire(timeout=0.1) is False
        held.release.set()
        thread.join()
        assert shown([*first, *results]) == items


async def test_a_map_that_is_left_early_leaves_nothing_running(server: Server) -> None:
    server.otherwise = held = Held()
    async with CognitoraAsync(KEY, server.url) as client:
        before = asyncio.all_tasks()
        results: Any = client.code_interpreter.map(["1", "2", "0", "4"], concurrency=4)
        assert (await anext(results)).stdout == "1"
        await results.aclose()
        assert asyncio.all_tasks() == before
    held.release.set()


async def test_a_map_that_is_cancelled_leaves_nothing_running(server: Server) -> None:
    server.otherwise = held = Held()
    async with CognitoraAsync(KEY, server.url) as client:
        before = asyncio.all_tasks()

        async def work() -> list[Any]:
            return [result async for result in client.code_interpreter.map(["0", "0", "0"])]

        task = asyncio.create_task(work())
        await asyncio.to_thread(wait_for, server, 3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert asyncio.all_tasks() == before
    held.release.set()


@pytest.mark.parametrize("items", ["print(1)", b"1", ExecuteCodeRequest("1")])
def test_one_piece_of_code_is_not_taken_for_many(client: Any, server: Server, items: Any) -> None:
    with pytest.raises(InvalidRequestError, match="for one use execute"):
        client.code_interpreter.map(items)
    assert server.count == 0


async def test_what_is_iterated_can_be_closed(server: Server) -> None:
    """The types say so too: this file is type-checked."""
    server.otherwise = executed()
    with (
        Cognitora(KEY, server.url) as client,
        closing(client.code_interpreter.map(["1"])) as results,
        closing(client.containers.iter_containers()) as containers,
    ):
        assert [isinstance(result, CognitoraError) for result in results] == [False]
        containers.close()
        assert list(containers) == []
    async with (
        CognitoraAsync(KEY, server.url) as client_async,
        aclosing(client_async.code_interpreter.map(["1"])) as async_results,
        aclosing(client_async.code_interpreter.iter_session_logs("ses_1")),
    ):
        assert [isinstance(result, CognitoraError) async for result in async_results] == [False]
