"""Signals, terminals and time; and what ends a process from outside."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.processes import with_marker
from tests.runtime.conftest import SESSIONS, Start, open_session, printed, refusal, run, until
from tests.runtime.interpreter.test_restart import HttpOf
from tests.runtime.leftovers import assert_nothing_left, sleeping
from tests.runtime.processes import calls
from tests.runtime.processes.calls import PROCESSES, ask, begin, data, get, given, new, over

TERMINAL = {"rows": 24, "columns": 80}
# Two of a group, and two of none that are its own children all the same.
TREE = ("sh", "-c", "sleep 60 & setsid sleep 60 & setsid sh -c 'sleep 60 & wait' & echo up; wait")


@pytest.fixture
def marker() -> str:
    return f"marker-{secrets.token_hex(8)}"


async def gone(marker: str) -> None:
    async def none_is_left() -> bool:
        return with_marker(marker) == []

    await until(none_is_left)


@pytest.mark.parametrize("name", ["HUP", "INT", "QUIT", "KILL", "USR1", "USR2", "TERM"])
async def test_signals_end_it(http: httpx.AsyncClient, marker: str, name: str) -> None:
    script = "echo up; sleep 60; echo on"
    process_id = await new(http, "sh", "-c", script, environment={"MARKER": marker})
    await sleeping(marker, 1)  # before that a shell may take an INT for its next program's
    assert (await calls.signal(http, process_id, name))["id"] == process_id
    found = await over(http, process_id)
    number = signal.Signals[f"SIG{name}"]
    assert (found["status"], found["exit_code"]) == ("FAILED", 128 + number)
    assert f"killed by signal {number:d}" in found["reason"]
    again = await calls.signal(http, process_id, "TERM")
    assert again == found


async def test_signals_can_be_caught_and_stop_and_go_on(http: httpx.AsyncClient) -> None:
    script = "trap 'echo caught' TERM; echo up; while :; do sleep 0.05; done"
    process_id = await new(http, "sh", "-c", script)
    place = await calls.says(http, process_id, b"up\n")
    for name in ("STOP", "TERM", "CONT"):
        await calls.signal(http, process_id, name)
    await calls.says(http, process_id, b"caught\n", place)
    assert (await get(http, process_id))["status"] == "RUNNING"


async def test_a_signal_goes_to_its_group(http: httpx.AsyncClient, marker: str) -> None:
    script = "trap 'wait; exit 4' TERM; sleep 60 & echo up; wait"
    process_id = await new(http, "sh", "-c", script, environment={"MARKER": marker})
    await calls.says(http, process_id, b"up\n")
    await sleeping(marker, 1)
    await calls.signal(http, process_id, "TERM")
    assert (await over(http, process_id))["exit_code"] == 4
    await gone(marker)


@pytest.mark.parametrize("body", [{"signal": "SEGV"}, {"signal": "9"}, {"signal": 9}, {}])
async def test_signals_that_are_none(wrong: httpx.AsyncClient, body: dict[str, object]) -> None:
    process_id = await new(wrong, "cat")
    answer = await wrong.post(f"{PROCESSES}/{process_id}/signal", json=body)
    refusal(answer, 400, "invalid_request")
    assert (await get(wrong, process_id))["status"] == "RUNNING"


async def test_a_terminal(http: httpx.AsyncClient) -> None:
    script = "tty; stty size; trap 'stty size' WINCH; echo err >&2; while :; do sleep 0.05; done"
    begun = await begin(http, await open_session(http), "sh", "-c", script, terminal=TERMINAL)
    assert begun["tty"] is True
    place = await calls.says(http, begun["id"], b"/dev/pts/0\r\n24 80\r\nerr\r\n")
    answer = await calls.resize(http, begun["id"], 50, 200)
    assert (answer.status_code, answer.json()["id"]) == (200, begun["id"])
    await calls.says(http, begun["id"], b"50 200\r\n", place)
    await given(http, begun["id"], b"\x03", 0)  # Ctrl-C, which the terminal makes a signal of
    found = await over(http, begun["id"])
    assert found["exit_code"] == 130
    assert {each["stream"] for each in await calls.all_pieces(http, begun["id"])} == {"stdout"}
    assert (await calls.resize(http, begun["id"], 1, 1)).json() == found


async def test_a_resize_without_a_terminal(wrong: httpx.AsyncClient) -> None:
    process_id = await new(wrong, "cat")
    sentence = refusal(await calls.resize(wrong, process_id, 24, 80), 409, "no_terminal")
    assert "Start it with `terminal`" in sentence
    refusal(await calls.resize(wrong, process_id, 0, 80), 400, "invalid_request")


async def test_its_time_is_up(http: httpx.AsyncClient, marker: str) -> None:
    environment = {"MARKER": marker}
    process_id = await new(http, *TREE, timeout_seconds=2, environment=environment)
    await sleeping(marker, 3)
    found = await over(http, process_id)
    assert found["status"] == "TIMEOUT"
    assert found["reason"] == "The process was stopped: its time of 2 s was up."
    assert "exit_code" not in found
    assert await calls.printed(http, process_id) == b"up\n"
    await gone(marker)


async def test_a_kill_is_of_all_it_has_started(http: httpx.AsyncClient, marker: str) -> None:
    process_id = await new(http, *TREE, environment={"MARKER": marker})
    await sleeping(marker, 3)
    await calls.signal(http, process_id, "KILL")
    found = await over(http, process_id)
    assert (found["status"], found["exit_code"]) == ("FAILED", 137)
    await gone(marker)


async def test_a_kill_is_of_nothing_else(http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    await run(http, "x = 1", session_id=session)
    one = (await begin(http, session, "cat"))["id"]
    other = (await begin(http, session, "cat"))["id"]
    await calls.signal(http, one, "KILL")
    assert (await over(http, one))["exit_code"] == 137
    assert (await get(http, other))["status"] == "RUNNING"
    assert (await run(http, "print(x)", session_id=session))["data"]["status"] == "completed"


async def test_it_ends_with_its_session(http: httpx.AsyncClient, marker: str) -> None:
    session = await open_session(http)
    begun = await begin(http, session, *TREE, environment={"MARKER": marker})
    await sleeping(marker, 3)
    reading = asyncio.create_task(calls.streamed(http, begun["id"]))
    await http.delete(f"{SESSIONS}/{session}")
    found = await over(http, begun["id"])
    assert (found["status"], "deleted" in found["reason"]) == ("CANCELLED", True)
    pieces, end = await reading
    assert (b"".join(map(data, pieces)), end) == (b"up\n", found)
    await gone(marker)
    refusal(await ask(http, session, "true"), 404, "session_deleted")
    answer = await http.get(f"{SESSIONS}/{session}/processes")
    assert answer.json()["processes"] == [found]
    assert await calls.printed(http, begun["id"]) == b"up\n"


async def test_it_ends_when_its_session_expires(http: httpx.AsyncClient) -> None:
    session = await open_session(http, timeout_seconds=2)
    process_id = (await begin(http, session, "cat"))["id"]
    found = await over(http, process_id)
    assert found["status"] == "CANCELLED"
    assert "ended with its session: its time was up" in found["reason"]


async def test_it_ends_with_the_state_of_its_session(http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    process_id = (await begin(http, session, "cat"))["id"]
    died = await run(http, "import os; os._exit(3)", session_id=session)
    assert died["data"]["status"] == "failed"
    found = await over(http, process_id)
    assert (found["status"], "state of its session" in found["reason"]) == ("CANCELLED", True)
    another = (await begin(http, session, "echo", "on"))["id"]
    assert await calls.printed(http, another) == b"on\n"


async def test_a_process_is_started_once_for_a_key(http: httpx.AsyncClient) -> None:
    session, key = await open_session(http), secrets.token_hex(8)
    script = ("sh", "-c", "echo x >> count; exec cat")
    answers = await asyncio.gather(*[ask(http, session, *script, key=key) for _ in range(4)])
    # Those that come while the first one is at it are refused, those that come later get its answer.
    started = [each for each in answers if each.status_code == 200]
    (process_id,) = {each.json()["id"] for each in started}
    assert ["X-Cognitora-Replayed" in each.headers for each in started].count(False) == 1
    for each in answers:
        if each not in started:
            refusal(each, 409, "in_progress")
    replay = await ask(http, session, *script, key=key)
    assert (replay.headers["X-Cognitora-Replayed"], replay.json()["id"]) == ("true", process_id)
    await given(http, process_id, b"", 0, close=True)
    ended = await over(http, process_id)
    assert (await ask(http, session, *script, key=key)).json() == ended
    refusal(await ask(http, session, "true", key=key), 422, "idempotency_mismatch")
    assert await printed(http, "print(open('count').read())", session_id=session) == "x\n\n"


async def test_a_key_of_one_that_couldnt_be_started_is_used_too(http: httpx.AsyncClient) -> None:
    session, key = await open_session(http), secrets.token_hex(8)
    first, again = [await ask(http, session, "no-such-program", key=key) for _ in range(2)]
    assert first.json() == again.json()
    assert again.headers["X-Cognitora-Replayed"] == "true"


async def test_who_goes_away_while_one_starts_leaves_it_whole(http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    for _ in range(8):
        starting = asyncio.create_task(ask(http, session, "cat"))
        await asyncio.sleep(0)
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
    starting = asyncio.create_task(ask(http, session, "true"))
    await starting
    for each in (await http.get(f"{SESSIONS}/{session}/processes")).json()["processes"]:
        if each["command"] == ["cat"]:
            await given(http, each["id"], b"", 0, close=True)
        assert (await over(http, each["id"]))["status"] == "COMPLETED"


async def test_a_sandbox_that_is_full_says_so_and_takes_one_later(http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    code = (
        "import os, time, signal\npids = []\ntry:\n    while True:\n        pid = os.fork()\n"
        "        if not pid:\n            signal.pause()\n        pids.append(pid)\n"
        "except OSError:\n    pass"
    )
    await run(http, code, session_id=session)
    sentence = refusal(await ask(http, session, "true"), 503, "sandbox_unavailable")
    assert "entered" in sentence
    await run(http, "for pid in pids: os.kill(pid, 9), os.wait()", session_id=session)
    assert (await over(http, (await begin(http, session, "true"))["id"]))["exit_code"] == 0


async def test_one_that_is_stopped_while_it_enters_keeps_nobody_waiting(
    http: httpx.AsyncClient,
) -> None:
    session = await open_session(http)
    code = """
import os, signal, subprocess, sys
hunter = '''
import os, signal
print("up", flush=True)
known = set(os.listdir("/proc"))
while True:
    for name in os.listdir("/proc"):
        if name.isdigit() and name not in known:
            try:
                os.kill(int(name), signal.SIGSTOP)
            except OSError:
                pass
'''
hunt = subprocess.Popen([sys.executable, "-c", hunter], stdout=subprocess.PIPE)
hunt.stdout.readline()
"""
    await run(http, code, session_id=session)
    begun = time.monotonic()
    answer = await ask(http, session, "sleep", "60")
    assert time.monotonic() - begun < calls.LONG
    if answer.status_code != 200:  # it was caught before it was the command
        assert "entered" in refusal(answer, 503, "sandbox_unavailable")
    await run(http, "hunt.kill(); hunt.wait()", session_id=session)
    assert (await over(http, (await begin(http, session, "true"))["id"]))["exit_code"] == 0


async def test_kill_9_of_the_runtime(
    start: Start, http_of: HttpOf, tmp_path: Path, marker: str
) -> None:
    folder = tmp_path / "data"
    first = await start("--data-dir", folder)
    async with http_of(first) as http:
        session = await open_session(http)
        done = (await begin(http, session, "echo", "done"))["id"]
        ended = await over(http, done)
        key = secrets.token_hex(8)
        more = {"environment": {"MARKER": marker}}
        process_id = (await ask(http, session, *TREE, key=key, **more)).json()["id"]
        await calls.says(http, process_id, b"up\n")
        await sleeping(marker, 3)
        await first.stop(signal.SIGKILL)
    second = await start("--data-dir", folder)
    await gone(marker)
    async with http_of(second) as http:
        assert await get(http, done) == ended
        found = await get(http, process_id)
        assert (found["status"], "runtime ended" in found["reason"]) == ("FAILED", True)
        assert (found["output_bytes"], "completed_at" in found) == (3, True)
        assert await calls.printed(http, process_id) == b"up\n"
        assert await calls.streamed(http, process_id, 3) == ([], found)
        refusal(await calls.write(http, process_id, b"x", 0), 409, "broken_pipe")
    assert await second.stop() == 0
    assert_nothing_left(folder, marker)


async def test_one_that_was_about_to_start_is_settled_too(
    start: Start, http_of: HttpOf, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    first = await start("--data-dir", folder)
    async with http_of(first) as http:
        sessions, starting = list[str](), list[asyncio.Task[httpx.Response]]()

        async def some_are() -> bool:
            if all(each.done() for each in starting):
                sessions.append(await open_session(http))
                starting.extend(
                    asyncio.create_task(ask(http, sessions[-1], "cat")) for _ in range(12)
                )
            return any(each["status"] == "PENDING" for each in await processes(http, sessions[-1]))

        await until(some_are)
        await first.stop(signal.SIGKILL)
        await asyncio.gather(*starting, return_exceptions=True)
    async with http_of(await start("--data-dir", folder)) as http:
        found = [each for session in sessions for each in await processes(http, session)]
        assert found
        assert {each["status"] for each in found} == {"FAILED"}


async def processes(http: httpx.AsyncClient, session: str) -> list[dict[str, Any]]:
    answer = await http.get(f"{SESSIONS}/{session}/processes")
    found: list[dict[str, Any]] = answer.json()["processes"]
    return found


async def test_sigterm_of_the_runtime(
    start: Start, http_of: HttpOf, tmp_path: Path, marker: str
) -> None:
    folder = tmp_path / "data"
    runtime = await start("--data-dir", folder)
    async with http_of(runtime) as http:
        session = await open_session(http)
        process_id = (await begin(http, session, *TREE, environment={"MARKER": marker}))["id"]
        await sleeping(marker, 3)
        begun = time.monotonic()
        assert await runtime.stop() == 0
        assert time.monotonic() - begun < 10
    assert_nothing_left(folder, marker)
    assert "rror" not in runtime.log, runtime.log
    async with http_of(await start("--data-dir", folder)) as http:
        found = await get(http, process_id)
        assert found["status"] == "CANCELLED"
        assert "the runtime was stopped" in found["reason"]
        assert await calls.printed(http, process_id) == b"up\n"


async def test_nothing_of_many_is_left_in_the_runtime(
    start: Start, http_of: HttpOf, tmp_path: Path
) -> None:
    runtime = await start("--data-dir", tmp_path / "data")

    def held() -> tuple[int, int]:
        pid = runtime.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return len(os.listdir(f"/proc/{pid}/fd")), len(children)

    async with http_of(runtime) as http:
        session = await open_session(http)
        # First, so that there are as many connections as there will be.
        await asyncio.gather(*[begin(http, session, "true") for _ in range(9)])
        for each in (await http.get(f"{SESSIONS}/{session}/processes")).json()["processes"]:
            await over(http, each["id"])
        before = held()
        for round in range(3):
            more = {"terminal": TERMINAL} if round == 1 else {}
            made = await asyncio.gather(
                *[begin(http, session, "sh", "-c", f"echo {n}; exit {n}", **more) for n in range(9)]
            )
            for n, each in enumerate(made):
                assert (await over(http, each["id"]))["exit_code"] == n
                assert (await calls.printed(http, each["id"])).strip() == str(n).encode()
            await begin(http, session, "no-such-program", **more)

        async def is_as_before() -> bool:
            return held() <= before

        await until(is_as_before)
