"""Containers on real engines, through the HTTP API."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import contract as contracts
from tests.conftest import Runtime
from tests.engines import EngineUnderTest
from tests.processes import children, with_arguments
from tests.runtime.conftest import Process, client, process, until

CONTAINERS = "/api/v1/compute/containers"
EXECUTIONS = f"{CONTAINERS}/executions"
GARBAGE = "/api/v1/compute/gc"

FINAL = {"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT"}

Start = Callable[..., Awaitable[Process]]
ClientOf = Callable[[Process], httpx.AsyncClient]


@pytest.fixture
async def http(
    contract: contracts.Contract, engine_runtime: Runtime
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the engine's shared runtime, whose requests are all as the contract says."""
    async with client(contract, engine_runtime.base_url, engine_runtime.api_key) as made:
        yield made


@pytest.fixture
async def wrong(
    contract: contracts.Contract, engine_runtime: Runtime
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the engine's shared runtime, whose requests may be wrong if they are refused."""
    async with client(
        contract, engine_runtime.base_url, engine_runtime.api_key, lenient=True
    ) as made:
        yield made


@pytest.fixture
async def start(engine: EngineUnderTest, tmp_path: Path) -> AsyncIterator[Start]:
    """Starts a runtime of the test's own on the engine. Ended with the test."""
    async with AsyncExitStack() as stack:

        async def start_one(*arguments: str | Path) -> Process:
            log = tmp_path / f"stderr-{os.urandom(4).hex()}"
            runtime = await stack.enter_async_context(process(log, *engine.arguments, *arguments))
            await runtime.wait_ready()
            return runtime

        yield start_one


@pytest.fixture
def http_of(contract: contracts.Contract) -> ClientOf:
    """Makes a client of a runtime of the test's own."""

    def make(runtime: Process) -> httpx.AsyncClient:
        return client(contract, runtime.ready["base_url"], runtime.ready["api_key"])

    return make


def wanted(*command: str, **more: Any) -> dict[str, Any]:
    """A small one-shot that runs this command; None in `more` takes a field away."""
    body: dict[str, Any] = {
        "image": "busybox",
        "command": list(command),
        "cpuCores": 1,
        "memoryMb": 64,
        "maxCostCredits": 5,
        **more,
    }
    return {name: value for name, value in body.items() if value is not None}


def persistent(*command: str, **more: Any) -> dict[str, Any]:
    """A small container that stays up."""
    return wanted(persistent=True, **({"command": list(command) or None} | more))


async def create(http: httpx.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    """A new container, as the answer has it."""
    answer = await http.post(CONTAINERS, json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def get(http: httpx.AsyncClient, container_id: str, *, wait: int = 0) -> dict[str, Any]:
    query = {"wait_seconds": wait} if wait else {}
    answer = await http.get(f"{CONTAINERS}/{container_id}", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def ended(http: httpx.AsyncClient, container_id: str) -> dict[str, Any]:
    """A container, once it has ended."""
    found = await get(http, container_id, wait=60)
    assert found["status"] in FINAL, found
    return found


async def running(http: httpx.AsyncClient, container_id: str) -> dict[str, Any]:
    """A container, once it runs."""
    found: dict[str, Any] = {}

    async def has_begun() -> bool:
        found.clear()
        found.update(await get(http, container_id))
        return bool(found["status"] != "PENDING")

    await until(has_begun)
    assert found["status"] == "RUNNING", found
    return found


async def run(http: httpx.AsyncClient, *command: str, **more: Any) -> dict[str, Any]:
    """A one-shot from its start to its end."""
    return await ended(http, (await create(http, wanted(*command, **more)))["id"])


async def logs(http: httpx.AsyncClient, container_id: str) -> str:
    answer = await http.get(f"{CONTAINERS}/{container_id}/logs")
    assert answer.status_code == 200, answer.text
    text: str = answer.json()["logs"]
    return text


async def printed(http: httpx.AsyncClient, container_id: str, text: str) -> None:
    """Wait until its logs have this text."""

    async def is_there() -> bool:
        return text in await logs(http, container_id)

    await until(is_there)


async def cancel(http: httpx.AsyncClient, container_id: str) -> str:
    """The sentence of the answer."""
    answer = await http.delete(f"{CONTAINERS}/{container_id}")
    assert answer.status_code == 200, answer.text
    assert answer.json()["success"] is True
    message: str = answer.json()["message"]
    return message


async def executions(http: httpx.AsyncClient, container_id: str) -> list[dict[str, Any]]:
    answer = await http.get(f"{CONTAINERS}/{container_id}/executions")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["executions"]
    return found


def kill_engine(runtime: Process, engine: EngineUnderTest) -> None:
    """Kill the runtime's own engine, as the kernel does when memory is short."""
    if engine.name != "podman":
        pytest.skip("the engine isn't the runtime's own")
    started = children(runtime.process.pid)
    (service,) = set(with_arguments("system", "service")).intersection(started)
    service.kill()


async def lose_engine(runtime: Process, engine: EngineUnderTest, container: str) -> None:
    """Kill it, and wait until the runtime has noticed that of this container."""
    kill_engine(runtime, engine)

    async def is_noticed() -> bool:
        return f"Container {container} is out of sight." in runtime.log

    await until(is_noticed)
