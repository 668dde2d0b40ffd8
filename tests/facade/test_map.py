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


def test_many_pages_are_walked_once(client: Any, server: Server) -> None:
    rows = [{"id": f"e{n}", "status": "completed"} for n in range(120)]

    def page(connection: Any, request: Received) -> None:
        limit, offset = int(request.query["limit"]), int(request.query["offset"])
        if offset:  # two more have run meanwhile: all have moved on by two
            offset -= 2
        reply(200, {"executions": rows[max(0, offset) : offset + limit]})(connection, request)

    server.otherwise = page
    for walk in (
        client.code_interpreter.iter_all_executions(page_size=50, status="completed"),
        client.code_interpreter.iter_session_executions("ses_1", page_size=50),
        client.containers.iter_containers(page_size=50),
        client.containers.iter_all_container_executions(page_size=50),
    ):
        assert [row.id for row in walk] == [row["id"] for row in rows]


def test_lists_without_pages_are_walked_too(client: Any, server: Server) -> None:
    sessions = [{"session_id": "a", "status": "active"}, {"session_id": "b", "status": "active"}]
    server.answers(
        reply(200, {"data": {"sessions": sessions}}),
        reply(200, {"executions": [{"id": "a"}, {"id": "b"}]}),
    )
    assert [s.session_id for s in client.code_interpreter.iter_sessions()] == ["a", "b"]
    assert [e.id for e in client.containers.iter_container_executions("c")] == ["a", "b"]
    assert server.count == 2


def test_logs_are_walked_to_their_end(client: Any, server: Server) -> None:
    def logs(*messages: str) -> Any:
        return reply(200, {"data": {"logs": [{"message": text} for text in messages]}})

    server.answers(logs("a", "a"), logs("a"), logs())
    found = client.code_interpreter.iter_session_logs("ses_1", page_size=2)
    assert [entry["message"] for entry in found] == ["a", "a", "a"]
    assert [r.query["offset"] for r in server.received] == ["0", "2", "3"]


def test_a_server_without_offsets_has_one_page(client: Any, server: Server) -> None:
    server.otherwise = reply(200, {"data": {"logs": [{"message": "a"}, {"message": "b"}]}})
    found = client.code_interpreter.iter_session_logs("ses_1", page_size=2)
    assert [entry["message"] for entry in found] == ["a", "b"]
    assert server.count == 3


def test_equal_pages_of_a_server_with_offsets_are_all_walked(client: Any, server: Server) -> None:
    rows = [{"message": "again"}] * 6

    def page(connection: Any, request: Received) -> None:
        limit, offset = int(request.query["limit"]), int(request.query["offset"])
        logs = rows[offset : offset + limit]
        reply(200, {"data": {"logs": logs}})(connection, request)

    server.otherwise = page
    assert len(list(client.code_interpreter.iter_session_logs("ses_1", page_size=2))) == 6


def test_rows_that_cannot_be_read_count_in_the_offset(client: Any, server: Server) -> None:
    server.answers(
        reply(200, {"executions": [{"id": "a", "status": "x"}, 7]}),
        reply(200, {"executions": [7, 8]}),
        reply(200, {"executions": [{"id": "b", "status": "x"}]}),
        reply(200, {"executions": []}),
    )
    found = client.code_interpreter.iter_all_executions(page_size=2)
    assert [entry.id for entry in found] == ["a", "b"]
    assert [r.query["offset"] for r in server.received] == ["0", "2", "4", "5"]


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
