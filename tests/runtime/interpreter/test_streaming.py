"""Outputs arrive while the code runs."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import closing
from typing import Any

import httpx
import pytest

from tests import contract as contracts
from tests.conftest import Runtime
from tests.runtime.conftest import (
    EXECUTE,
    EXECUTIONS,
    SESSIONS,
    Start,
    ended,
    open_session,
    refusal,
    run,
    until,
)
from tests.runtime.leftovers import sleeping

EVENTS = {"Accept": "text/event-stream"}
Event = tuple[str, Any]


@pytest.fixture
async def live(runtime: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    """A client that reads answers as they come, which those that check them can't."""
    headers = {"Authorization": f"Bearer {runtime.api_key}"}
    async with httpx.AsyncClient(
        base_url=runtime.base_url, headers=headers, timeout=60, verify=False
    ) as client:
        yield client


async def events(answer: httpx.Response) -> AsyncIterator[Event]:
    """The events of an answer, strictly as this runtime writes them."""
    name = ""
    async for line in answer.aiter_lines():
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)
        else:
            assert line in {"", ": keep-alive"}


async def stream(http: httpx.AsyncClient, code: str, **more: Any) -> list[Event]:
    """All events of code, which the checking client has read."""
    body = {"code": code, "networking": False, **more}
    answer = await http.post(EXECUTE, json=body, headers=EVENTS)
    assert answer.status_code == 200, answer.text
    return [event async for event in events(answer)]


def joined(found: list[Event], type: str) -> str:
    texts = [data["data"] for name, data in found if name == "output" and data["type"] == type]
    return "".join(texts)


async def test_the_first_output_comes_before_the_code_has_ended(live: httpx.AsyncClient) -> None:
    session = await open_session(live)
    code = (
        "import os, time\nprint('first', flush=True)\n"
        "while not os.path.exists('go'): time.sleep(0.01)\nprint('last')"
    )
    body = {"code": code, "session_id": session, "networking": False}
    async with live.stream("POST", EXECUTE, json=body, headers=EVENTS) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        found = events(answer)
        name, first = await anext(found)
        assert (name, first["type"], first["data"]) == ("output", "stdout", "first\n")
        # The code waits for this file, so it can't have ended.
        path = {"path": "go"}
        octets = {"Content-Type": "application/octet-stream"}
        await live.put(f"{SESSIONS}/{session}/files", params=path, content=b"x", headers=octets)
        rest = [event async for event in found]
    assert joined(rest, "stdout") == "last\n"
    name, end = rest[-1]
    assert name == "end"
    assert end["data"]["status"] == "completed"
    assert end["data"]["outputs"] == []


async def test_events_say_what_the_answer_says(
    http: httpx.AsyncClient, contract: contracts.Contract
) -> None:
    code = "import sys\nprint('a')\nprint('b', file=sys.stderr)\nprint('c\\n\\nd')\n[1, 2]"
    found = await stream(http, code)
    *outputs, (name, end) = found
    assert name == "end"
    end["data"]["outputs"] = [data for _, data in outputs]
    contract.check(  # together they are an answer of the contract
        contracts.Exchange(
            method="POST",
            url=EXECUTE,
            request_type="application/json",
            request_body=json.dumps({"code": code}).encode(),
            status=200,
            answer_type="application/json",
            answer_body=json.dumps(end).encode(),
        )
    )
    assert [data["type"] for _, data in outputs] == [
        "stdout",
        "stderr",
        "stdout",
        "execution_result",
    ]
    record = (await http.get(f"{EXECUTIONS}/{end['data']['execution_id']}")).json()
    for kept, told in zip(record["outputs"], end["data"]["outputs"], strict=True):
        assert (kept["type"], kept["data"]) == (told["type"], told["data"])


async def test_code_that_fails_ends_its_stream_well(http: httpx.AsyncClient) -> None:
    found = await stream(http, "print(1)\n1 / 0")
    assert joined(found, "stdout") == "1\n"
    assert "ZeroDivisionError" in joined(found, "error")
    assert found[-1][0] == "end"
    assert found[-1][1]["data"]["status"] == "failed"
    assert "ZeroDivisionError" in found[-1][1]["errors"][0]


@pytest.mark.long
async def test_a_stream_with_nothing_to_tell_is_kept_alive(live: httpx.AsyncClient) -> None:
    body = {"code": "import time; time.sleep(11)", "networking": False}
    answer = await live.post(EXECUTE, json=body, headers=EVENTS)
    assert answer.text.startswith(": keep-alive\n\nevent: end\n")


async def test_code_that_puts_out_nothing(http: httpx.AsyncClient) -> None:
    ((name, end),) = await stream(http, "import time; time.sleep(1.2)")
    assert name == "end"
    assert end["data"]["status"] == "completed"


async def test_what_is_refused_is_an_ordinary_error(
    http: httpx.AsyncClient, wrong: httpx.AsyncClient
) -> None:
    refusal(await wrong.post(EXECUTE, json={"code": 1}, headers=EVENTS), 400, "invalid_request")
    body = {"code": "1", "session_id": "ses_none"}
    refusal(await http.post(EXECUTE, json=body, headers=EVENTS), 404, "session_not_found")
    files = [{"name": "a", "content": "x"}, {"name": "a/b", "content": "x"}]
    answer = await http.post(EXECUTE, json={"code": "1", "files": files}, headers=EVENTS)
    refusal(answer, 409, "not_a_file")


async def test_a_refusal_after_the_head_is_an_event(http: httpx.AsyncClient) -> None:
    session, marker = await open_session(http), f"marker-{secrets.token_hex(8)}"
    code = "import subprocess; subprocess.run(['sleep', '60'])"
    more = {"session_id": session, "environment": {"MARKER": marker}}
    running = asyncio.create_task(run(http, code, **more))
    await sleeping(marker, 1)
    waiting = asyncio.create_task(stream(http, "print(1)", session_id=session))
    await asyncio.wait({waiting}, timeout=2)  # longer than the head waits
    assert not waiting.done()
    await http.delete(f"{SESSIONS}/{session}")
    ((name, error),) = await waiting
    assert name == "error"
    assert error["code"] == "session_deleted"
    assert error["request_id"].startswith("req_")
    await running


async def test_a_reader_who_goes_away_stops_the_code_at_once(
    http: httpx.AsyncClient, live: httpx.AsyncClient
) -> None:
    for key in ({}, {"Idempotency-Key": secrets.token_hex(8)}):
        marker = f"marker-{secrets.token_hex(8)}"
        code = "import subprocess\nprint('begun', flush=True)\nsubprocess.run(['sleep', '60'])"
        code += f"  # {marker}"
        body = {"code": code, "environment": {"MARKER": marker}, "networking": False}
        loop = asyncio.get_running_loop()
        async with live.stream("POST", EXECUTE, json=body, headers={**EVENTS, **key}) as answer:
            found = events(answer)
            await anext(found)
            ended_early = asyncio.ensure_future(anext(found))
            await sleeping(marker, 1, unless=ended_early)
            ended_early.cancel()
        left = loop.time()
        record = await ended(http, marker)
        assert loop.time() - left < 3
        assert record["status"] == "failed"
        assert "its caller went away" in record["errors"][0]
        assert record["outputs"][0]["data"] == "begun\n"


async def test_a_runtime_that_is_stopped_ends_its_streams(start: Start) -> None:
    runtime = await start()
    headers = {"Authorization": f"Bearer {runtime.ready['api_key']}", **EVENTS}
    body = {"code": "import time\nprint('begun')\ntime.sleep(60)", "networking": False}
    base_url = runtime.ready["base_url"]
    async with (
        httpx.AsyncClient(base_url=base_url, headers=headers, timeout=60, verify=False) as http,
        http.stream("POST", EXECUTE, json=body) as answer,
    ):
        found = events(answer)
        assert (await anext(found))[1]["data"] == "begun\n"
        stopping = asyncio.create_task(runtime.stop())
        rest = [event async for event in found]
        assert await stopping == 0
    ((name, end),) = rest[-1:]
    assert name == "end"
    assert end["data"]["status"] == "failed"
    assert "the runtime was stopped" in end["errors"][0]


async def test_a_key_streams_its_outputs_again(http: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": secrets.token_hex(8)}
    body = {"code": "import os\nprint(os.urandom(8).hex())\n'done'", "networking": False}
    first = await http.post(EXECUTE, json=body, headers={**EVENTS, **key})
    again = await http.post(EXECUTE, json=body, headers={**EVENTS, **key})
    assert "X-Cognitora-Replayed" not in first.headers
    assert again.headers["X-Cognitora-Replayed"] == "true"
    found = [event async for event in events(again)]
    assert joined(found, "stdout") == joined([event async for event in events(first)], "stdout")
    assert [name for name, _ in found] == ["output", "output", "end"]
    whole = await http.post(EXECUTE, json=body, headers=key)
    assert whole.json()["data"]["outputs"] == [data for name, data in found if name == "output"]


async def test_a_reader_who_takes_nothing_holds_nobody_up(
    http: httpx.AsyncClient, runtime: Runtime
) -> None:
    marker = f"marker-{secrets.token_hex(8)}"
    code = f"for _ in range(9 * 1024):\n    print('x' * 1023, flush=True)\n# {marker}"
    body = json.dumps({"code": code, "networking": False})
    host, port = runtime.base_url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=1)
    with closing(writer):
        writer.write(
            f"POST {EXECUTE} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {runtime.api_key}\r\n"
            f"Accept: text/event-stream\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()
        )

        async def completed() -> bool:
            page = await http.get(EXECUTIONS, params={"status": "completed", "limit": 1})
            return marker in page.json()["executions"][0]["code"]

        await until(completed)  # though not a byte of the answer was taken
        text = (await asyncio.wait_for(read_all(reader), 20)).decode()
    assert text.count("x") >= 9 * 1024 * 1023
    assert '"status":"completed"' in text


async def read_all(reader: asyncio.StreamReader) -> bytes:
    pieces = []
    while piece := await reader.read(2**20):
        pieces.append(piece)
    return b"".join(pieces)
