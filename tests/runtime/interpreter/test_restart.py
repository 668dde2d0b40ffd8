"""Records outlive the runtime, however it ends; what ran doesn't."""

from __future__ import annotations

import asyncio
import secrets
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.processes import with_marker
from tests.runtime.conftest import (
    EXECUTE,
    EXECUTIONS,
    SESSIONS,
    Process,
    Start,
    open_session,
    refusal,
    run,
)
from tests.runtime.leftovers import assert_nothing_left, cgroups, sleeping, work

HttpOf = Callable[[Process], httpx.AsyncClient]


async def test_records_outlive_a_restart(start: Start, http_of: HttpOf, tmp_path: Path) -> None:
    first = await start("--data-dir", tmp_path / "data")
    async with http_of(first) as http:
        session = await open_session(http)
        ran = await run(http, "print('kept')\n{'a': 1}", session_id=session)
        record = (await http.get(f"{EXECUTIONS}/{ran['data']['execution_id']}")).json()
        logs = (await http.get(f"{SESSIONS}/{session}/logs")).json()["data"]["logs"]
    assert await first.stop() == 0

    async with http_of(await start("--data-dir", tmp_path / "data")) as http:
        assert (await http.get(f"{EXECUTIONS}/{record['id']}")).json() == record
        assert (await http.get(EXECUTIONS)).json() == {"executions": [record]}
        page = (await http.get(f"{SESSIONS}/{session}/logs")).json()["data"]["logs"]
        assert [entry for entry in page if entry["type"] != "ended"] == logs
        assert (await http.get(SESSIONS)).json() == {"data": {"sessions": []}}
        answer = await http.post(EXECUTE, json={"code": "1", "session_id": session})
        sentence = refusal(answer, 404, "session_ended")
        assert "the runtime was stopped" in sentence
        assert "Create another" in sentence


async def test_kill_9_in_the_middle_of_executions(
    start: Start, http_of: HttpOf, tmp_path: Path
) -> None:
    data, marker = tmp_path / "data", f"marker-{secrets.token_hex(8)}"
    first = await start("--data-dir", data)
    async with http_of(first) as http:
        session = await open_session(http, environment={"MARKER": marker})
        done = (await run(http, "print('done')", session_id=session))["data"]["execution_id"]
        code = "import subprocess; subprocess.run(['sleep', '60'])"
        running = [
            asyncio.create_task(run(http, code, session_id=session)),
            asyncio.create_task(run(http, code, environment={"MARKER": marker})),
        ]
        await sleeping(marker, 2)
        first.process.send_signal(signal.SIGKILL)
        await first.process.wait()
        for task in running:
            with pytest.raises(httpx.TransportError):
                await task

    second = await start("--data-dir", data)
    async with http_of(second) as http:
        records = (await http.get(EXECUTIONS)).json()["executions"]
        assert [each["status"] for each in records] == ["failed", "failed", "completed"]
        assert records[2]["id"] == done
        assert records[2]["outputs"][0]["data"] == "done\n"
        for record in records[:2]:
            assert "runtime ended while this was running" in record["errors"][0]
            assert record["completed_at"]
        answer = await http.get(f"{SESSIONS}/{session}")
        assert "restarted" in refusal(answer, 404, "session_ended")
        assert with_marker(marker) == []
    assert await second.stop() == 0
    assert_nothing_left(data, marker)


async def test_sigterm_leaves_nothing(start: Start, http_of: HttpOf, tmp_path: Path) -> None:
    data, marker = tmp_path / "data", f"marker-{secrets.token_hex(8)}"
    runtime = await start("--data-dir", data)
    async with http_of(runtime) as http:
        session = await open_session(http, environment={"MARKER": marker})
        code = "import subprocess; print('begun', flush=True); subprocess.run(['sleep', '60'])"
        running = [
            asyncio.create_task(run(http, code, session_id=session)),
            asyncio.create_task(run(http, code, environment={"MARKER": marker})),
        ]
        await sleeping(marker, 2)
        assert cgroups(data)
        loop = asyncio.get_running_loop()
        begun = loop.time()
        assert await runtime.stop(signal.SIGTERM) == 0
        assert loop.time() - begun < 5
        for task in running:
            answer = await task
            assert answer["data"]["status"] == "failed"
            assert "the runtime was stopped" in answer["errors"][0]
    assert_nothing_left(data, marker)
    with closing(sqlite3.connect(data / "records.db")) as database:
        found = database.execute("SELECT DISTINCT status FROM executions").fetchall()
    assert found == [("failed",)]


async def test_folders_nested_deeper_than_the_stack_are_removed(
    start: Start, http_of: HttpOf, tmp_path: Path
) -> None:
    code = "import os\nfor _ in range(3000):\n    os.mkdir('d')\n    os.chdir('d')"
    data = tmp_path / "data"
    runtime = await start("--data-dir", data)
    async with http_of(runtime) as http:
        deleted, kept = await open_session(http), await open_session(http)
        for session in (deleted, kept):
            await run(http, code, session_id=session)
        assert len([folder for folder in work(data) if (folder / "d").exists()]) == 2
        assert (await http.delete(f"{SESSIONS}/{deleted}")).status_code == 200
        assert len([folder for folder in work(data) if (folder / "d").exists()]) == 1
    assert await runtime.stop() == 0
    assert_nothing_left(data, "no-marker")


async def test_sigint_ends_it_as_well(start: Start) -> None:
    runtime = await start()
    assert await runtime.stop(signal.SIGINT) == 0
    assert "Traceback" not in runtime.log


async def test_a_second_runtime_on_the_same_folder(start: Start, tmp_path: Path) -> None:
    data = tmp_path / "data"
    first = await start("--data-dir", data)
    second = await start("--data-dir", data, ready=False)
    assert await asyncio.wait_for(second.process.wait(), 20) == 125
    (sentence,) = second.log.splitlines()
    assert str(data) in sentence
    assert str(first.process.pid) in sentence
    assert "--data-dir" in sentence
    assert await first.stop() == 0


async def test_records_of_a_newer_runtime(start: Start, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with closing(sqlite3.connect(data / "records.db")) as database:
        database.execute("PRAGMA user_version = 99")
    runtime = await start("--data-dir", data, ready=False)
    assert await asyncio.wait_for(runtime.process.wait(), 20) == 125
    assert "newer runtime" in runtime.log
    assert "Traceback" not in runtime.log


async def test_records_that_are_none(start: Start, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "records.db").write_bytes(b"something else entirely" * 100)
    runtime = await start("--data-dir", data, ready=False)
    assert await asyncio.wait_for(runtime.process.wait(), 20) == 125
    assert str(data / "records.db") in runtime.log
    assert "Traceback" not in runtime.log
