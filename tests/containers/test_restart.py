"""Runtimes that are stopped or killed while containers run, and those that come after them."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.containers.conftest import (
    CONTAINERS,
    ClientOf,
    Start,
    cancel,
    create,
    ended,
    executions,
    get,
    logs,
    persistent,
    printed,
    run,
    running,
    wanted,
)
from tests.processes import with_marker
from tests.runtime.conftest import Process, until
from tests.runtime.leftovers import mounts


@pytest.fixture
def marker(tmp_path: Path) -> str:
    """What the processes of this test's containers have in their environment."""
    return f"cognitora-test-{tmp_path.name}-{id(tmp_path)}"


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


async def kill(runtime: Process) -> None:
    await runtime.stop(signal.SIGKILL)


async def gone(marker: str) -> None:
    """Wait until nothing runs any more that has the marker."""

    async def none_is_left() -> bool:
        return with_marker(marker) == []

    await until(none_is_left)


def assert_nothing_left(data_dir: Path, marker: str) -> None:
    assert with_marker(marker) == []
    assert with_marker(str(data_dir)) == []
    assert mounts(data_dir) == []


async def test_a_one_shot_that_runs_on_is_taken_up_again(
    start: Start, http_of: ClientOf, data_dir: Path, marker: str
) -> None:
    script = "for n in $(seq 20); do echo line $n; sleep 0.2; done; exit 5"
    runtime = await start("--data-dir", data_dir)
    async with http_of(runtime) as http:
        created = await create(http, wanted("sh", "-c", script, environment={"MARKER": marker}))
        await printed(http, created["id"], "line 3")
        before = await get(http, created["id"])
        await kill(runtime)
    assert with_marker(marker), "it should have run on"
    async with http_of(await start("--data-dir", data_dir)) as http:
        assert (await get(http, created["id"]))["startedAt"] == before["startedAt"]
        found = await ended(http, created["id"])
        assert (found["status"], found["exitCode"]) == ("FAILED", 5)
        assert await logs(http, created["id"]) == "".join(f"line {n}\n" for n in range(1, 21))
        (record,) = await executions(http, created["id"])
        assert (record["status"], record["exitCode"]) == ("FAILED", 5)
        await gone(marker)


async def test_a_one_shot_that_ended_meanwhile_is_recorded(
    start: Start, http_of: ClientOf, data_dir: Path, marker: str
) -> None:
    runtime = await start("--data-dir", data_dir)
    async with http_of(runtime) as http:
        body = wanted("sh", "-c", "echo one; sleep 1; echo two; exit 4")
        created = await create(http, {**body, "environment": {"MARKER": marker}})
        await printed(http, created["id"], "one")
        await kill(runtime)
    await gone(marker)
    await gone(created["id"])  # nor its monitor, which has noted the end
    over = datetime.now(UTC)
    async with http_of(await start("--data-dir", data_dir)) as http:
        found = await ended(http, created["id"])
        assert (found["status"], found["exitCode"]) == ("FAILED", 4)
        assert await logs(http, created["id"]) == "one\ntwo\n"
        assert datetime.fromisoformat(found["completedAt"]) <= over, "it's its end that counts"
        assert found["actualCostCredits"] == 1


async def test_a_persistent_container_lives_on(
    start: Start, http_of: ClientOf, data_dir: Path, marker: str
) -> None:
    runtime = await start("--data-dir", data_dir)
    async with http_of(runtime) as http:
        body = persistent("sh", "-c", "echo up; sleep 60", environment={"MARKER": marker})
        created = await create(http, body)
        await printed(http, created["id"], "up")
        await kill(runtime)
    async with http_of(await start("--data-dir", data_dir)) as http:
        assert (await get(http, created["id"], wait=1))["status"] == "RUNNING"
        (record,) = await executions(http, created["id"])
        assert record["status"] == "RUNNING"
        assert "is cancelled" in await cancel(http, created["id"])
        assert (await get(http, created["id"]))["status"] == "CANCELLED"
        assert await logs(http, created["id"]) == "up\n"
        await gone(marker)


async def test_the_network_of_a_container_that_lives_on(
    start: Start, http_of: ClientOf, data_dir: Path
) -> None:
    async def interfaces(http: httpx.AsyncClient) -> str:
        body = {"command": ["cat", "/proc/net/dev"]}
        answer = await http.post(f"{CONTAINERS}/{container_id}/exec", json=body)
        assert answer.status_code == 200, answer.text
        output: str = answer.json()["output"]
        return output

    runtime = await start("--data-dir", data_dir)
    async with http_of(runtime) as http:
        container_id = (await create(http, persistent(networking=True)))["id"]
        assert "tap0" in await interfaces(http)
        await kill(runtime)
    async with http_of(await start("--data-dir", data_dir)) as http:
        assert "tap0" in await interfaces(http)
        await cancel(http, container_id)


async def test_what_expires_meanwhile_is_ended(
    start: Start, http_of: ClientOf, data_dir: Path, marker: str
) -> None:
    runtime = await start("--data-dir", data_dir)
    async with http_of(runtime) as http:
        body = persistent(timeout_seconds=8, environment={"MARKER": marker})
        created = await create(http, body)
        await running(http, created["id"])
        await kill(runtime)
    expires = datetime.fromisoformat(created["expiresAt"])
    await asyncio.sleep((expires - datetime.now(UTC)).total_seconds())
    assert with_marker(marker), "nobody has ended it"
    async with http_of(await start("--data-dir", data_dir)) as http:
        found = await ended(http, created["id"])
        assert found["status"] == "TIMEOUT"
        await gone(marker)


async def test_a_container_that_the_engine_has_no_more(
    start: Start, http_of: ClientOf, data_dir: Path
) -> None:
    runtime = await start("--data-dir", data_dir)
    async with http_of(runtime) as http:
        found = await run(http, "true")
        await runtime.stop()
    with closing(sqlite3.connect(data_dir / "records.db")) as database:
        database.execute("UPDATE containers SET status = 'RUNNING', in_engine = 1")
        database.execute("UPDATE commands SET status = 'RUNNING'")
        database.commit()
    async with http_of(await start("--data-dir", data_dir)) as http:
        lost = await ended(http, found["id"])
        assert lost["status"] == "FAILED"
        assert "is gone" in lost["reason"]
        assert lost["actualCostCredits"] == 0
        (record,) = await executions(http, found["id"])
        assert record["status"] == "FAILED"


async def test_a_stopped_runtime_leaves_nothing(
    start: Start, http_of: ClientOf, data_dir: Path, marker: str
) -> None:
    runtime = await start("--data-dir", data_dir)
    environment = {"MARKER": marker}
    async with http_of(runtime) as http:
        up = await create(http, persistent("sleep", "60", environment=environment))
        shot = await create(http, wanted("sh", "-c", "echo on; sleep 60", environment=environment))
        await printed(http, shot["id"], "on")
        last = await create(http, wanted("sleep", "60", environment=environment))
        assert await runtime.stop() == 0
    assert_nothing_left(data_dir, marker)
    async with http_of(await start("--data-dir", data_dir)) as http:
        for each in (up, shot, last):
            found = await get(http, each["id"])
            assert found["status"] == "CANCELLED"
            assert "the runtime was stopped" in found["reason"]
        assert await logs(http, shot["id"]) == "on\n"


@pytest.mark.parametrize("milliseconds", [0, 30, 60, 90])
async def test_a_runtime_killed_at_any_moment_leaves_nothing(
    start: Start, http_of: ClientOf, data_dir: Path, marker: str, milliseconds: int
) -> None:
    """Whatever it was about to do with a container: a restart settles it."""
    runtime = await start("--data-dir", data_dir)
    async with http_of(runtime) as http:
        await run(http, "true")  # the engine is up
        body = wanted("sleep", "60", environment={"MARKER": marker}, timeoutSeconds=3)
        created = await create(http, body)
        await asyncio.sleep(milliseconds / 1000)
        await kill(runtime)
    runtime = await start("--data-dir", data_dir)
    async with http_of(runtime) as http:
        found = await ended(http, created["id"])
        assert found["status"] in {"FAILED", "TIMEOUT"}
        assert found["reason"]
        await runtime.stop()
    assert_nothing_left(data_dir, marker)


async def test_a_restarted_runtime_starts_no_engine_for_nothing(
    start: Start, http_of: ClientOf, data_dir: Path
) -> None:
    runtime = await start("--data-dir", data_dir)
    async with http_of(runtime) as http:
        await run(http, "true")
        await runtime.stop()
    before = changed(data_dir)
    runtime = await start("--data-dir", data_dir)
    async with http_of(runtime) as http:
        assert (await http.get("/api/v1/compute/containers")).status_code == 200
        assert not any("podman" in line for line in with_marker(str(data_dir)))
        await runtime.stop()  # which waits for all that it has begun
        assert changed(data_dir) == before
        runtime = await start("--data-dir", data_dir)
    async with http_of(runtime) as http:
        await run(http, "true")
        await runtime.stop()
    assert changed(data_dir) != before  # by an engine


def changed(data_dir: Path) -> dict[str, int]:
    """When what is there was changed, but for the records and the lock."""
    return {
        str(path): path.lstat().st_mtime_ns
        for path in data_dir.rglob("*")
        if "records" not in path.name and path.name != "lock"
    }


async def test_records_stay_readable_without_an_engine(
    start: Start, http_of: ClientOf, data_dir: Path
) -> None:
    runtime = await start("--data-dir", data_dir)
    async with http_of(runtime) as http:
        found = await run(http, "echo", "hello")
        await runtime.stop()
    runtime = await start("--data-dir", data_dir, "--engine", "unix:///none.sock")
    async with http_of(runtime) as http:
        assert await get(http, found["id"], wait=5) == found
        assert await logs(http, found["id"]) == "hello\n"
        assert len(await executions(http, found["id"])) == 1


async def test_an_unfinished_container_without_an_engine(
    start: Start, http_of: ClientOf, data_dir: Path, marker: str
) -> None:
    """Nobody knows how it is, and that is what is said; with an engine it is known again."""
    runtime = await start("--data-dir", data_dir)
    async with http_of(runtime) as http:
        created = await create(http, persistent(environment={"MARKER": marker}))
        await running(http, created["id"])
        await kill(runtime)
    runtime = await start("--data-dir", data_dir, "--engine", "unix:///none.sock")
    async with http_of(runtime) as http:
        path = f"/api/v1/compute/containers/{created['id']}"
        answers: list[httpx.Response] = [
            await http.get(path, params={"wait_seconds": 5}),
            await http.delete(path),
        ]
        assert [answer.status_code for answer in answers] == [501, 501]
        assert (await get(http, created["id"]))["status"] == "RUNNING"
        await runtime.stop()
    async with http_of(await start("--data-dir", data_dir)) as http:
        await cancel(http, created["id"])
        assert (await get(http, created["id"]))["status"] == "CANCELLED"
