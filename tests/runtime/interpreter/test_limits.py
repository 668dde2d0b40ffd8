"""What is beyond a runtime's limits is refused, with a time to ask again."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from pathlib import Path

import httpx

from tests.runtime.conftest import (
    EXECUTE,
    EXECUTIONS,
    SESSIONS,
    Process,
    Start,
    open_session,
    printed,
    refusal,
    run,
    until,
)
from tests.runtime.leftovers import sleeping, work

HttpOf = Callable[[Process], httpx.AsyncClient]


async def test_too_many_sessions(start: Start, http_of: HttpOf) -> None:
    async with http_of(await start("--max-sessions", "2")) as http:
        answers = await asyncio.gather(*(http.post(SESSIONS, json={}) for _ in range(5)))
        created = [each.json()["data"] for each in answers if each.status_code == 200]
        assert len(created) == 2
        for answer in answers:
            if answer.status_code != 200:
                assert "than 2 are" in refusal(answer, 429, "too_many_sessions")
                assert answer.headers["Retry-After"] == "5"
        key = {"Idempotency-Key": secrets.token_hex(8)}
        refusal(await http.post(SESSIONS, json={}, headers=key), 429, "too_many_sessions")
        assert await printed(http, "print(1)") == "1\n"  # one-shots are no sessions
        await http.delete(f"{SESSIONS}/{created[0]['session_id']}")
        answer = await http.post(SESSIONS, json={}, headers=key)  # which the refusal left free
        assert answer.status_code == 200
        assert "X-Cognitora-Replayed" not in answer.headers


async def test_too_many_executions(start: Start, http_of: HttpOf) -> None:
    marker = f"marker-{secrets.token_hex(8)}"
    code = (
        "import os, subprocess, time\nsubprocess.Popen(['sleep', '60'])\n"
        "while not os.path.exists('go'): time.sleep(0.01)"
    )
    async with http_of(await start("--max-executions", "2")) as http:
        session = await open_session(http, environment={"MARKER": marker})
        running = asyncio.create_task(run(http, code, session_id=session))
        waiting = asyncio.create_task(run(http, "1", session_id=session))
        await sleeping(marker, 1)

        async def both_known() -> bool:
            page = await http.get(EXECUTIONS, params={"status": "running"})
            return len(page.json()["executions"]) == 2

        await until(both_known)
        for headers in ({}, {"Accept": "text/event-stream"}):
            answer = await http.post(EXECUTE, json={"code": "1"}, headers=headers)
            assert "than 2 run" in refusal(answer, 429, "too_many_executions")
            assert answer.headers["Retry-After"] == "1"
        octets = {"Content-Type": "application/octet-stream"}
        files = f"{SESSIONS}/{session}/files"
        await http.put(files, params={"path": "go"}, content=b"x", headers=octets)
        for done in await asyncio.gather(running, waiting):
            assert done["data"]["status"] == "completed"
        assert await printed(http, "print(1)") == "1\n"
        page = (await http.get(EXECUTIONS)).json()["executions"]
        assert len(page) == 3  # what was refused left no record


async def test_a_session_takes_a_warm_kernel(start: Start, http_of: HttpOf, tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with http_of(await start("--data-dir", data, "--warm-kernels", "1")) as http:
        found: dict[str, Path] = {}

        async def took_a_warm_one() -> bool:
            """Its work folder was there before it was asked for. The first may come too early."""
            before = work(data)
            session = await open_session(http)
            await run(http, f"open('{session}', 'w').write('kept')", session_id=session)
            found.update((session, folder) for folder in before if (folder / session).exists())
            return bool(found)

        await until(took_a_warm_one)
        ((session, folder),) = found.items()
        dies = await run(http, "import os; os._exit(1)", session_id=session)
        assert dies["data"]["status"] == "failed"
        kept = await printed(http, f"print(open('{session}').read())", session_id=session)
        assert kept == "kept\n"
        assert (folder / session).exists()
        assert (await http.delete(f"{SESSIONS}/{session}")).status_code == 200
        assert not folder.exists()
        other = await open_session(http, resources={"memory_mb": 128})
        assert await printed(http, "import os; print(os.listdir())", session_id=other) == "[]\n"
