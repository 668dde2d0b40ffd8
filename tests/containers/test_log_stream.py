"""Logs that are read while they come."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests import contract as contracts
from tests.conftest import Runtime
from tests.containers.conftest import (
    CONTAINERS,
    ClientOf,
    Start,
    cancel,
    create,
    get,
    logs,
    persistent,
    printed,
    run,
    running,
    wanted,
)
from tests.containers.execs import container, output
from tests.runtime.conftest import Process, refusal
from tests.runtime.interpreter.test_streaming import EVENTS, events

MIB = 1024 * 1024
Events = AsyncIterator[tuple[str, Any]]

# Says something, and then waits for a file before it goes on.
UNTIL_TOLD = "echo one; while [ ! -e /tmp/go ]; do sleep 0.05; done; echo two"


@pytest.fixture
async def live(engine_runtime: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    """A client that reads answers as they come, which those that check them can't."""
    async with plain(engine_runtime.base_url, engine_runtime.api_key) as client:
        yield client


def plain(base_url: str, key: str) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.AsyncClient(base_url=base_url, headers=headers, timeout=60, verify=False)


@asynccontextmanager
async def following(http: httpx.AsyncClient, container_id: str) -> AsyncIterator[Events]:
    """The events of a container's logs, as they come."""
    async with http.stream("GET", f"{CONTAINERS}/{container_id}/logs", headers=EVENTS) as answer:
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        yield events(answer)


async def followed(http: httpx.AsyncClient, container_id: str) -> tuple[str, dict[str, Any]]:
    """All that is told of a container: its logs, and how it ended."""
    answer = await http.get(f"{CONTAINERS}/{container_id}/logs", headers=EVENTS)
    assert answer.status_code == 200, answer.text
    *told, (name, end) = [event async for event in events(answer)]
    assert name == "end"
    assert {name for name, _ in told} <= {"log"}
    return "".join(text for _, text in told), end


async def text_until(found: Events, text: str) -> str:
    """What is told up to this text."""
    told = ""
    async with asyncio.timeout(20):
        while text not in told:
            name, piece = await anext(found)
            assert name == "log"
            told += piece
    return told


async def test_logs_come_while_the_command_runs(live: httpx.AsyncClient) -> None:
    async with container(live, "sh", "-c", UNTIL_TOLD) as box:
        async with following(live, box) as found:
            assert await anext(found) == ("log", "one\n")
            await output(live, box, "touch", "/tmp/go")  # until then there is nothing to tell
            assert await anext(found) == ("log", "two\n")
            await cancel(live, box)
            name, end = await anext(found)
            assert (name, end["status"]) == ("end", "CANCELLED")
            with pytest.raises(StopAsyncIteration):
                await anext(found)
        assert await get(live, box) == end


async def test_the_end_is_the_container_as_it_is_then(
    http: httpx.AsyncClient, contract: contracts.Contract
) -> None:
    created = await create(http, wanted("sh", "-c", "echo said; sleep 0.5; echo more; exit 3"))
    text, end = await followed(http, created["id"])
    assert text == "said\nmore\n"
    assert (end["status"], end["exitCode"]) == ("FAILED", 3)
    assert end == await get(http, created["id"])
    contract.check(
        contracts.Exchange(
            method="GET",
            url=f"{CONTAINERS}/{created['id']}",
            request_type="",
            request_body=None,
            status=200,
            answer_type="application/json",
            answer_body=json.dumps(end).encode(),
        )
    )


async def test_the_logs_of_a_container_that_has_ended(http: httpx.AsyncClient) -> None:
    found = await run(http, "sh", "-c", "echo out; echo err >&2")
    text, end = await followed(http, found["id"])
    assert text == await logs(http, found["id"])
    assert sorted(text.splitlines()) == ["err", "out"]
    assert end == found
    found = await run(http, "true")
    assert await followed(http, found["id"]) == ("", found)


async def test_a_container_that_could_not_start(http: httpx.AsyncClient) -> None:
    created = await create(http, wanted("no-such-command"))
    text, end = await followed(http, created["id"])
    assert text == ""
    assert (end["status"], end["exitCode"]) == ("FAILED", 127)


async def test_a_container_without_a_command(live: httpx.AsyncClient) -> None:
    async with container(live) as box:
        await running(live, box)
        async with following(live, box) as found:
            await cancel(live, box)
            assert [name async for name, _ in found] == ["end"]


async def test_a_container_that_is_not_there(http: httpx.AsyncClient) -> None:
    answer = await http.get(f"{CONTAINERS}/ctr_unknown/logs", headers=EVENTS)
    refusal(answer, 404, "container_not_found")


async def test_every_reader_is_told_all_from_the_beginning(live: httpx.AsyncClient) -> None:
    script = "for n in $(seq 100); do echo line $n; sleep 0.01; done"
    created = await create(live, wanted("sh", "-c", script))
    expected = "".join(f"line {n}\n" for n in range(1, 101))
    early = [asyncio.create_task(followed(live, created["id"])) for _ in range(5)]
    await printed(live, created["id"], "line 50")
    late = [asyncio.create_task(followed(live, created["id"])) for _ in range(5)]
    found = await asyncio.gather(*early, *late)
    assert [text for text, _ in found] == [expected] * 10
    assert {end["status"] for _, end in found} == {"COMPLETED"}


async def test_a_reader_who_leaves_changes_nothing(live: httpx.AsyncClient) -> None:
    async with container(live, "sh", "-c", UNTIL_TOLD) as box:
        for _ in range(20):
            async with following(live, box) as found:
                assert await anext(found) == ("log", "one\n")
        async with following(live, box) as found:
            await output(live, box, "touch", "/tmp/go")
            assert await text_until(found, "two\n") == "one\ntwo\n"


async def test_a_reader_who_stalls_holds_nobody_back(
    live: httpx.AsyncClient, engine_runtime: Runtime
) -> None:
    script = "head -c 8000000 /dev/zero | tr '\\0' x; echo; echo done"
    async with container(
        live, "sh", "-c", f"while [ ! -e /tmp/go ]; do sleep 0.05; done; {script}"
    ) as box:
        address = urlsplit(engine_runtime.base_url)
        with socket.create_connection((address.hostname, address.port)) as stalled:
            stalled.sendall(
                f"GET {CONTAINERS}/{box}/logs HTTP/1.1\r\nHost: runtime\r\n"
                f"Authorization: Bearer {engine_runtime.api_key}\r\n"
                "Accept: text/event-stream\r\n\r\n".encode()
            )
            assert stalled.recv(12) == b"HTTP/1.1 200"  # and nothing more is read
            async with following(live, box) as found:
                await output(live, box, "touch", "/tmp/go")
                told = await text_until(found, "done\n")
            assert told == "x" * 8_000_000 + "\ndone\n"
            assert await output(live, box, "echo", "on") == "on\n"
            await cancel(live, box)
            assert (await get(live, box))["status"] == "CANCELLED"


async def test_characters_that_come_in_parts(http: httpx.AsyncClient) -> None:
    script = r"for n in 1 2 3; do printf '\303'; sleep 0.3; printf '\274'; done; printf '\303'"
    created = await create(http, wanted("sh", "-c", script))
    text, _ = await followed(http, created["id"])
    assert text == "üüü\ufffd"


async def test_a_flood_is_told_whole_and_in_order(http: httpx.AsyncClient) -> None:
    created = await create(http, wanted("sh", "-c", "seq 200000"))
    text, end = await followed(http, created["id"])
    assert text == "".join(f"{n}\n" for n in range(1, 200_001))
    assert end["status"] == "COMPLETED"


async def test_the_cap_is_told(http: httpx.AsyncClient) -> None:
    found = await run(http, "sh", "-c", "head -c 11000000 /dev/zero | tr '\\0' x")
    text, _ = await followed(http, found["id"])
    assert text.startswith("x" * (10 * MIB))
    assert text.endswith("\n[the rest was not kept: logs are capped at 10 MiB]\n")
    assert text == await logs(http, found["id"])


async def test_logs_go_on_after_the_runtime_was_killed(
    start: Start, http_of: ClientOf, tmp_path: Path
) -> None:
    runtime = await start("--data-dir", tmp_path / "data")
    async with http_of(runtime) as http:
        script = "n=0; while true; do n=$((n + 1)); echo line $n; sleep 0.05; done"
        created = await create(http, wanted("sh", "-c", script))
        await printed(http, created["id"], "line 5\n")
    await runtime.stop(signal.SIGKILL)
    runtime = await start("--data-dir", tmp_path / "data")
    async with at(runtime) as http, following(http, created["id"]) as found:
        told = await text_until(found, "line 60\n")
        lines = told.splitlines()
        assert lines[:60] == [f"line {n}" for n in range(1, 61)]
        await cancel(http, created["id"])
        *_, (name, end) = [event async for event in found]
        assert (name, end["status"]) == ("end", "CANCELLED")


def at(runtime: Process) -> httpx.AsyncClient:
    return plain(runtime.ready["base_url"], runtime.ready["api_key"])


async def test_readers_are_told_of_the_runtime_s_end(start: Start) -> None:
    runtime = await start()
    async with at(runtime) as http:
        created = await create(http, persistent("sh", "-c", "echo up; sleep 60"))
        async with following(http, created["id"]) as found:
            await text_until(found, "up")
            stopping = asyncio.create_task(runtime.stop())
            *_, (name, end) = [event async for event in found]
        assert (name, end["status"]) == ("end", "CANCELLED")
        assert "the runtime was stopped" in end["reason"]
        assert await stopping == 0
    assert "ERROR" not in runtime.log, runtime.log


@pytest.mark.long
async def test_a_reader_with_nothing_to_read_is_kept(live: httpx.AsyncClient) -> None:
    created = await create(live, wanted("sleep", "21"))
    answer = await live.get(f"{CONTAINERS}/{created['id']}/logs", headers=EVENTS)
    assert answer.text.startswith(": keep-alive\n\n: keep-alive\n\nevent: end\n")
