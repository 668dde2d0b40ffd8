"""What commands in containers read and print: their streams, and as whom they run."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.containers.conftest import CONTAINERS
from tests.containers.execs import container, execute, fresh, output, send
from tests.runtime.conftest import refusal


@pytest.fixture
async def box(http: httpx.AsyncClient) -> AsyncIterator[str]:
    """A container that stays up."""
    async with container(http) as container_id:
        yield container_id


def events(text: str) -> list[tuple[str, Any]]:
    found = [each.split("\ndata: ", 1) for each in text.strip().split("\n\n") if "data:" in each]
    return [(name.removeprefix("event: "), json.loads(data)) for name, data in found]


async def streamed(
    http: httpx.AsyncClient, box: str, *command: str, **more: Any
) -> list[tuple[str, Any]]:
    key = more.pop("key", None)
    headers = {"Accept": "text/event-stream"} | ({"Idempotency-Key": key} if key else {})
    body = {"command": list(command), **more}
    answer = await http.post(f"{CONTAINERS}/{box}/exec", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/event-stream")
    return events(answer.text)


async def test_the_streams_apart_and_together(http: httpx.AsyncClient, box: str) -> None:
    answer = await execute(http, box, "sh", "-c", "echo out; sleep 0.2; echo err >&2; exit 3")
    assert (answer["stdout"], answer["stderr"], answer["exitCode"]) == ("out\n", "err\n", 3)
    assert answer["output"] == "out\nerr\n"


async def test_bytes_that_arent_text_arrive_as_they_were(http: httpx.AsyncClient, box: str) -> None:
    answer = await execute(http, box, "sh", "-c", "printf 'a\\377'; echo b >&2")
    assert base64.b64decode(answer["stdoutBase64"]) == b"a\xff"
    assert (answer["stdout"], answer["stderr"]) == ("a\ufffd", "b\n")
    assert "stderrBase64" not in answer


@pytest.mark.parametrize(
    ("stdin", "read"),
    [
        ({"content": "a\né"}, "a\né"),
        ({"content": base64.b64encode(b"b\n").decode(), "encoding": "base64"}, "b\n"),
        ({"content": ""}, ""),
    ],
)
async def test_a_command_reads_its_stdin(
    http: httpx.AsyncClient, box: str, stdin: dict[str, str], read: str
) -> None:
    assert await output(http, box, "cat", stdin=stdin) == read


async def test_a_large_stdin_comes_whole(http: httpx.AsyncClient, box: str) -> None:
    stdin = {"content": "x" * 5_000_000}
    assert (await output(http, box, "wc", "-c", stdin=stdin)).strip() == "5000000"


async def test_a_command_neednt_read_its_stdin(http: httpx.AsyncClient, box: str) -> None:
    assert await output(http, box, "true", stdin={"content": "x" * 1_000_000}) == ""


async def test_without_one_it_is_at_its_end(http: httpx.AsyncClient, box: str) -> None:
    assert await output(http, box, "cat") == ""


async def test_a_stdin_that_isnt_base64(http: httpx.AsyncClient, box: str) -> None:
    stdin = {"content": "*", "encoding": "base64"}
    sentence = refusal(await send(http, box, "cat", stdin=stdin), 400, "invalid_base64")
    assert sentence.startswith("`stdin.content` isn't valid base64")


async def test_a_command_runs_as_a_user(http: httpx.AsyncClient, box: str) -> None:
    assert await output(http, box, "id", "-u", user="1234") == "1234\n"
    assert await output(http, box, "id", "-un", user="nobody") == "nobody\n"
    for user in ("nobody-of-that-name", "nobody:none", "1234:none"):
        told = refusal(await send(http, box, "id", user=user), 400, "unknown_user")
        assert user.rpartition(":")[2] in told
    listed = await http.get(f"{CONTAINERS}/{box}/executions")
    assert len(listed.json()["executions"]) == 2


async def test_events_tell_the_output_and_the_end(http: httpx.AsyncClient, box: str) -> None:
    told = await streamed(http, box, "sh", "-c", "printf 'a\\377'; sleep 0.3; echo b >&2; exit 4")
    *pieces, (last, end) = told
    assert (last, end["exitCode"], end["output"]) == ("end", 4, "")
    assert [(name, each["stream"], each["offset"]) for name, each in pieces] == [
        ("output", "stdout", 0),
        ("output", "stderr", 2),
    ]
    assert base64.b64decode(pieces[0][1]["data"]) == b"a\xff"
    assert (pieces[1][1]["data"], pieces[1][1]["encoding"]) == ("b\n", "string")


async def test_a_key_gives_the_same_events_and_runs_it_once(
    http: httpx.AsyncClient, box: str
) -> None:
    key, command = fresh(), ("sh", "-c", "echo x >> /tmp/ran; cat /tmp/ran")
    first = await streamed(http, box, *command, key=key)
    assert await streamed(http, box, *command, key=key) == first
    assert first[0][1]["data"] == "x\n"
    assert await output(http, box, "cat", "/tmp/ran") == "x\n"


async def test_what_is_refused_is_an_ordinary_error(http: httpx.AsyncClient) -> None:
    headers = {"Accept": "text/event-stream"}
    body = {"command": ["true"]}
    answer = await http.post(f"{CONTAINERS}/ctr_nope/exec", json=body, headers=headers)
    refusal(answer, 404, "container_not_found")
