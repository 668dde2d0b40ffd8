"""Bash over HTTP."""

from __future__ import annotations

import httpx

from tests.runtime.conftest import (
    EXECUTE,
    EXECUTIONS,
    SESSIONS,
    open_session,
    printed,
    refusal,
    run,
    stdout,
)


async def test_a_one_shot(http: httpx.AsyncClient) -> None:
    files = [{"name": "data/in.txt", "content": "grün\n"}]
    environment = {"GREETING": "salve"}
    code = "cat data/in.txt; echo $GREETING $PWD; env | grep -c COGNITORA_LOCAL; :"
    assert await printed(http, code, language="bash", files=files, environment=environment) == (
        "grün\nsalve /work\n0\n"
    )


async def test_a_failure_has_its_exit_code(http: httpx.AsyncClient) -> None:
    answer = await run(http, "echo before; ls /nowhere; exit 2", language="bash")
    assert answer["data"]["status"] == "failed"
    assert answer["errors"] == ["exit code 2"]
    found = [(output["type"], output["data"]) for output in answer["data"]["outputs"]]
    assert ("stdout", "before\n") in found
    assert found[-1] == ("error", "exit code 2")
    assert "No such file" in next(data for kind, data in found if kind == "stderr")
    record = (await http.get(f"{EXECUTIONS}/{answer['data']['execution_id']}")).json()
    assert (record["language"], record["status"]) == ("bash", "failed")
    assert record["outputs"] == answer["data"]["outputs"]


async def test_a_session_keeps_its_state_across_an_exit(http: httpx.AsyncClient) -> None:
    session = await open_session(http, language="bash")
    assert (
        await printed(http, "x=1; mkdir d; cd d; exit 0", session_id=session, language="bash") == ""
    )
    assert await printed(http, "echo $x; pwd", session_id=session) == "1\n/work/d\n"
    body = {"code": "1", "session_id": session, "language": "python"}
    refusal(await http.post(EXECUTE, json=body), 409, "language_mismatch")
    files, binary = f"{SESSIONS}/{session}/files", {"Content-Type": "application/octet-stream"}
    await http.put(files, params={"path": "d/up.txt"}, content=b"up", headers=binary)
    assert await printed(http, "cat up.txt; printf down > down.txt", session_id=session) == "up"
    answer = await http.get(files, params={"path": "d/down.txt"})
    assert answer.content == b"down"


async def test_a_timeout_keeps_the_session(http: httpx.AsyncClient) -> None:
    session = await open_session(http, language="bash")
    answer = await run(
        http, "x=1; echo begun; sleep 60", session_id=session, language="bash", timeout_seconds=1
    )
    assert (answer["data"]["status"], stdout(answer)) == ("timeout", "begun\n")
    assert await printed(http, "echo $x", session_id=session, language="bash") == "1\n"


async def test_exec_ends_the_state_and_says_so(http: httpx.AsyncClient) -> None:
    session = await open_session(http, language="bash")
    answer = await run(http, "x=1; exec echo replaced", session_id=session, language="bash")
    assert (answer["data"]["status"], stdout(answer)) == ("failed", "replaced\n")
    assert "The session's state is gone" in answer["errors"][-1]
    assert await printed(http, "echo ${x-afresh}", session_id=session) == "afresh\n"
