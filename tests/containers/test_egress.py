"""What containers may reach: said at the start, changed meanwhile, kept for the next runtime."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cognitora_local.sandbox import namespace
from tests.containers.conftest import (
    CONTAINERS,
    ClientOf,
    Start,
    cancel,
    create,
    ended,
    logs,
    lose_engine,
    persistent,
    printed,
    running,
    wanted,
)
from tests.engines import EngineUnderTest
from tests.runtime.conftest import refusal, until
from tests.sandbox import world as worlds
from tests.sandbox.world import World

PYTHON = "docker.io/library/python:3.11"
REACH = """
import socket, sys
def reached(host, port=80):
    try:
        with socket.create_connection((host, port), timeout=10) as client:
            return client.recv(5, socket.MSG_WAITALL) == b"hello"
    except OSError:
        return False
"""
REACHED = f"""{REACH}
print([name for name in sys.argv[1:] if reached(name)])
"""
TOLD = r"\[Looking up outside\.test was refused (once|\d+ times): `egress` doesn't name it\.\]\n"
OWN = re.compile(rf"\n?{TOLD}")
BOTH = ("outside.test", "other.test")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The outside, whose name server this machine asks."""
    with worlds.world() as built:
        resolver = tmp_path_factory.mktemp("world") / "resolv.conf"
        resolver.write_text(f"nameserver {worlds.OUTSIDE}\n")
        etc = Path("/etc/resolv.conf").resolve()
        namespace.enter_private()
        namespace.bind(resolver, etc)
        yield built
        namespace.unmount(etc)


@pytest.fixture
async def http(world: World, start: Start, http_of: ClientOf) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a runtime that was started in this world."""
    async with http_of(await start()) as made:
        yield made


def staying(**more: Any) -> dict[str, Any]:
    return persistent(image=PYTHON, memoryMb=128, networking=True, **more)


async def reached(http: httpx.AsyncClient, container: str, *names: str) -> str:
    command = ["python3", "-c", REACHED, *names]
    answer = await http.post(f"{CONTAINERS}/{container}/exec", json={"command": command})
    assert answer.status_code == 200, answer.text
    output: str = answer.json()["output"]
    return output.strip()


async def test_a_container_reaches_what_it_is_let(http: httpx.AsyncClient) -> None:
    container = (await create(http, staying(egress=["outside.test:80"])))["id"]
    await running(http, container)
    assert await reached(http, container, *BOTH) == "['outside.test']"
    url = f"{CONTAINERS}/{container}/egress"
    found = (await http.get(url)).json()
    assert found["egress"] == ["outside.test:80"]
    assert ("dns", "other.test") in [
        (each["protocol"], each["target"]) for each in found["refused"]
    ]
    answer = await http.put(url, json={"egress": ["other.test"]})
    assert (answer.status_code, answer.json()["egress"]) == (200, ["other.test"])
    assert await reached(http, container, *BOTH) == "['other.test']"
    await cancel(http, container)
    refusal(await http.get(url), 409, "container_not_running")


async def test_a_list_is_given_to_one_that_had_none(http: httpx.AsyncClient) -> None:
    container = (await create(http, staying()))["id"]
    await running(http, container)
    url = f"{CONTAINERS}/{container}/egress"
    assert (await http.get(url)).json() == {"refused": []}
    assert await reached(http, container, *BOTH) == "['outside.test', 'other.test']"
    await http.put(url, json={"egress": ["other.test"]})
    assert await reached(http, container, *BOTH) == "['other.test']"
    await cancel(http, container)


async def test_a_one_shot_reaches_what_it_is_let(http: httpx.AsyncClient) -> None:
    body = wanted("python3", "-c", REACHED, *BOTH, image=PYTHON, memoryMb=128, networking=True)
    container = (await create(http, {**body, "egress": ["other.test"]}))["id"]
    assert (await ended(http, container))["status"] == "COMPLETED"
    text = await logs(http, container)
    printed_by_it, _, told = text.partition("\n")
    assert printed_by_it == "['other.test']"
    assert re.fullmatch(TOLD, told), text
    url = f"{CONTAINERS}/{container}/executions"
    (own,) = (await http.get(url)).json()["executions"]
    found = (await http.get(f"{CONTAINERS}/executions/{own['id']}")).json()
    assert found["output"] == "['other.test']\n"


async def test_what_a_persistent_one_was_refused_is_in_its_logs(http: httpx.AsyncClient) -> None:
    container = (await create(http, staying(egress=[])))["id"]
    await running(http, container)
    assert await logs(http, container) == ""
    assert await reached(http, container, "outside.test") == "[]"
    first = await logs(http, container)
    assert re.fullmatch(TOLD, first), first
    assert await logs(http, container) == first
    assert await reached(http, container, "outside.test") == "[]"
    await cancel(http, container)
    both = await logs(http, container)
    assert both.startswith(first)
    assert re.fullmatch(TOLD, both.removeprefix(first)), both


async def test_who_follows_the_logs_is_told_after_each_command(http: httpx.AsyncClient) -> None:
    container = (await create(http, staying(egress=[])))["id"]
    await running(http, container)
    headers = {"Authorization": http.headers["authorization"], "Accept": "text/event-stream"}
    async with (
        httpx.AsyncClient(base_url=http.base_url, headers=headers, timeout=60) as live,
        live.stream("GET", f"{CONTAINERS}/{container}/logs") as answer,
    ):
        lines = answer.aiter_lines()
        assert await reached(http, container, "outside.test") == "[]"
        seen = [await anext(lines), await anext(lines)]
    assert seen[0] == "event: log"
    assert re.fullmatch(TOLD, json.loads(seen[1].removeprefix("data: ")))
    await cancel(http, container)


async def test_what_is_refused_takes_nothing_from_what_is_printed(
    world: World, start: Start, http_of: ClientOf, tmp_path: Path
) -> None:
    """Nor does a runtime that takes it up again keep anything twice."""
    data = ("--data-dir", tmp_path / "data")
    first = await start(*data)
    wait = "while not reached('outside.test'): time.sleep(0.1)"
    code = f"{REACH}import time\nprint('begun', end='', flush=True)\n{wait}\nprint(' over')"
    body = wanted("python3", "-c", code, image=PYTHON, memoryMb=128, networking=True)
    async with http_of(first) as http:
        container = (await create(http, {**body, "egress": []}))["id"]
        await printed(http, container, "begun\n[Looking up outside.test was refused")
    await first.stop(signal.SIGKILL)
    async with http_of(await start(*data)) as http:
        await running(http, container)
        url = f"{CONTAINERS}/{container}/egress"
        answer = await http.put(url, json={"egress": ["outside.test:80"]})
        assert answer.status_code == 200, answer.text
        assert (await ended(http, container))["status"] == "COMPLETED"
        text = await logs(http, container)
        assert OWN.sub("", text).rstrip() == "begun over", text


@pytest.mark.parametrize("egress", [None, ["outside.test:80"]])
async def test_a_way_out_is_there_again_after_the_engine_was_lost(
    world: World, start: Start, http_of: ClientOf, engine: EngineUnderTest, egress: list[str] | None
) -> None:
    runtime = await start()
    async with http_of(runtime) as http:
        more = {} if egress is None else {"egress": egress}
        container = (await create(http, staying(**more)))["id"]
        await running(http, container)
        allowed = f"{list(BOTH if egress is None else BOTH[:1])}"
        assert await reached(http, container, *BOTH) == allowed
        await lose_engine(runtime, engine, container)
        url = f"{CONTAINERS}/{container}/egress"
        assert (await http.get(url)).json().get("egress") == egress
        assert await reached(http, container, *BOTH) == allowed
        answer = await http.put(url, json={"egress": ["other.test"]})
        assert answer.status_code == 200, answer.text
        assert await reached(http, container, *BOTH) == "['other.test']"
        await cancel(http, container)


async def test_a_list_outlives_the_runtime(
    world: World, start: Start, http_of: ClientOf, tmp_path: Path
) -> None:
    data = ("--data-dir", tmp_path / "data")
    first = await start(*data)
    async with http_of(first) as http:
        container = (await create(http, staying()))["id"]
        await running(http, container)
        await http.put(f"{CONTAINERS}/{container}/egress", json={"egress": ["other.test"]})
    await first.stop(signal.SIGKILL)
    async with http_of(await start(*data)) as http:
        await running(http, container)
        assert await reached(http, container, *BOTH) == "['other.test']"
        found = (await http.get(f"{CONTAINERS}/{container}/egress")).json()
        assert found["egress"] == ["other.test"]
        await cancel(http, container)

        async def is_forgotten() -> bool:
            return not list((tmp_path / "data" / "engine" / "egress").iterdir())

        await until(is_forgotten)


async def test_what_is_no_list_is_refused(http: httpx.AsyncClient) -> None:
    answer = await http.post(CONTAINERS, json=staying(egress=["pypi.org:0"]))
    assert "`egress[0]`" in refusal(answer, 400, "invalid_request")
    answer = await http.post(CONTAINERS, json={**staying(egress=[]), "networking": False})
    assert "`networking`" in refusal(answer, 400, "invalid_request")
    container = (await create(http, {**staying(), "networking": False}))["id"]
    answer = await http.put(f"{CONTAINERS}/{container}/egress", json={"egress": []})
    refusal(answer, 409, "no_networking")
    await cancel(http, container)
