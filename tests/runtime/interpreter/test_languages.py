"""Every operation of the interpreter, in every language of the contract."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.runtime.conftest import (
    EXECUTE,
    EXECUTIONS,
    SESSIONS,
    ended,
    open_session,
    refusal,
    run,
    stdout,
)
from tests.runtime.leftovers import sleeping

BYTES = {"Content-Type": "application/octet-stream"}


@dataclass(frozen=True)
class Words:
    """How a language says what the tests have to say."""

    comment: str
    show: str  # prints "shown"
    remember: str  # sets a variable to "kept"
    recall: str  # prints the variable
    read: str  # prints the file `folder/in.txt`
    write: str  # writes "written" to the file `out.txt`
    fail: str
    sleep: str  # prints "begun" and sleeps in a process `sleep`
    variable: str  # prints the environment variable NAME


WORDS = {
    "python": Words(
        comment="#",
        show="print('shown')",
        remember="x = 'kept'",
        recall="print(x)",
        read="print(open('folder/in.txt').read())",
        write="open('out.txt', 'w').write('written')",
        fail="raise ValueError('on purpose')",
        sleep="import subprocess\nprint('begun')\nsubprocess.run(['sleep', '60'])",
        variable="import os; print(os.environ['NAME'])",
    ),
    "javascript": Words(
        comment="//",
        show="console.log('shown')",
        remember="let x = 'kept'",
        recall="console.log(x)",
        read="console.log(require('fs').readFileSync('folder/in.txt', 'utf8'))",
        write="require('fs').writeFileSync('out.txt', 'written')",
        fail="throw new Error('on purpose')",
        sleep="console.log('begun')\nrequire('child_process').spawnSync('sleep', ['60'])",
        variable="console.log(process.env.NAME)",
    ),
    "bash": Words(
        comment="#",
        show="echo shown",
        remember="x=kept",
        recall="echo $x",
        read="cat folder/in.txt; echo",
        write="printf written > out.txt",
        fail="echo on purpose >&2; exit 3",
        sleep="echo begun\nsleep 60",
        variable="echo $NAME",
    ),
}

Language = pytest.mark.parametrize("language", WORDS)


@Language
async def test_all_operations(http: httpx.AsyncClient, language: str) -> None:
    words = WORDS[language]
    session = await open_session(http, language=language, environment={"NAME": "value"})
    here = f"{SESSIONS}/{session}"
    listed = (await http.get(SESSIONS)).json()["data"]["sessions"]
    assert (listed[0]["session_id"], listed[0]["language"]) == (session, language)

    for code, text in (
        (words.show, "shown\n"),
        (words.remember, ""),
        (words.recall, "kept\n"),
        (words.variable, "value\n"),
    ):
        assert stdout(await run(http, code, session_id=session)) == text
    files = [{"name": "folder/in.txt", "content": "c2VudA==", "encoding": "base64"}]
    assert stdout(await run(http, words.read, session_id=session, files=files)) == "sent\n"

    path = {"path": "folder/in.txt"}
    put = await http.put(f"{here}/files", params=path, content=b"uploaded", headers=BYTES)
    assert put.json() == {"path": "folder/in.txt", "size": 8}
    assert stdout(await run(http, words.read, session_id=session)) == "uploaded\n"
    await run(http, words.write, session_id=session)
    assert (await http.get(f"{here}/files", params={"path": "out.txt"})).content == b"written"

    failed = await run(http, words.fail, session_id=session)
    assert failed["data"]["status"] == "failed"
    assert failed["errors"]
    record = (await http.get(f"{EXECUTIONS}/{failed['data']['execution_id']}")).json()
    assert record["language"] == language
    assert record["errors"] == failed["errors"]
    assert record["execution_time_ms"] >= 0
    assert record["cpu_time_ms"] >= 0
    assert record["peak_memory_mb"] > 0
    assert (await http.get(f"{here}/executions")).json()["executions"][0] == record
    page = await http.get(EXECUTIONS, params={"status": "failed", "limit": 1})
    assert page.json()["executions"] == [record]
    details = (await http.get(here)).json()["data"]
    assert (details["language"], details["executions"][0]) == (language, record)
    logs = (await http.get(f"{here}/logs")).json()["data"]["logs"]
    assert "shown\n" in [entry["message"] for entry in logs]

    assert (await http.delete(here)).json()["success"] is True
    refusal(
        await http.post(EXECUTE, json={"code": "1", "session_id": session}), 404, "session_deleted"
    )


@Language
async def test_without_a_session(http: httpx.AsyncClient, language: str) -> None:
    words, key = WORDS[language], {"Idempotency-Key": secrets.token_hex(8)}
    body: dict[str, Any] = {"language": language, "networking": False}
    body |= {"environment": {"NAME": "value"}, "code": f"{words.show}\n{words.variable}"}
    answer = await http.post(EXECUTE, json=body, headers=key)
    assert stdout(answer.json()) == "shown\nvalue\n"
    assert (await http.post(EXECUTE, json=body, headers=key)).content == answer.content
    events = await http.post(EXECUTE, json=body, headers={"Accept": "text/event-stream"})
    assert "shown" in events.text
    assert events.text.rpartition("event: ")[2].startswith("end\n")


@Language
async def test_stopped_by_its_timeout_and_by_its_caller(
    http: httpx.AsyncClient, language: str
) -> None:
    words, marker = WORDS[language], f"marker-{secrets.token_hex(8)}"
    session = await open_session(http, language=language, environment={"MARKER": marker})
    await run(http, words.remember, session_id=session)
    stopped = await run(http, words.sleep, session_id=session, timeout_seconds=1)
    assert stopped["data"]["status"] == "timeout"
    assert stdout(stopped) == "begun\n"
    code = f"{words.sleep} {words.comment} {marker}"
    body = {"code": code, "session_id": session, "networking": False}
    calling = asyncio.create_task(http.post(EXECUTE, json=body))
    await sleeping(marker, 1)
    calling.cancel()
    record = await ended(http, marker)
    assert "its caller went away" in record["errors"][0]


@Language
async def test_a_session_has_one_language(http: httpx.AsyncClient, language: str) -> None:
    session = await open_session(http, language=language)
    assert stdout(await run(http, WORDS[language].show, session_id=session)) == "shown\n"
    for other in WORDS.keys() - {language}:
        body = {"code": "1", "language": other, "session_id": session}
        refusal(await http.post(EXECUTE, json=body), 409, "language_mismatch")


LATE = {
    "python": "import threading; threading.Timer(0.1, print, ['late']).start()",
    "javascript": "setTimeout(() => console.log('late'), 100); undefined",
    "bash": "(sleep 0.1; echo late) & wait",
}


@Language
async def test_a_one_shot_lasts_until_its_program_ends(
    http: httpx.AsyncClient, language: str
) -> None:
    answer = await run(http, LATE[language], language=language)
    assert (answer["data"]["status"], stdout(answer)) == ("completed", "late\n")


async def test_in_a_session_what_comes_late_comes_with_the_next_execution(
    http: httpx.AsyncClient,
) -> None:
    session = await open_session(http)
    code = (
        "import threading\ngo = threading.Event()\n"
        "def work():\n    go.wait(); print('late')\n"
        "thread = threading.Thread(target=work); thread.start(); print('first')"
    )
    assert stdout(await run(http, code, session_id=session)) == "first\n"
    assert stdout(await run(http, "go.set(); thread.join()", session_id=session)) == "late\n"
