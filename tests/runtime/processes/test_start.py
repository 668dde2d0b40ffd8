"""Processes are started, listed and waited for, and what can't be started is told."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.runtime.conftest import SESSIONS, Start, open_session, printed, refusal, run
from tests.runtime.interpreter.test_restart import HttpOf
from tests.runtime.processes import calls
from tests.runtime.processes.calls import PROCESSES, ask, begin, get, given, new, over


async def test_a_process_as_it_is_started_and_as_it_has_ended(http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    command = ["sh", "-c", "read line; echo $line; exit 3"]
    begun = await begin(http, session, *command)
    assert (begun["status"], begun["session_id"]) == ("RUNNING", session)
    assert (begun["command"], begun["tty"], begun["stdin_bytes"]) == (command, False, 0)
    assert not {"exit_code", "reason", "completed_at"} & set(begun)
    assert begun == await get(http, begun["id"])
    await given(http, begun["id"], b"hello\n", 0)
    ended = await over(http, begun["id"])
    assert (ended["status"], ended["exit_code"]) == ("FAILED", 3)
    assert ended["reason"] == "The process ended with exit code 3."
    assert (ended["output_bytes"], ended["stdin_bytes"], ended["output_cut"]) == (6, 6, False)
    moments = [
        datetime.fromisoformat(ended[f"{each}_at"]) for each in ("created", "started", "completed")
    ]
    assert moments == sorted(moments)
    changed = {"status", "exit_code", "reason", "output_bytes", "stdin_bytes", "completed_at"}
    assert {name for name in ended if ended[name] != begun.get(name)} == changed


async def test_one_that_ends_well(http: httpx.AsyncClient) -> None:
    ended = await over(http, await new(http, "true"))
    assert (ended["status"], ended["exit_code"]) == ("COMPLETED", 0)
    assert "reason" not in ended


async def test_the_longest_command_runs(http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    words = ["x" * 100_000] * 11
    found = await begin(
        http, session, "sh", "-c", 'test $# = 11 -a "$1$1" = "$1${11}"', "sh", *words
    )
    ended = await over(http, found["id"])
    assert ended["status"] == "COMPLETED", ended["reason"]
    body = {"command": ["true", *words, "x" * 100_000]}
    answer = await http.post(f"{SESSIONS}/{session}/processes", json=body)
    assert "1200000" in refusal(answer, 400, "invalid_request")


async def test_it_has_the_folder_the_environment_and_the_files_of_its_session(
    http: httpx.AsyncClient,
) -> None:
    session = await open_session(http, environment={"OF_SESSION": "1", "OF_BOTH": "session"})
    await run(http, "import os\nos.mkdir('sub')\nopen('sub/f', 'w').write('x')", session_id=session)
    begun = await begin(
        http,
        session,
        *("sh", "-c", "pwd; ls; echo $OF_SESSION $OF_BOTH $OF_PROCESS; touch made"),
        working_directory="sub",
        environment={"OF_PROCESS": "ü", "OF_BOTH": "process"},
    )
    assert await calls.printed(http, begun["id"]) == "/work/sub\nf\n1 process ü\n".encode()
    code = "print(sorted(os.listdir('sub')) == ['f', 'made'], 'OF_PROCESS' in os.environ)"
    assert await printed(http, code, session_id=session) == "True False\n"


async def test_it_runs_beside_the_code_of_its_session(http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    begun = await begin(http, session, *calls.ECHO)
    await run(http, "x = 1", session_id=session)
    await given(http, begun["id"], b"between\n", 0)
    await calls.says(http, begun["id"], b"<between>\n")
    assert await printed(http, "print(x)", session_id=session) == "1\n"
    await given(http, begun["id"], b"", 8, close=True)
    assert await calls.printed(http, begun["id"]) == b"<between>\nover\n"


async def test_a_wait_ends_with_the_process_or_with_its_time(http: httpx.AsyncClient) -> None:
    process_id = await new(http, "cat")
    begun = time.monotonic()
    assert (await get(http, process_id, wait=1))["status"] == "RUNNING"
    assert time.monotonic() - begun >= 1
    waiting = [asyncio.create_task(get(http, process_id, wait=calls.LONG)) for _ in range(3)]
    begun = time.monotonic()
    await given(http, process_id, b"", 0, close=True)
    for each in waiting:
        assert (await each)["status"] == "COMPLETED"
    assert time.monotonic() - begun < calls.LONG / 2


async def test_lists_have_pages_and_are_of_one_session(http: httpx.AsyncClient) -> None:
    session, other = await open_session(http), await open_session(http)
    made = [(await begin(http, session, "true"))["id"] for _ in range(5)]
    elsewhere = (await begin(http, other, "true"))["id"]
    assert [each["id"] for each in (await listed(http, other))["processes"]] == [elsewhere]
    found, query = list[str](), dict[str, Any](limit=2)
    while True:
        page = await listed(http, session, **query)
        assert 0 < len(page["processes"]) <= 2
        found += [each["id"] for each in page["processes"]]
        if page.get("next") is None:
            break
        query["after"] = page["next"]
    assert found == made[::-1]
    for process_id in made:
        await over(http, process_id)
    whole = (await listed(http, session))["processes"]
    assert whole == [await get(http, process_id) for process_id in made[::-1]]


async def test_a_list_tells_of_those_that_run_what_each_tells_of_itself(
    http: httpx.AsyncClient,
) -> None:
    session = await open_session(http)
    process_id = (await begin(http, session, "sh", "-c", "echo some; exec cat"))["id"]
    await calls.says(http, process_id, b"some\n")
    (found,) = (await listed(http, session))["processes"]
    assert found["output_bytes"] == 5
    assert found == await get(http, process_id)


async def listed(http: httpx.AsyncClient, session: str, **query: Any) -> dict[str, Any]:
    answer = await http.get(f"{SESSIONS}/{session}/processes", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize(
    ("command", "more", "code", "sentence"),
    [
        (["no-such-program"], {}, 127, "There is no program 'no-such-program'"),
        (["/etc/passwd"], {}, 126, "'/etc/passwd' can't be run: Permission denied"),
        (["/work"], {}, 126, "'/work' can't be run: Permission denied"),
        (["/etc/passwd/x"], {}, 126, "'/etc/passwd/x' can't be run: Not a directory"),
        (["true"], {"working_directory": "nowhere"}, 126, "in the folder '/work/nowhere'"),
        (["true"], {"working_directory": "/etc/passwd"}, 126, "in the folder '/etc/passwd'"),
    ],
)
async def test_what_cant_be_started_has_ended_and_says_why(
    http: httpx.AsyncClient, command: list[str], more: dict[str, Any], code: int, sentence: str
) -> None:
    session = await open_session(http)
    found = await begin(http, session, *command, **more)
    assert (found["status"], found["exit_code"]) == ("FAILED", code), found
    assert sentence in found["reason"]
    assert "started_at" not in found
    assert await get(http, found["id"], wait=calls.LONG) == found
    assert await calls.streamed(http, found["id"]) == ([], found)
    refusal(await calls.write(http, found["id"], b"x", 0), 409, "broken_pipe")


@pytest.mark.parametrize(
    ("body", "code", "sentence"),
    [
        ({"command": []}, "invalid_request", "command"),
        ({"command": [""]}, "invalid_request", "must not be empty"),
        ({"command": ["a\0b"]}, "invalid_request", "NUL"),
        ({"command": ["true", "x" * 200_000]}, "invalid_request", "too long"),
        ({"command": "true"}, "invalid_request", "command"),
        ({"command": ["true"], "user": "nobody"}, "one_user", "one user"),
        ({"command": ["true"], "working_directory": "a\0b"}, "invalid_path", "NUL"),
        ({"command": ["true"], "working_directory": "x" * 5000}, "invalid_path", "5"),
        ({"command": ["true"], "environment": {"A=B": "1"}}, "invalid_request", "A=B"),
        ({"command": ["true"], "environment": {"A": "a\0b"}}, "invalid_request", "NUL"),
        ({"command": ["true"], "timeout_seconds": 0}, "invalid_request", "timeout_seconds"),
        ({"command": ["true"], "timeout_seconds": 10**12}, "invalid_request", "timeout_seconds"),
        ({"command": ["true"], "terminal": {"rows": 0, "columns": 1}}, "invalid_request", "rows"),
        ({"command": ["true"], "terminal": {"rows": 1}}, "invalid_request", "columns"),
        ({"command": ["true"], "terminal": {"rows": 65536, "columns": 1}}, "invalid_request", ""),
        ({"command": ["true"], "unknown": 1}, "invalid_request", "unknown"),
        ({}, "invalid_request", "command"),
    ],
)
async def test_bad_requests_are_refused_and_nothing_is_started(
    wrong: httpx.AsyncClient, body: dict[str, Any], code: str, sentence: str
) -> None:
    session = await open_session(wrong)
    answer = await wrong.post(f"{SESSIONS}/{session}/processes", json=body)
    assert sentence in refusal(answer, 400, code)
    assert (await listed(wrong, session))["processes"] == []


async def test_where_there_is_no_session_or_no_process(wrong: httpx.AsyncClient) -> None:
    refusal(await ask(wrong, "ses_none", "true"), 404, "session_not_found")
    answer = await wrong.get(f"{SESSIONS}/ses_none/processes")
    refusal(answer, 404, "session_not_found")
    at = f"{PROCESSES}/proc_none"
    answers = [
        await wrong.get(at),
        await wrong.get(f"{at}/output"),
        await calls.write(wrong, "proc_none", b"", 0),
        await wrong.post(f"{at}/signal", json={"signal": "TERM"}),
        await calls.resize(wrong, "proc_none", 1, 1),
    ]
    for answer in answers:
        assert "proc_none" in refusal(answer, 404, "process_not_found")
    session = await open_session(wrong)
    answer = await wrong.get(f"{SESSIONS}/{session}/processes", params={"after": "proc_none"})
    refusal(answer, 400, "invalid_request")


async def test_too_many_in_one_session(start: Start, http_of: HttpOf, tmp_path: Path) -> None:
    runtime = await start("--data-dir", tmp_path / "data", "--max-commands", "2")
    async with http_of(runtime) as http:
        session, other = await open_session(http), await open_session(http)
        first = (await begin(http, session, "cat"))["id"]
        await begin(http, session, "cat")
        answer = await ask(http, session, "true")
        assert "than 2" in refusal(answer, 429, "too_many_processes")
        assert int(answer.headers["Retry-After"]) >= 1
        await begin(http, other, "cat")
        await calls.signal(http, first, "KILL")
        await over(http, first)
        await begin(http, session, "no-such-program")  # it doesn't count when it has ended
        await begin(http, session, "cat")
        refusal(await ask(http, session, "true"), 429, "too_many_processes")
