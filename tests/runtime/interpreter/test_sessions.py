from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import httpx

from tests.runtime.conftest import (
    EXECUTE,
    SESSIONS,
    open_session,
    printed,
    refusal,
    run,
    stdout,
    until,
)


async def test_a_session_keeps_variables_imports_and_files(http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    await run(http, "import math\nx = 42\nopen('f', 'w').write('kept')", session_id=session)
    code = "print(x, math.floor(1.5), open('f').read())"
    assert await printed(http, code, session_id=session) == "42 1 kept\n"


async def test_sessions_share_nothing(http: httpx.AsyncClient) -> None:
    one, other = await open_session(http), await open_session(http)
    await run(http, "x = 1\nopen('f', 'w')", session_id=one)
    code = "import os\nprint('x' in globals(), os.listdir())"
    assert await printed(http, code, session_id=other) == "False []\n"


async def test_a_created_session(http: httpx.AsyncClient) -> None:
    before = datetime.now(UTC)
    body = {
        "language": "python",
        "timeout_seconds": 3600,
        "resources": {"cpu_cores": 1, "memory_mb": 256},
    }
    created = (await http.post(SESSIONS, json=body)).json()["data"]
    assert created["status"] == "active"
    assert created["language"] == "python"
    assert created["resources"]["memory_mb"] == 256
    life = datetime.fromisoformat(created["expires_at"]) - before
    assert timedelta(seconds=3600) <= life < timedelta(seconds=3610)
    found = (await http.get(f"{SESSIONS}/{created['session_id']}")).json()["data"]
    assert found == {**created, "executions": []}


async def test_a_session_lives_a_day_when_nothing_is_said(http: httpx.AsyncClient) -> None:
    created = (await http.post(SESSIONS, json={})).json()["data"]
    dates = [datetime.fromisoformat(created[name]) for name in ("created_at", "expires_at")]
    assert dates[1] - dates[0] == timedelta(days=1)


async def test_sessions_are_listed_newest_first(http: httpx.AsyncClient) -> None:
    made = [await open_session(http) for _ in range(2)]
    listed = (await http.get(SESSIONS)).json()["data"]["sessions"]
    assert [each["session_id"] for each in listed][:2] == made[::-1]


async def test_details_show_the_executions_newest_first(http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    ran = [await run(http, f"print({n})", session_id=session) for n in range(3)]
    found = (await http.get(f"{SESSIONS}/{session}")).json()["data"]["executions"]
    assert [each["id"] for each in found] == [a["data"]["execution_id"] for a in ran[::-1]]


async def test_executions_of_a_session_run_one_after_the_other(http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    await run(http, "seen = []", session_id=session)
    code = "import time\nseen.append({})\ntime.sleep(0.05)\nprint(seen)"

    async def send(n: int) -> str:
        return await printed(http, code.format(n), session_id=session)

    answers = await asyncio.gather(*(send(n) for n in range(5)))
    in_turn = sorted(answers, key=len)
    order: list[int] = eval(in_turn[-1])
    assert sorted(order) == list(range(5))
    assert in_turn == [f"{order[: n + 1]}\n" for n in range(5)]


async def test_environment_of_a_session_and_of_an_execution(http: httpx.AsyncClient) -> None:
    session = await open_session(http, environment={"A": "session", "B": "session"})
    code = "import os\nprint(os.environ['A'], os.environ['B'])"
    once = await printed(http, code, session_id=session, environment={"B": "once"})
    assert once == "session once\n"
    assert await printed(http, code, session_id=session) == "session session\n"


async def test_a_timeout_leaves_the_state(http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    code = "x = 1\nimport time\ntime.sleep(60)"
    answer = await run(http, code, session_id=session, timeout_seconds=1)
    assert answer["data"]["status"] == "timeout"
    assert await printed(http, "print(x)", session_id=session) == "1\n"


async def test_a_process_that_dies_takes_the_state_and_says_so(http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    await run(http, "x = 1\nopen('f', 'w').write('kept')", session_id=session)
    answer = await run(http, "import os\nos._exit(1)", session_id=session)
    assert answer["data"]["status"] == "failed"
    assert "state is gone" in answer["errors"][-1]
    code = "print('x' in globals(), open('f').read())"
    assert await printed(http, code, session_id=session) == "False kept\n"
    logs = (await http.get(f"{SESSIONS}/{session}/logs")).json()["data"]["logs"]
    (event,) = [entry for entry in logs if entry["type"] == "kernel_died"]
    assert event["execution_id"] == answer["data"]["execution_id"]


async def test_a_process_that_dies_between_executions(http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    die = "import os, threading\nthreading.Timer(0.2, os._exit, [1]).start()\nx = 1"
    await run(http, die, session_id=session)
    # Both outcomes are right: the code met the dying process, or it was not run at all.
    deadline = time.monotonic() + 20
    while (answer := await run(http, "x", session_id=session))["data"]["status"] == "completed":
        assert time.monotonic() < deadline
    assert "state is gone" in answer["errors"][-1]
    again = await run(http, "print('x' in globals())", session_id=session)
    assert stdout(again) == "False\n"


async def test_a_deleted_session_is_gone(http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    await run(http, "print('remembered')", session_id=session)
    answer = await http.delete(f"{SESSIONS}/{session}")
    assert answer.status_code == 200
    assert answer.json()["success"] is True
    requests = [
        http.get(f"{SESSIONS}/{session}"),
        http.delete(f"{SESSIONS}/{session}"),
        http.post(EXECUTE, json={"code": "1", "session_id": session}),
        http.get(f"{SESSIONS}/{session}/files", params={"path": "f"}),
    ]
    for request in requests:
        sentence = refusal(await request, 404, "session_deleted")
        assert session in sentence
        assert "Create another" in sentence
    history = await http.get(f"{SESSIONS}/{session}/executions")
    assert history.json()["executions"][0]["outputs"][0]["data"] == "remembered\n"
    assert (await http.get(f"{SESSIONS}/{session}/logs")).json()["data"]["logs"]


async def test_deleting_a_session_stops_what_runs_in_it(http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    code = "import time\nopen('begun', 'w').close()\ntime.sleep(60)"
    running = asyncio.create_task(run(http, code, session_id=session))

    async def begun() -> bool:
        answer = await http.get(f"{SESSIONS}/{session}/files", params={"path": "begun"})
        return answer.status_code == 200

    await until(begun)
    waiting = asyncio.create_task(
        http.post(EXECUTE, json={"code": "print(1)", "session_id": session})
    )

    async def both_known() -> bool:
        found = (await http.get(f"{SESSIONS}/{session}")).json()["data"]
        return len(found["executions"]) == 2

    await until(both_known)
    assert (await http.delete(f"{SESSIONS}/{session}")).status_code == 200
    answer = await asyncio.wait_for(running, 10)
    assert answer["data"]["status"] == "failed"
    assert "was deleted" in answer["errors"][0]
    refusal(await asyncio.wait_for(waiting, 10), 404, "session_deleted")


async def test_an_expired_session_is_gone_to_the_second(http: httpx.AsyncClient) -> None:
    session = await open_session(http, timeout_seconds=3)
    created = (await http.get(f"{SESSIONS}/{session}")).json()["data"]
    expires = datetime.fromisoformat(created["expires_at"])
    lived = None
    while (answer := await http.get(f"{SESSIONS}/{session}")).status_code == 200:
        lived = datetime.now(UTC)
    assert lived is not None
    assert abs(lived - expires) < timedelta(seconds=0.2)
    assert expires <= datetime.now(UTC) < expires + timedelta(seconds=1)
    assert "timeout_seconds" in refusal(answer, 404, "session_expired")
    answer = await http.post(EXECUTE, json={"code": "1", "session_id": session})
    refusal(answer, 404, "session_expired")
    listed = (await http.get(SESSIONS)).json()["data"]["sessions"]
    assert session not in [each["session_id"] for each in listed]


async def test_expiry_stops_what_runs(http: httpx.AsyncClient) -> None:
    ends = datetime.now(UTC) + timedelta(seconds=1)
    session = await open_session(http, expires_at=ends.isoformat())
    answer = await run(http, "import time\ntime.sleep(60)", session_id=session)
    assert answer["data"]["status"] == "failed"
    assert "its time was up" in answer["errors"][0]
    assert timedelta() <= datetime.now(UTC) - ends < timedelta(seconds=2)


async def test_the_earlier_end_counts(http: httpx.AsyncClient) -> None:
    ends = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    for seconds, life in ((60, 60), (86400, 3600)):
        body = {"expires_at": ends, "timeout_seconds": seconds}
        created = (await http.post(SESSIONS, json=body)).json()["data"]
        left = datetime.fromisoformat(created["expires_at"]) - datetime.now(UTC)
        assert life - 10 < left.total_seconds() <= life


async def test_another_language_than_the_sessions(http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    body = {"code": "1", "language": "bash", "session_id": session}
    sentence = refusal(await http.post(EXECUTE, json=body), 409, "language_mismatch")
    assert "python" in sentence
    assert "bash" in sentence


async def test_the_log_has_what_was_printed_newest_first(http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    ran = [await run(http, f"print({n})", session_id=session) for n in range(3)]
    logs = (await http.get(f"{SESSIONS}/{session}/logs")).json()["data"]["logs"]
    assert [entry["message"] for entry in logs] == ["2\n", "1\n", "0\n"]
    assert [entry["type"] for entry in logs] == ["stdout"] * 3
    assert logs[0]["execution_id"] == ran[2]["data"]["execution_id"]
    page = await http.get(f"{SESSIONS}/{session}/logs", params={"limit": 1, "offset": 1})
    assert page.json()["data"]["logs"] == logs[1:2]
