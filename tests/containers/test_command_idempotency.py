"""A command's caller who goes away or asks again, and a runtime that is killed under a command."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.containers.conftest import ClientOf, Start, cancel, create, executions, get, persistent
from tests.containers.execs import container, execute, fresh, output, record, send
from tests.processes import with_marker
from tests.runtime.conftest import refusal, until
from tests.runtime.leftovers import sleeping

WENT_AWAY = "its caller went away"
SLEEP = ("sh", "-c", "echo begun; sleep 60 & sleep 60")
RANDOM = ("sh", "-c", "head -c 8 /dev/urandom | sha1sum")  # no two runs print the same


@pytest.fixture
async def box(http: httpx.AsyncClient) -> AsyncIterator[str]:
    """A container that stays up."""
    async with container(http) as container_id:
        yield container_id


async def leave(task: asyncio.Task[Any]) -> None:
    """Close a request's connection before its answer has come."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def last(http: httpx.AsyncClient, container_id: str) -> dict[str, Any]:
    """The record of the container's last command, once all of them have ended."""
    found: list[dict[str, Any]] = []

    async def over() -> bool:
        found[:] = await executions(http, container_id)
        return all(each["status"] not in {"PENDING", "RUNNING"} for each in found)

    await until(over)
    return await record(http, found[0]["id"])


async def test_an_unkeyed_command_is_stopped_at_once(http: httpx.AsyncClient, box: str) -> None:
    marker = fresh()
    calling = asyncio.create_task(send(http, box, *SLEEP, environment={"MARKER": marker}))
    await sleeping(marker, 2)
    loop = asyncio.get_running_loop()
    left = loop.time()
    await leave(calling)
    found = await last(http, box)
    assert loop.time() - left < 3
    assert found["status"] == "CANCELLED"
    assert WENT_AWAY in found["reason"]
    assert found["output"] == "begun\n"
    assert with_marker(marker) == []
    assert await output(http, box, "echo", "on") == "on\n"


async def test_many_departures_leave_nothing(http: httpx.AsyncClient, box: str) -> None:
    marker = fresh()
    for n in range(12):
        calling = asyncio.create_task(send(http, box, *SLEEP, environment={"MARKER": marker}))
        await asyncio.sleep(0.02 * n)  # at every stage of its beginning
        await leave(calling)
    await last(http, box)
    for each in await executions(http, box):
        assert each["status"] == "CANCELLED", each
        assert "its caller went away" in each["reason"]
    assert with_marker(marker) == []


@pytest.mark.long
async def test_a_keyed_command_goes_on_for_10_seconds(http: httpx.AsyncClient, box: str) -> None:
    marker, key = fresh(), fresh()
    more: dict[str, Any] = {"environment": {"MARKER": marker}, "key": key}
    calling = asyncio.create_task(send(http, box, *SLEEP, **more))
    await sleeping(marker, 2)
    loop = asyncio.get_running_loop()
    left = loop.time()
    await leave(calling)
    found = await last(http, box)
    assert 9 < loop.time() - left < 13
    assert WENT_AWAY in found["reason"]
    assert with_marker(marker) == []
    again = await send(http, box, *SLEEP, **more)
    assert again.headers["X-Cognitora-Replayed"] == "true"
    assert (again.json()["status"], again.json()["reason"]) == ("CANCELLED", found["reason"])


async def test_a_key_that_comes_back_gets_what_went_on(http: httpx.AsyncClient, box: str) -> None:
    marker, key = fresh(), fresh()
    more: dict[str, Any] = {"environment": {"MARKER": marker}, "key": key}
    command = ("sh", "-c", "sleep 2; echo done")
    calling = asyncio.create_task(send(http, box, *command, **more))
    await sleeping(marker, 1)
    await leave(calling)
    while (answer := await send(http, box, *command, **more)).status_code != 200:
        refusal(answer, 409, "in_progress")
        await asyncio.sleep(float(answer.headers["Retry-After"]))
    assert (answer.json()["status"], answer.json()["output"]) == ("COMPLETED", "done\n")
    assert len(await executions(http, box)) == 1


async def test_the_same_key_runs_a_command_once(http: httpx.AsyncClient, box: str) -> None:
    key = fresh()
    first = await send(http, box, *RANDOM, key=key)
    again = await send(http, box, *RANDOM, key=key)
    assert "X-Cognitora-Replayed" not in first.headers
    assert again.headers["X-Cognitora-Replayed"] == "true"
    assert again.content == first.content
    assert len(await executions(http, box)) == 1
    refusal(await send(http, box, "true", key=key), 422, "idempotency_mismatch")
    async with container(http) as other:
        refusal(await send(http, other, *RANDOM, key=key), 422, "idempotency_mismatch")


@pytest.mark.parametrize(
    "command", [("no-such-command",), ("sh", "-c", "echo no; exit 3"), ("sh", "-c", "sleep 60")]
)
async def test_what_did_not_go_well_is_told_again(
    http: httpx.AsyncClient, box: str, command: tuple[str, ...]
) -> None:
    key = fresh()
    first = await send(http, box, *command, key=key, timeout_seconds=1)
    again = await send(http, box, *command, key=key, timeout_seconds=1)
    assert first.json()["status"] in {"FAILED", "TIMEOUT"}
    assert again.content == first.content
    assert len(await executions(http, box)) == 1


async def test_an_answer_is_told_again_after_the_container_has_ended(
    http: httpx.AsyncClient, box: str
) -> None:
    key = fresh()
    first = await send(http, box, *RANDOM, key=key)
    await cancel(http, box)
    assert (await send(http, box, *RANDOM, key=key)).content == first.content
    refusal(await send(http, box, *RANDOM, key=fresh()), 409, "container_not_running")


async def test_an_answer_outlives_the_runtime(
    start: Start, http_of: ClientOf, tmp_path: Path
) -> None:
    data, key = tmp_path / "data", fresh()
    runtime = await start("--data-dir", data)
    async with http_of(runtime) as http:
        box = (await create(http, persistent()))["id"]
        first = await send(http, box, *RANDOM, key=key)
    await runtime.stop(signal.SIGKILL)
    async with http_of(await start("--data-dir", data)) as http:
        again = await send(http, box, *RANDOM, key=key)
        assert again.content == first.content
        await cancel(http, box)


async def test_a_runtime_that_is_killed_under_commands(
    start: Start, http_of: ClientOf, tmp_path: Path
) -> None:
    data, marker, key = tmp_path / "data", fresh(), fresh()
    runtime = await start("--data-dir", data)
    more: dict[str, Any] = {"environment": {"MARKER": marker}}
    async with http_of(runtime) as http:
        box = (await create(http, persistent()))["id"]
        await output(http, box, "sh", "-c", "echo kept > /tmp/state")
        calls = [send(http, box, *SLEEP, key=each, **more) for each in (key, fresh())]
        calling = [asyncio.create_task(each) for each in calls]
        await sleeping(marker, 4)

        async def written_down() -> bool:
            told = [await record(http, each["id"]) for each in (await executions(http, box))[:2]]
            return all(each["output"] == "begun\n" for each in told)

        await until(written_down)
        await runtime.stop(signal.SIGKILL)
        for task in calling:
            with pytest.raises(httpx.TransportError):
                await task
    async with http_of(await start("--data-dir", data)) as http:
        assert await output(http, box, "cat", "/tmp/state") == "kept\n"
        assert (await get(http, box))["status"] == "RUNNING"
        assert with_marker(marker) == []
        for each in (await executions(http, box))[1:3]:
            assert each["status"] == "FAILED"
            assert "The runtime ended" in each["reason"]
        again = await send(http, box, *SLEEP, key=key, **more)
        assert again.headers["X-Cognitora-Replayed"] == "true"
        assert again.json()["status"] == "FAILED"
        assert again.json()["output"] == "begun\n"
        await cancel(http, box)


async def test_a_runtime_that_is_killed_while_a_command_begins(
    start: Start, http_of: ClientOf, tmp_path: Path
) -> None:
    """What the engine began, and nobody had written down yet, is ended too."""
    data, marker = tmp_path / "data", fresh()
    for pause in (0.03, 0.06, 0.09):
        runtime = await start("--data-dir", data)
        async with http_of(runtime) as http:
            box = (await create(http, persistent()))["id"]
            await output(http, box, "true")
            calling = asyncio.create_task(send(http, box, *SLEEP, environment={"MARKER": marker}))
            await asyncio.sleep(pause)
            await runtime.stop(signal.SIGKILL)
            with pytest.raises(httpx.TransportError):
                await calling
        runtime = await start("--data-dir", data)
        async with http_of(runtime) as http:
            assert (await execute(http, box, "true"))["status"] == "COMPLETED"
            assert with_marker(marker) == []
            await cancel(http, box)
        assert await runtime.stop() == 0


async def test_a_runtime_that_is_stopped_under_a_command(start: Start, http_of: ClientOf) -> None:
    marker = fresh()
    runtime = await start()
    async with http_of(runtime) as http:
        box = (await create(http, persistent()))["id"]
        calling = asyncio.create_task(execute(http, box, *SLEEP, environment={"MARKER": marker}))
        await sleeping(marker, 2)
        assert await runtime.stop() == 0
        answer = await calling
    assert answer["status"] == "CANCELLED"
    assert answer["output"] == "begun\n"
    assert "the runtime was stopped" in answer["reason"]
    assert with_marker(marker) == []
    assert "ERROR" not in runtime.log, runtime.log
