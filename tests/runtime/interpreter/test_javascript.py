"""JavaScript over HTTP: one-shots, sessions, files, and an honest refusal."""

from __future__ import annotations

import httpx

from tests.runtime.conftest import EXECUTE, SESSIONS, open_session, refusal, run, stdout


async def test_a_one_shot(http: httpx.AsyncClient) -> None:
    answer = await run(
        http,
        "console.log(require('fs').readFileSync('in.txt', 'utf8'), process.env.NAME);\n"
        "await Promise.resolve({ six: 6 })",
        language="javascript",
        files=[{"name": "in.txt", "content": "read", "encoding": "string"}],
        environment={"NAME": "value"},
    )
    assert answer["data"]["status"] == "completed"
    assert stdout(answer) == "read value\n"
    assert answer["data"]["outputs"][-1]["type"] == "execution_result"
    assert answer["data"]["outputs"][-1]["data"] == "{ six: 6 }"


async def test_a_session_keeps_its_state(http: httpx.AsyncClient) -> None:
    session_id = await open_session(http, language="javascript")
    await run(http, "const counter = { n: 1 }", session_id=session_id)
    stopped = await run(
        http, "counter.n++; while (true);", session_id=session_id, timeout_seconds=1
    )
    assert stopped["data"]["status"] == "timeout"
    failed = await run(http, "counter.n++; nothing", session_id=session_id)
    assert failed["data"]["status"] == "failed"
    assert failed["errors"] == ["ReferenceError: nothing is not defined"]
    kept = await run(http, "counter.n", session_id=session_id, language="javascript")
    assert kept["data"]["outputs"][0]["data"] == "3"
    other = {"code": "1", "language": "python", "session_id": session_id}
    refusal(await http.post(EXECUTE, json=other), 409, "language_mismatch")
    assert (await http.delete(f"{SESSIONS}/{session_id}")).status_code == 200
