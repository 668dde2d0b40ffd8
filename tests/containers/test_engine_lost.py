"""An engine that dies under its containers, and containers whose runtime is no more."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import httpx
import pytest

from tests.containers.conftest import (
    CONTAINERS,
    GARBAGE,
    ClientOf,
    Start,
    cancel,
    create,
    ended,
    get,
    kill_engine,
    logs,
    lose_engine,
    persistent,
    printed,
    run,
    running,
    wanted,
)
from tests.containers.ports import SERVER, asked, exposed, gone
from tests.engines import EngineUnderTest
from tests.processes import with_marker
from tests.runtime.conftest import until


@pytest.fixture
def marker(tmp_path: Path) -> str:
    """What the processes of this test's containers have in their environment."""
    return f"cognitora-test-{tmp_path.name}-{id(tmp_path)}"


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the runtimes of this test have their temporary folders."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


async def nothing_left(marker: str) -> None:
    async def none() -> bool:
        return with_marker(marker) == []

    await until(none)


async def accepted(http: httpx.AsyncClient, *command: str) -> str:
    """A container that is made, perhaps not at the first attempt."""
    async with asyncio.timeout(20):
        while (answer := await http.post(CONTAINERS, json=wanted(*command))).status_code == 503:
            await asyncio.sleep(0.1)
    assert answer.status_code == 201, answer.text
    found: str = answer.json()["id"]
    return found


async def test_containers_outlive_their_engine(
    start: Start, http_of: ClientOf, engine: EngineUnderTest, marker: str
) -> None:
    runtime = await start()
    async with http_of(runtime) as http:
        environment = {"MARKER": marker}
        script = "for n in $(seq 15); do echo line $n; sleep 0.2; done; exit 5"
        shot = await create(http, wanted("sh", "-c", script, environment=environment))
        up = await create(http, persistent(environment=environment))
        await printed(http, shot["id"], "line 3")
        await running(http, up["id"])
        kill_engine(runtime, engine)
        assert (await get(http, up["id"], wait=1))["status"] == "RUNNING"
        found = await ended(http, shot["id"])
        assert (found["status"], found["exitCode"]) == ("FAILED", 5)
        assert await logs(http, shot["id"]) == "".join(f"line {n}\n" for n in range(1, 16))
        assert "is cancelled" in await cancel(http, up["id"])
        assert (await get(http, up["id"]))["status"] == "CANCELLED"
        await nothing_left(marker)


async def test_ports_outlive_the_engine(
    start: Start, http_of: ClientOf, engine: EngineUnderTest
) -> None:
    runtime = await start()
    async with http_of(runtime) as http:
        container = (await create(http, persistent(*SERVER)))["id"]
        found = await exposed(http, container)
        assert await asked(found) == "hello\n"
        await lose_engine(runtime, engine, container)
        url = f"{CONTAINERS}/{container}/ports"
        assert (await http.get(url)).json() == {"ports": [found]}
        assert await asked(found) == "hello\n"
        assert await exposed(http, container) == found
        await cancel(http, container)
        await gone(found)


async def test_a_lost_engine_is_started_again(
    start: Start, http_of: ClientOf, engine: EngineUnderTest
) -> None:
    runtime = await start()
    async with http_of(runtime) as http:
        await run(http, "true")
        kill_engine(runtime, engine)
        found = await ended(http, await accepted(http, "echo", "hello"))
        assert found["status"] == "COMPLETED"
        assert await logs(http, found["id"]) == "hello\n"


async def test_a_runtime_that_lost_its_engine_leaves_nothing(
    start: Start, http_of: ClientOf, engine: EngineUnderTest, marker: str
) -> None:
    runtime = await start()
    async with http_of(runtime) as http:
        up = await create(http, persistent(environment={"MARKER": marker}))
        await running(http, up["id"])
        kill_engine(runtime, engine)
        assert await runtime.stop() == 0
    await nothing_left(marker)


async def orphan(start: Start, http_of: ClientOf, temporary: Path, marker: str) -> None:
    """A container whose runtime was killed a while ago."""
    runtime = await start()
    async with http_of(runtime) as http:
        up = await create(http, persistent(environment={"MARKER": marker}))
        await running(http, up["id"])
        await runtime.stop(signal.SIGKILL)
    (folder,) = temporary.glob("cognitora-local-*")
    long_ago = time.time() - 3600
    os.utime(folder, (long_ago, long_ago))
    assert with_marker(marker)


async def test_the_next_runtime_removes_what_a_killed_one_has_left(
    start: Start, http_of: ClientOf, temporary: Path, marker: str
) -> None:
    await orphan(start, http_of, temporary, marker)
    await start()
    await nothing_left(marker)


async def test_garbage_is_collected_when_it_is_asked_for(
    start: Start, http_of: ClientOf, temporary: Path, tmp_path: Path, marker: str
) -> None:
    await orphan(start, http_of, temporary, marker)
    async with http_of(await start("--data-dir", tmp_path / "data")) as http:
        answer = await http.post(GARBAGE)
        assert answer.status_code == 200
        assert set(answer.json()) == {"containers", "volumes", "networks"}
        assert with_marker(marker) == []
        assert (await http.post(GARBAGE)).json() == {"containers": 0, "volumes": 0, "networks": 0}


async def test_what_has_an_owner_is_no_garbage(
    http: httpx.AsyncClient, start: Start, http_of: ClientOf, tmp_path: Path, marker: str
) -> None:
    """Neither what another runtime has, nor what one that was killed will find again."""
    theirs = await create(http, persistent())
    await running(http, theirs["id"])
    runtime = await start("--data-dir", tmp_path / "data")
    async with http_of(runtime) as other:
        waiting = await create(other, persistent(environment={"MARKER": marker}))
        await running(other, waiting["id"])
        await runtime.stop(signal.SIGKILL)
    async with http_of(await start("--data-dir", tmp_path / "more")) as other:
        answer = await other.post(GARBAGE)
        assert answer.status_code == 200
    assert with_marker(marker)
    assert (await get(http, theirs["id"]))["status"] == "RUNNING"
    await cancel(http, theirs["id"])
    async with http_of(await start("--data-dir", tmp_path / "data")) as other:
        assert (await get(other, waiting["id"], wait=1))["status"] == "RUNNING"
        await cancel(other, waiting["id"])
