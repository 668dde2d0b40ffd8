"""What containers may reach: said at the start, changed meanwhile, kept for the next runtime."""

from __future__ import annotations

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
    persistent,
    running,
    wanted,
)
from tests.runtime.conftest import refusal, until
from tests.sandbox import world as worlds
from tests.sandbox.world import World

PYTHON = "docker.io/library/python:3.11"
REACHED = """
import socket, sys
def reached(host, port=80):
    try:
        with socket.create_connection((host, port), timeout=10) as client:
            return client.recv(5, socket.MSG_WAITALL) == b"hello"
    except OSError:
        return False
print([name for name in sys.argv[1:] if reached(name)])
"""
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
    assert await logs(http, container) == "['other.test']\n"


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
