"""Processes in the background of containers."""

from __future__ import annotations

import asyncio
import hashlib
import random
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.containers.conftest import CONTAINERS, ClientOf, Start, cancel, create, ended, persistent
from tests.containers.execs import container, execute, fresh, output
from tests.processes import with_marker
from tests.runtime.conftest import refusal, until
from tests.runtime.leftovers import sleeping
from tests.runtime.processes import calls
from tests.runtime.processes.calls import get, given, over, says

TERMINAL = {"rows": 24, "columns": 80}
TREE = ("sh", "-c", "sleep 60 & setsid sleep 60 & echo up; wait")


@pytest.fixture
async def box(http: httpx.AsyncClient) -> AsyncIterator[str]:
    """A container that stays up."""
    async with container(http) as container_id:
        yield container_id


async def ask(
    http: httpx.AsyncClient, container_id: str, *command: str, key: str = "", **more: Any
) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    url = f"{CONTAINERS}/{container_id}/processes"
    return await http.post(url, json={"command": list(command), **more}, headers=headers)


async def begin(
    http: httpx.AsyncClient, container_id: str, *command: str, **more: Any
) -> dict[str, Any]:
    answer = await ask(http, container_id, *command, **more)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert found["container_id"] == container_id
    return found


async def gone(marker: str) -> None:
    async def none_is_left() -> bool:
        return with_marker(marker) == []

    await until(none_is_left)


async def test_a_process_from_its_start_to_its_end(http: httpx.AsyncClient, box: str) -> None:
    script = "echo $A; pwd; read line; echo $line >&2; cat; exit 3"
    more = {"environment": {"A": "b"}, "working_directory": "/tmp"}
    begun = await begin(http, box, "sh", "-c", script, **more)
    assert begun["status"] == "RUNNING"
    await says(http, begun["id"], b"b\n/tmp\n")
    position = await given(http, begun["id"], b"line\nre", 0)
    await given(http, begun["id"], b"rest", position - 2, close=True)  # the first two again
    ended = await over(http, begun["id"])
    assert (ended["status"], ended["exit_code"], ended["stdin_bytes"]) == ("FAILED", 3, 9)
    assert await calls.printed(http, begun["id"], "stdout") == b"b\n/tmp\nrest"
    assert await calls.printed(http, begun["id"], "stderr") == b"line\n"
    answer = await http.get(f"{CONTAINERS}/{box}/processes")
    assert answer.json()["processes"] == [ended]


async def test_much_goes_in_and_out(http: httpx.AsyncClient, box: str) -> None:
    content = random.Random(1).randbytes(3_000_000)
    process_id = (await begin(http, box, "cat"))["id"]
    offset = 0
    while offset < len(content):
        answer = await calls.write(http, process_id, content[offset:], offset)
        assert answer.status_code == 200, answer.text
        offset = answer.json()["offset"]
    await given(http, process_id, b"", offset, close=True)
    printed = await calls.printed(http, process_id)
    assert hashlib.sha256(printed).digest() == hashlib.sha256(content).digest()


@pytest.mark.parametrize("user", ["nosuchuser", "1000:nosuchgroup"])
async def test_a_user_that_isnt_there(http: httpx.AsyncClient, box: str, user: str) -> None:
    told = refusal(await ask(http, box, "id", user=user), 400, "unknown_user")
    assert user.split(":")[-1] in told
    listed = await http.get(f"{CONTAINERS}/{box}/processes")
    assert listed.json()["processes"] == []


async def test_whom_it_runs_as_is_looked_up_once_there_is_room(
    start: Start, http_of: ClientOf
) -> None:
    async with http_of(await start("--max-commands", "1")) as http, container(http) as box:
        refusal(await ask(http, box, "true", user="nosuchuser"), 400, "unknown_user")
        begun = await begin(http, box, "cat")
        refusal(await ask(http, box, "true", user="nosuchuser"), 429, "too_many_processes")
        await given(http, begun["id"], b"", 0, close=True)
        assert (await over(http, begun["id"]))["status"] == "COMPLETED"


async def test_its_user(http: httpx.AsyncClient, box: str) -> None:
    begun = await begin(http, box, "id", "-u", user="1234")
    assert await calls.printed(http, begun["id"]) == b"1234\n"


@pytest.mark.parametrize(
    ("command", "folder", "code"),
    [(["nowhere"], "/", 127), (["/etc"], "/", 126), (["true"], "/nowhere", None)],
)
async def test_what_cant_be_started(
    http: httpx.AsyncClient, box: str, command: list[str], folder: str, code: int | None
) -> None:
    begun = await begin(http, box, *command, working_directory=folder)
    ended = await over(http, begun["id"])
    assert ended["status"] == "FAILED"
    assert "nowhere" in ended["reason"] or "/etc" in ended["reason"]
    assert code is None or ended["exit_code"] == code
    assert await calls.streamed(http, begun["id"]) == ([], ended)


@pytest.mark.parametrize(("made", "kind"), [("mkfifo", "pipe"), ("mkdir", "folder")])
async def test_users_that_cant_be_looked_up_keep_nobody_waiting(
    http: httpx.AsyncClient, made: str, kind: str
) -> None:
    """The engine looks them up in the container's files, be they what they like."""
    async with container(http) as box, asyncio.timeout(50):
        script = f"rm -f /etc/passwd /etc/group; {made} /etc/passwd /etc/group"
        assert await output(http, box, "sh", "-c", script) == ""
        refusal(await ask(http, box, "id", user="nobody"), 400, "unknown_user")
        ran = await execute(http, box, "id", user="65534")
        begun = await begin(http, box, "id")
        for found in (ran, await over(http, begun["id"])):
            assert found["status"] == "FAILED"
            assert found.get("exit_code", found.get("exitCode")) == 126
            assert f"/etc/passwd is a {kind}" in found["reason"]
        url = f"{CONTAINERS}/{box}/filesystem"
        answer = await http.get(url, params={"path": "/etc", "user": "nobody"})
        assert "nobody" in refusal(answer, 400, "unknown_user")
        answer = await http.get(url, params={"path": "/etc", "user": "65534"})
        assert answer.status_code == 200, answer.text
    assert (await ended(http, box))["status"] == "CANCELLED"


async def test_a_terminal(http: httpx.AsyncClient, box: str) -> None:
    wait = 'until [ "$(stty size)" = "{}" ]; do sleep 0.05; done'  # engines resize a moment later
    script = f"{wait.format('24 80')}; stty size; read -r line; {wait.format('50 200')}; stty size; sleep 60"
    process_id = (await begin(http, box, "sh", "-c", script, terminal=TERMINAL))["id"]
    await says(http, process_id, b"24 80\r\n")
    assert (await calls.resize(http, process_id, 50, 200)).status_code == 200
    await given(http, process_id, b"\n", 0)
    await says(http, process_id, b"50 200\r\n")
    await given(http, process_id, b"\x03", 1)
    assert (await over(http, process_id))["exit_code"] == 130


async def test_signals(http: httpx.AsyncClient, box: str) -> None:
    process_id = (await begin(http, box, "sh", "-c", "echo up; sleep 60"))["id"]
    await says(http, process_id, b"up\n")
    await calls.signal(http, process_id, "TERM")
    found = await over(http, process_id)
    assert (found["status"], found["exit_code"]) == ("FAILED", 143)
    assert await calls.signal(http, process_id, "KILL") == found


async def test_a_kill_is_of_all_it_has_started(http: httpx.AsyncClient, box: str) -> None:
    marker = fresh()
    process_id = (await begin(http, box, *TREE, environment={"MARKER": marker}))["id"]
    await sleeping(marker, 2)
    await calls.signal(http, process_id, "KILL")
    assert (await over(http, process_id))["exit_code"] == 137
    await gone(marker)
    assert await output(http, box, "echo", "on") == "on\n"


async def test_its_time_is_up(http: httpx.AsyncClient, box: str) -> None:
    marker = fresh()
    more = {"environment": {"MARKER": marker}, "timeout_seconds": 3}
    process_id = (await begin(http, box, *TREE, **more))["id"]
    await sleeping(marker, 2)
    assert (await over(http, process_id))["status"] == "TIMEOUT"
    await gone(marker)
    assert await output(http, box, "echo", "on") == "on\n"


async def test_it_ends_with_its_container(http: httpx.AsyncClient) -> None:
    marker = fresh()
    async with container(http) as box:
        process_id = (await begin(http, box, *TREE, environment={"MARKER": marker}))["id"]
        await sleeping(marker, 2)
        reading = asyncio.create_task(calls.streamed(http, process_id))
        await cancel(http, box)
        found = await over(http, process_id)
        assert found["status"] == "CANCELLED"
        assert "ended with its container" in found["reason"]
        assert (await reading)[1] == found
        await gone(marker)
        refusal(await ask(http, box, "true"), 409, "container_not_running")
        answer = await http.get(f"{CONTAINERS}/{box}/processes")
        assert answer.json()["processes"] == [found]


async def test_a_process_is_started_once_for_a_key(http: httpx.AsyncClient, box: str) -> None:
    key = fresh()
    script = ("sh", "-c", "echo x >> /count; cat")
    first = await ask(http, box, *script, key=key)
    again = await ask(http, box, *script, key=key)
    assert (again.json()["id"], again.status_code) == (first.json()["id"], 200)
    assert again.headers["X-Cognitora-Replayed"] == "true"
    await given(http, first.json()["id"], b"", 0, close=True)
    await over(http, first.json()["id"])
    assert await output(http, box, "cat", "/count") == "x\n"


async def test_where_there_is_no_container(wrong: httpx.AsyncClient, box: str) -> None:
    refusal(await ask(wrong, "ctr_none", "true"), 404, "container_not_found")
    answer = await wrong.get(f"{CONTAINERS}/ctr_none/processes")
    refusal(answer, 404, "container_not_found")
    for body in ({"command": ["a\0b"]}, {"command": [""]}, {"command": ["true"], "user": ""}):
        answer = await wrong.post(f"{CONTAINERS}/{box}/processes", json=body)
        refusal(answer, 400, "invalid_request")
    for path in ("processes", "exec"):
        body = {"command": ["true"], "user": "a\0b"}
        answer = await wrong.post(f"{CONTAINERS}/{box}/{path}", json=body)
        assert "NUL" in refusal(answer, 400, "invalid_user")


async def test_kill_9_of_the_runtime(start: Start, http_of: ClientOf, tmp_path: Path) -> None:
    marker, folder = fresh(), tmp_path / "data"
    first = await start("--data-dir", folder)
    async with http_of(first) as http:
        box = (await create(http, persistent()))["id"]
        process_id = (await begin(http, box, *TREE, environment={"MARKER": marker}))["id"]
        await says(http, process_id, b"up\n")
        await sleeping(marker, 2)
        await first.stop(signal.SIGKILL)
    async with http_of(await start("--data-dir", folder)) as http:
        found = await get(http, process_id)
        assert (found["status"], found["output_bytes"]) == ("FAILED", 3)
        assert "runtime ended" in found["reason"]
        assert await calls.printed(http, process_id) == b"up\n"
        assert await output(http, box, "echo", "on") == "on\n"
        await gone(marker)
        await cancel(http, box)
