"""Commands in containers that stay up."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import datetime

import httpx
import pytest

from tests.containers.conftest import (
    CONTAINERS,
    EXECUTIONS,
    ClientOf,
    Start,
    cancel,
    create,
    ended,
    executions,
    persistent,
    run,
    wanted,
)
from tests.containers.execs import container, execute, fresh, output, record, send
from tests.processes import with_marker
from tests.runtime.conftest import refusal, until
from tests.runtime.leftovers import sleeping

MIB = 1024 * 1024
NOTICE = "\n[the rest was not kept: logs are capped at 10 MiB]\n"


@pytest.fixture
async def box(http: httpx.AsyncClient) -> AsyncIterator[str]:
    """A container that stays up."""
    async with container(http) as container_id:
        yield container_id


async def test_what_a_command_leaves_is_there_for_the_next(
    http: httpx.AsyncClient, box: str
) -> None:
    await output(http, box, "sh", "-c", "echo kept > /tmp/state")
    assert await output(http, box, "cat", "/tmp/state") == "kept\n"


async def test_the_answer_and_its_record(http: httpx.AsyncClient, box: str) -> None:
    answer = await execute(http, box, "sh", "-c", "echo hello; echo there >&2")
    assert answer["containerId"] == box
    assert answer["command"] == ["sh", "-c", "echo hello; echo there >&2"]
    assert sorted(answer["output"].splitlines()) == ["hello", "there"]
    assert answer["filesUploaded"] == 0
    assert "reason" not in answer
    kept = await record(http, answer["executionId"])
    assert (await executions(http, box))[0]["id"] == kept["id"]
    for name in ("containerId", "command", "status", "output", "exitCode"):
        assert kept[name] == answer[name]
    assert kept["startedAt"] == answer["executedAt"]
    moments = [datetime.fromisoformat(kept[name]) for name in ("createdAt", "startedAt")]
    assert moments == sorted(moments)
    assert moments[-1] < datetime.fromisoformat(kept["completedAt"])


@pytest.mark.parametrize("code", [1, 42, 126, 127, 255])
async def test_an_exit_code(http: httpx.AsyncClient, box: str, code: int) -> None:
    answer = await execute(http, box, "sh", "-c", f"echo before; exit {code}")
    assert (answer["status"], answer["exitCode"]) == ("FAILED", code)
    assert answer["reason"] == f"The command ended with exit code {code}."
    assert answer["output"] == "before\n"


async def test_a_command_that_is_not_there(http: httpx.AsyncClient, box: str) -> None:
    answer = await execute(http, box, "no-such-command", "--now")
    assert (answer["status"], answer["exitCode"]) == ("FAILED", 127)
    assert "no-such-command" in answer["reason"]
    assert answer["output"] == ""
    kept = await record(http, answer["executionId"])
    assert (kept["status"], kept["reason"]) == ("FAILED", answer["reason"])


async def test_a_file_that_is_no_program(http: httpx.AsyncClient, box: str) -> None:
    answer = await execute(http, box, "/etc/hosts")
    assert (answer["status"], answer["exitCode"]) == ("FAILED", 126)
    assert "/etc/hosts" in answer["reason"]


async def test_both_streams_are_in_their_order(http: httpx.AsyncClient, box: str) -> None:
    script = "for n in 1 2 3; do echo out $n; sleep 0.1; echo err $n >&2; sleep 0.1; done"
    expected = "".join(f"out {n}\nerr {n}\n" for n in (1, 2, 3))
    assert await output(http, box, "sh", "-c", script) == expected


async def test_text_that_is_no_text(http: httpx.AsyncClient, box: str) -> None:
    assert await output(http, box, "printf", r"\303\274 \377 \303") == "ü \ufffd \ufffd"


async def test_arguments_reach_a_command_as_they_are(http: httpx.AsyncClient, box: str) -> None:
    arguments = ["--privileged", "-it", "$(id)", "; reboot", "", "a\nb", "ünïcode", "%s {}"]
    printed = await output(
        http, box, "sh", "-c", 'for each; do echo "<$each>"; done', "-", *arguments
    )
    assert printed == "".join(f"<{each}>\n" for each in arguments)


async def test_the_environment_is_a_command_s_own(http: httpx.AsyncClient, box: str) -> None:
    values = {"ONE": "1", "TEXT": "with spaces, ünïcode and 'quotes'", "EMPTY": ""}
    script = 'echo "$ONE|$TEXT|$EMPTY|${PATH:+path}"'
    printed = await output(http, box, "sh", "-c", script, environment=values)
    assert printed == "1|with spaces, ünïcode and 'quotes'||path\n"
    assert await output(http, box, "sh", "-c", script) == "|||path\n"


async def test_the_folder_of_a_command(http: httpx.AsyncClient) -> None:
    async with container(http, image="user") as box:  # its folder is /app
        assert await output(http, box, "pwd") == "/app\n"
        assert await output(http, box, "pwd", working_directory="/tmp") == "/tmp\n"
        await output(http, box, "mkdir", "-p", "/tmp/of/mine")
        assert await output(http, box, "pwd", working_directory="../tmp/of") == "/tmp/of\n"
        answer = await execute(http, box, "pwd", working_directory="/no/such/folder")
        assert answer["status"] == "FAILED"
        assert "/no/such/folder" in answer["reason"]


async def test_a_command_runs_as_the_image_s_user(http: httpx.AsyncClient) -> None:
    async with container(http, image="user") as box:
        assert await output(http, box, "id", "-un") == "nobody\n"


async def test_a_command_in_an_image_with_no_shell(http: httpx.AsyncClient) -> None:
    async with container(http, image="noshell") as box:
        answer = await execute(http, box, "sh")
        assert answer["exitCode"] == 127


async def test_time_that_is_up_ends_all_that_was_started(http: httpx.AsyncClient, box: str) -> None:
    marker = fresh()
    script = "echo before; sleep 60 & setsid sleep 60 & (sleep 60; echo late); echo after"
    answer = await execute(
        http, box, "sh", "-c", script, timeout_seconds=1, environment={"MARKER": marker}
    )
    assert answer["status"] == "TIMEOUT"
    assert "exitCode" not in answer
    assert "1 s" in answer["reason"]
    assert answer["output"] == "before\n"
    kept = await record(http, answer["executionId"])
    started = datetime.fromisoformat(kept["startedAt"])
    ran = datetime.fromisoformat(kept["completedAt"]) - started
    assert 1 <= ran.total_seconds() < 2.5
    assert with_marker(marker) == []
    assert await output(http, box, "echo", "on") == "on\n"


async def test_what_runs_on_in_the_background(http: httpx.AsyncClient, box: str) -> None:
    marker = fresh()
    script = "sleep 60 & echo started"
    printed = await output(http, box, "sh", "-c", script, environment={"MARKER": marker})
    assert printed == "started\n"
    await sleeping(marker, 1)
    await cancel(http, box)
    assert with_marker(marker) == []


async def test_a_flood_is_capped_and_its_command_runs_on(http: httpx.AsyncClient, box: str) -> None:
    script = "head -c 20000000 /dev/zero | tr '\\0' x; exit 5"
    answer = await execute(http, box, "sh", "-c", script)
    assert (answer["status"], answer["exitCode"]) == ("FAILED", 5)
    assert answer["output"] == "x" * (10 * MIB) + NOTICE
    assert "first 10 MiB" in answer["reason"]


async def test_a_command_that_takes_too_much_memory(http: httpx.AsyncClient, box: str) -> None:
    await output(http, box, "sh", "-c", "echo kept > /tmp/state")
    script = "text=x; while true; do text=$text$text; done"
    answer = await execute(http, box, "sh", "-c", script)
    assert (answer["status"], answer["exitCode"]) == ("FAILED", 137)
    assert "memory (64 MB)" in answer["reason"]
    assert await output(http, box, "cat", "/tmp/state") == "kept\n"


async def test_memory_is_no_reason_for_what_failed_by_itself(
    http: httpx.AsyncClient, box: str
) -> None:
    await output(http, box, "mkfifo", "/tmp/one", "/tmp/two")
    hungry = "text=x; while true; do text=$text$text; done"
    # Who waits here wants no memory meanwhile: the kernel might kill it for the other's.
    waiting = "read told < /tmp/{}; sleep 0.5; {}"
    scripts = [
        f"exec 3> /tmp/one 4> /tmp/two; sh -c '{hungry}'; echo >&3; echo >&4; exit 137",
        waiting.format("one", "kill -9 $$"),
        waiting.format("two", "exit 5"),
        f"sh -c '{hungry}' 2>/dev/null; exit 6",
    ]
    *reasons, own = [
        answer["reason"]
        for answer in (
            *await asyncio.gather(*(execute(http, box, "sh", "-c", each) for each in scripts[:3])),
            await execute(http, box, "sh", "-c", scripts[3]),
        )
    ]
    assert reasons == [
        "The command ran out of memory (64 MB) and was killed. Ask for more memory.",
        "The command ended with exit code 137. It was killed by signal 9.",
        "The command ended with exit code 5.",
    ]
    told = "Meanwhile something in its container was killed, out of memory (64 MB)."
    assert own == f"The command ended with exit code 6. {told}"


async def test_many_at_once_in_one_container(http: httpx.AsyncClient, box: str) -> None:
    scripts = [f"sleep 0.5; echo {n}; exit {n}" for n in range(6)]
    found = await asyncio.gather(*(execute(http, box, "sh", "-c", each) for each in scripts))
    assert [each["exitCode"] for each in found] == list(range(6))
    assert [each["output"] for each in found] == [f"{n}\n" for n in range(6)]


async def test_more_at_once_than_are_taken(start: Start, http_of: ClientOf) -> None:
    async with http_of(await start("--max-commands", "1")) as http, container(http) as box:
        marker = fresh()
        environment = {"MARKER": marker}
        first = asyncio.create_task(
            execute(http, box, "sleep", "60", environment=environment, timeout_seconds=5)
        )
        await sleeping(marker, 1)
        answer = await send(http, box, "true")
        assert "than 1 are" in refusal(answer, 429, "too_many_commands")
        assert answer.headers["Retry-After"] == "1"
        # Whom it is run as is looked up by a program in the container, which takes room too.
        unknown = {"user": "nobody-of-here"}
        refusal(await send(http, box, "true", **unknown), 429, "too_many_commands")
        async with container(http) as other:
            await output(http, other, "true")
        await first
        refusal(await send(http, box, "true", **unknown), 400, "unknown_user")
        await output(http, box, "true")


async def test_files_come_first(http: httpx.AsyncClient, box: str) -> None:
    binary = bytes(range(256)) * 10
    files = [
        {"name": "main.sh", "content": "echo from main; cat data/deep/values.txt\n"},
        {"name": "data/deep/values.txt", "content": "ünïcode\n", "encoding": "string"},
        {
            "name": "data/binary",
            "content": base64.b64encode(binary).decode(),
            "encoding": "base64",
        },
    ]
    answer = await execute(http, box, "sh", "main.sh", files=files)
    assert answer["output"] == "from main\nünïcode\n"
    assert answer["filesUploaded"] == 3
    assert await output(http, box, "wc", "-c", "data/binary") == "2560 data/binary\n"
    again = [{"name": "main.sh", "content": "echo replaced"}]
    assert await output(http, box, "sh", "main.sh", files=again) == "replaced\n"


async def test_files_are_where_the_image_s_commands_run(http: httpx.AsyncClient) -> None:
    files = [{"name": "folder/mine", "content": "text"}]
    async with container(http, image="user") as box:
        script = "cat folder/mine && echo more >> folder/mine && stat -c %U folder folder/mine"
        assert await output(http, box, "sh", "-c", script, files=files) == "textnobody\nnobody\n"
        assert await output(http, box, "cat", "/app/folder/mine") == "textmore\n"


@pytest.mark.parametrize("name", ["../up", "/etc/passwd", "a/../../up", "folder/", "..", "a\0b"])
async def test_a_file_name_that_climbs_out_is_refused(
    http: httpx.AsyncClient, box: str, name: str
) -> None:
    before = len(await executions(http, box))
    answer = await send(http, box, "true", files=[{"name": name, "content": "x"}])
    refusal(answer, 400, "invalid_path")
    assert len(await executions(http, box)) == before


async def test_a_file_that_can_not_be_written(http: httpx.AsyncClient, box: str) -> None:
    await output(http, box, "mkdir", "/tmp/folder")
    key = fresh()
    answer = await send(
        http, box, "touch", "/tmp/ran", files=[{"name": "tmp/folder", "content": "x"}], key=key
    )
    reason = refusal(answer, 409, "not_a_file")
    kept = (await executions(http, box))[0]
    assert (kept["status"], kept["reason"]) == ("FAILED", reason)
    assert "startedAt" not in kept
    # Nothing was run for the key, so it is free.
    assert await output(http, box, "ls", "/tmp", key=key) != ""
    assert (await execute(http, box, "ls", "/tmp/ran"))["exitCode"] == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"command": ["echo", "a\0b"]}, "command"),
        ({"command": ["", "x"]}, "command[0]"),
        ({"command": ["echo", "x" * 200_000]}, "command"),
        ({"command": ["echo", *["x" * 90_000] * 20]}, "command"),
        ({"command": ["true"], "environment": {"A=B": "1"}}, "A=B"),
        ({"command": ["true"], "environment": {"A": "\0"}}, "A"),
        ({"command": ["true"], "working_directory": "a\0b"}, "working_directory"),
        ({"command": ["true"], "working_directory": "/" + "x" * 5000}, "working_directory"),
        ({"command": ["true"], "timeout_seconds": 10**12}, "timeout_seconds"),
    ],
)
async def test_what_no_process_can_be_given(
    http: httpx.AsyncClient, box: str, body: dict[str, object], field: str
) -> None:
    answer = await http.post(f"{CONTAINERS}/{box}/exec", json=body)
    assert answer.status_code == 400, answer.text
    assert field in answer.json()["error"]
    assert await executions(http, box) == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"command": []},
        {"command": "true"},
        {"command": [1]},
        {"command": ["true"], "timeout_seconds": 0},
        {"command": ["true"], "shell": True},
        {"command": ["true"], "files": [{"name": "a"}]},
    ],
)
async def test_what_the_contract_does_not_know(
    wrong: httpx.AsyncClient, box: str, body: dict[str, object]
) -> None:
    answer = await wrong.post(f"{CONTAINERS}/{box}/exec", json=body)
    assert answer.status_code == 400, answer.text


async def test_a_container_that_was_just_asked_for(http: httpx.AsyncClient) -> None:
    created = await create(http, persistent())
    assert created["status"] == "PENDING"
    assert await output(http, created["id"], "echo", "soon") == "soon\n"
    await cancel(http, created["id"])


async def test_a_container_that_is_not_there(http: httpx.AsyncClient) -> None:
    refusal(await send(http, "ctr_unknown", "true"), 404, "container_not_found")


async def test_a_one_shot(http: httpx.AsyncClient) -> None:
    created = await create(http, wanted("sleep", "60"))
    refusal(await send(http, created["id"], "true"), 409, "not_persistent")
    await cancel(http, created["id"])
    found = await run(http, "true")
    refusal(await send(http, found["id"], "true"), 409, "not_persistent")


async def test_a_container_that_has_ended(http: httpx.AsyncClient, box: str) -> None:
    await cancel(http, box)
    reason = refusal(await send(http, box, "true"), 409, "container_not_running")
    assert "CANCELLED" in reason
    assert await executions(http, box) == []


async def test_a_container_that_is_cancelled_under_a_command(
    http: httpx.AsyncClient, box: str
) -> None:
    marker = fresh()
    script = "echo before; sleep 60"
    calling = asyncio.create_task(
        execute(http, box, "sh", "-c", script, environment={"MARKER": marker})
    )
    await sleeping(marker, 1)
    await cancel(http, box)
    answer = await calling
    assert answer["status"] == "CANCELLED"
    assert answer["output"] == "before\n"
    assert "exitCode" not in answer
    assert "The container was cancelled." in answer["reason"]
    assert (await record(http, answer["executionId"]))["status"] == "CANCELLED"


async def test_a_container_that_expires_under_a_command(http: httpx.AsyncClient) -> None:
    created = await create(http, persistent(timeout_seconds=5))  # to begin as a pod, too
    answer = await execute(http, created["id"], "sleep", "60")
    assert answer["status"] == "TIMEOUT"
    assert "expired" in answer["reason"]
    assert (await ended(http, created["id"]))["status"] == "TIMEOUT"


async def test_lists_say_what_ran_where(http: httpx.AsyncClient, box: str) -> None:
    for code in (0, 3):
        await execute(http, box, "sh", "-c", f"exit {code}")
    async with container(http) as other:
        await execute(http, other, "true")
        found = await executions(http, box)
        assert [each["exitCode"] for each in found] == [3, 0]  # newest first
        assert all(each["containerId"] == box for each in found)
        everywhere = (await http.get(EXECUTIONS, params={"limit": 3})).json()["executions"]
        assert [each["containerId"] for each in everywhere] == [other, box, box]
        query: dict[str, str | int] = {"limit": 1, "status": "failed"}
        failed = (await http.get(EXECUTIONS, params=query)).json()["executions"]
        assert [each["id"] for each in failed] == [found[0]["id"]]


async def test_a_command_under_way_is_recorded(http: httpx.AsyncClient, box: str) -> None:
    script = "echo begun; while [ ! -e /tmp/go ]; do sleep 0.05; done"
    calling = asyncio.create_task(output(http, box, "sh", "-c", script))

    async def told() -> bool:
        found = await executions(http, box)
        return bool(found) and (await record(http, found[0]["id"]))["output"] == "begun\n"

    await until(told)
    assert (await executions(http, box))[0]["status"] == "RUNNING"
    await output(http, box, "touch", "/tmp/go")
    assert await calling == "begun\n"
