"""Lists of containers and of what ran in them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.containers.conftest import (
    CONTAINERS,
    EXECUTIONS,
    ClientOf,
    Start,
    cancel,
    create,
    executions,
    get,
    persistent,
    run,
    running,
    wanted,
)
from tests.runtime.conftest import refusal


async def page(http: httpx.AsyncClient, path: str, **query: Any) -> list[dict[str, Any]]:
    answer = await http.get(path, params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["executions"]
    return found


async def test_lists_newest_first_and_in_pages(start: Start, http_of: ClientOf) -> None:
    async with http_of(await start()) as http:
        assert await page(http, CONTAINERS) == await page(http, EXECUTIONS) == []
        made = [await run(http, "true") for _ in range(3)]
        newest_first = made[::-1]
        assert await page(http, CONTAINERS) == newest_first
        assert await page(http, CONTAINERS, limit=2) == newest_first[:2]
        assert await page(http, CONTAINERS, limit=2, offset=2) == newest_first[2:]
        assert await page(http, CONTAINERS, offset=3) == []
        ran = await page(http, EXECUTIONS, limit=2)
        assert [each["containerId"] for each in ran] == [each["id"] for each in newest_first[:2]]


async def test_lists_of_one_status_in_either_case(start: Start, http_of: ClientOf) -> None:
    async with http_of(await start()) as http:
        good, bad = await run(http, "true"), await run(http, "false")
        up = await running(http, (await create(http, persistent()))["id"])
        for status, expected in (
            ("COMPLETED", good),
            ("completed", good),
            ("Failed", bad),
            ("running", up),
        ):
            assert await page(http, CONTAINERS, status=status) == [expected]
        assert await page(http, CONTAINERS, status="no such status") == []
        assert len(await page(http, EXECUTIONS, status="failed")) == 1
        assert await page(http, EXECUTIONS, status="running") == []  # it has no command
        await cancel(http, up["id"])


async def test_what_ran_in_a_container(http: httpx.AsyncClient) -> None:
    found = await run(http, "sh", "-c", "echo out; sleep 0.2; echo err >&2; exit 7")
    (record,) = await executions(http, found["id"])
    assert record["id"].startswith("exec_")
    assert record["containerId"] == found["id"]
    assert record["command"] == found["command"]
    assert (record["status"], record["exitCode"]) == ("FAILED", 7)
    for name in ("reason", "createdAt", "startedAt", "completedAt"):
        assert record[name] == found[name]
    assert "output" not in record  # of many, that would be a lot

    answer = await http.get(f"{EXECUTIONS}/{record['id']}")
    assert answer.status_code == 200
    assert answer.json() == {**record, "output": "out\nerr\n"}


async def test_what_runs_in_a_container(http: httpx.AsyncClient) -> None:
    created = await create(http, wanted("sleep", "60"))
    (record,) = await executions(http, created["id"])
    assert record["status"] in {"PENDING", "RUNNING"}
    await running(http, created["id"])
    (record,) = await executions(http, created["id"])
    assert record["status"] == "RUNNING"
    assert record["startedAt"] == (await get(http, created["id"]))["startedAt"]
    await cancel(http, created["id"])


async def test_a_persistent_container_without_a_command_has_run_nothing(
    http: httpx.AsyncClient,
) -> None:
    created = await create(http, persistent())
    await running(http, created["id"])
    assert await executions(http, created["id"]) == []
    await cancel(http, created["id"])


async def test_an_execution_that_never_was(http: httpx.AsyncClient) -> None:
    answer = await http.get(f"{EXECUTIONS}/exec_none")
    assert "exec_none" in refusal(answer, 404, "execution_not_found")


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 1001}, {"offset": -1}, {"limit": "x"}])
async def test_pages_that_can_not_be(wrong: httpx.AsyncClient, query: dict[str, Any]) -> None:
    for path in (CONTAINERS, EXECUTIONS):
        refusal(await wrong.get(path, params=query), 400, "invalid_request")


async def walked(http: httpx.AsyncClient, path: str, **query: Any) -> tuple[list[str], int]:
    """The ids of a list by its pages' `next`, and how many pages it has."""
    ids, pages = list[str](), 0
    while True:
        answer = await http.get(path, params=query)
        assert answer.status_code == 200, answer.text
        assert len(answer.content) < 2.5 * 2**20
        ids += [each["id"] for each in answer.json()["executions"]]
        pages += 1
        if not (follows := answer.json().get("next")):
            return ids, pages
        query["after"] = follows


async def test_pages_end_early_where_commands_are_long(start: Start, http_of: ClientOf) -> None:
    """Two of these fill a page; a list held all that there were."""
    command = ["true", *["x" * 100_000] * 9]
    async with http_of(await start()) as http:
        made = await create(http, persistent(*command))
        await running(http, made["id"])
        url = f"{CONTAINERS}/{made['id']}/exec"
        for _ in range(3):
            assert (await http.post(url, json={"command": command})).status_code == 200
        for path in (f"{CONTAINERS}/{made['id']}/executions", EXECUTIONS):
            ids, pages = await walked(http, path)
            assert (len(set(ids)), len(ids), pages) == (4, 4, 2)
        others = [(await create(http, persistent(*command)))["id"] for _ in range(2)]
        ids, pages = await walked(http, CONTAINERS)
        assert (ids, pages) == ([*others[::-1], made["id"]], 2)
        for each in ids:
            await cancel(http, each)
        answer = await http.get(f"{CONTAINERS}/{made['id']}/executions?after=x")
        assert "Pass the `next` of the page before" in refusal(answer, 400, "invalid_request")
