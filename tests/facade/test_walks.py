"""Walks over the pages of a list, while entries come and go: none is missed, and none comes twice."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from cognitora.parsing import Rows
from cognitora.walk import Walk
from tests.facade.server import Received, Server, reply


class Listed:
    """A list, the newest first, that a server gives in pages of at most `cap`: by offset, and by `after` too.

    Rows are numbers, the newer the higher.
    """

    def __init__(self, count: int, *, cap: int = 1000, after: bool = False) -> None:
        self.rows = list(range(count, 0, -1))
        self.start = set(self.rows)
        self._cap = cap
        self._after = after

    def add(self) -> None:
        self.rows.insert(0, max(self.rows, default=0) + len(self.start) + 1)

    def remove(self, row: object) -> None:
        self.rows = [each for each in self.rows if each != row]

    def page(self, limit: int, offset: int, after: int | None = None) -> list[int]:
        rows = [row for row in self.rows if after is None or row < after]
        return rows[offset : offset + min(limit, self._cap)]

    def answer(self, connection: Any, request: Received) -> None:
        query = request.query
        after = int(query["after"]) if "after" in query else None
        page = self.page(int(query["limit"]), int(query["offset"]), after)
        body: dict[str, Any] = {"executions": [{"id": str(row), "status": "x"} for row in page]}
        if self._after and page and page[-1] != self.rows[-1]:
            body["next"] = str(page[-1])
        headers = {"X-Cognitora-Features": "after"} if self._after else {}
        reply(200, body, headers=headers)(connection, request)


LISTS: list[Callable[[Any], Any]] = [
    lambda c: c.code_interpreter.iter_all_executions(page_size=50, status="x"),
    lambda c: c.code_interpreter.iter_session_executions("ses_1", page_size=50),
    lambda c: c.containers.iter_containers("x", page_size=50),
    lambda c: c.containers.iter_all_container_executions(page_size=50),
]


@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize("walk", LISTS)
def test_one_row_is_added_at_each_step(
    client: Any, server: Server, walk: Callable[[Any], Any], after: bool
) -> None:
    listed = Listed(114, after=after)
    server.otherwise = listed.answer
    found = []
    for row in walk(client):
        found.append(int(row.id))
        listed.add()
    assert found == sorted(listed.start, reverse=True)


@pytest.mark.parametrize("after", [True, False])
def test_each_row_goes_as_it_is_seen(client: Any, server: Server, after: bool) -> None:
    listed = Listed(6, after=after)
    server.otherwise = listed.answer
    found = []
    for row in client.containers.iter_containers("running", page_size=2):
        found.append(int(row.id))
        listed.remove(int(row.id))
    assert found == [6, 5, 4, 3, 2, 1]


def test_a_page_that_does_not_fill_is_not_taken_for_the_last(client: Any, server: Server) -> None:
    for cap, after in ((3, True), (3, False), (1, False)):
        server.otherwise = Listed(10, cap=cap, after=after).answer
        found = [int(row.id) for row in client.containers.iter_containers()]
        assert found == list(range(10, 0, -1))


@pytest.mark.parametrize("divided", [True, False])
def test_a_list_without_limits_is_read_to_its_end(
    client: Any, server: Server, divided: bool
) -> None:
    whole = [str(row) for row in range(10, 0, -1)]

    def answer(connection: Any, request: Received) -> None:
        assert set(request.query) <= {"after"}
        begin = whole.index(request.query["after"]) + 1 if "after" in request.query else 0
        page = whole[begin : begin + 3] if divided else whole
        body: dict[str, Any] = {"executions": [{"id": row, "status": "x"} for row in page]}
        if page[-1] != whole[-1]:
            body["next"] = page[-1]
        reply(200, body)(connection, request)

    server.otherwise = answer
    assert [row.id for row in client.containers.get_container_executions("c")] == whole
    assert [row.id for row in client.containers.iter_container_executions("c")] == whole


def rows(page: list[int]) -> Rows[int]:
    found: Rows[int] = Rows()
    found.extend(page)
    found.sent = [(row, row) for row in page]
    return found


def test_rows_come_and_go_at_random() -> None:
    for seed in range(300):
        come_and_go(seed)


def come_and_go(seed: int) -> None:
    chance = random.Random(seed)
    listed = Listed(chance.choice([0, 1, 2, 3, 10, 40]), cap=chance.choice([2, 3, 7, 1000]))
    limit, haste = chance.choice([2, 3, 5, 50]), chance.choice([0.1, 0.5, 2])
    walk: Walk[int] = Walk()
    found: list[int] = []
    kept = set(listed.start)  # there from the start to the end

    def change() -> None:
        for _ in range(int(chance.random() * 2 * haste * limit)):
            if chance.random() < 0.5:
                listed.add()
            elif listed.rows:
                row = chance.choice(listed.rows)
                kept.discard(row)
                listed.remove(row)

    for step in range(1000):
        page = rows(listed.page(limit, walk.offset))
        found += walk.take(page)
        if walk.ended:
            break
        if step < 100:  # for ever, more may come than a page of two can hold
            change()
    assert walk.ended, seed
    assert len(found) == len(set(found)), seed
    assert kept <= set(found), seed


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
    rows = [{"id": "a", "status": "x"}, 7, 7, 8, {"id": "b", "status": "x"}]

    def page(connection: Any, request: Received) -> None:
        limit, offset = int(request.query["limit"]), int(request.query["offset"])
        reply(200, {"executions": rows[offset : offset + limit]})(connection, request)

    server.otherwise = page
    found = client.code_interpreter.iter_all_executions(page_size=2)
    assert [entry.id for entry in found] == ["a", "b"]


def test_logs_that_are_added_are_not_walked_twice(client: Any, server: Server) -> None:
    logs = [{"message": "line", "timestamp": f"2026-01-05T09:30:{n:02}Z"} for n in range(9, 0, -1)]

    def page(connection: Any, request: Received) -> None:
        limit, offset = int(request.query["limit"]), int(request.query["offset"])
        reply(200, {"data": {"logs": logs[offset : offset + limit]}})(connection, request)
        logs.insert(0, {"message": "new", "timestamp": f"2026-01-05T10:{len(logs):02}:00Z"})

    server.otherwise = page
    found = client.code_interpreter.iter_session_logs("ses_1", page_size=4)
    assert [entry.timestamp.second for entry in found] == list(range(9, 0, -1))
