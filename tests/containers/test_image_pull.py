"""Images that have to be pulled first."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from cognitora_local.containers.image_pull import PATIENCE_SECONDS
from tests.containers.conftest import (
    CONTAINERS,
    ClientOf,
    Start,
    cancel,
    create,
    ended,
    get,
    logs,
    wanted,
)
from tests.images import Registry
from tests.runtime.conftest import refusal


@asynccontextmanager
async def silent_registry(asked: asyncio.Event | None = None) -> AsyncIterator[str]:
    """The address of a registry that takes every question, sets `asked`, and answers none."""
    writers: list[asyncio.StreamWriter] = []

    async def listen(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        if asked is not None:
            asked.set()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    try:
        yield f"{host}:{port}"
    finally:
        server.close()
        for writer in writers:
            writer.close()
        await server.wait_closed()


@pytest.mark.parametrize("image", ["busybox", "busybox:latest", "docker.io/library/busybox"])
async def test_names_of_one_image(http: httpx.AsyncClient, image: str) -> None:
    created = await create(http, wanted("echo", "hello", image=image))
    assert created["image"] == image  # as it was asked for
    await ended(http, created["id"])
    assert await logs(http, created["id"]) == "hello\n"


async def test_an_image_is_pulled_from_its_registry(
    http: httpx.AsyncClient, registry: Registry
) -> None:
    image = f"{registry.address}/noshell:latest"
    found = await ended(http, (await create(http, wanted("sh", image=image)))["id"])
    assert (found["status"], found["exitCode"]) == ("FAILED", 127)  # it was had, and has no shell


async def test_an_image_that_its_registry_has_not(
    http: httpx.AsyncClient, registry: Registry
) -> None:
    before = (await http.get(CONTAINERS)).json()
    for image in (f"{registry.address}/nothing:latest", f"{registry.address}/busybox:nothing"):
        answer = await http.post(CONTAINERS, json=wanted("true", image=image))
        assert image in refusal(answer, 404, "image_not_found")
    assert (await http.get(CONTAINERS)).json() == before


async def test_a_stopped_runtime_waits_for_no_image(start: Start, http_of: ClientOf) -> None:
    runtime = await start()
    asked = asyncio.Event()
    async with silent_registry(asked) as address, http_of(runtime) as http:
        body = wanted("true", image=f"{address}/slow:latest")
        creating = asyncio.create_task(http.post(CONTAINERS, json=body))
        async with asyncio.timeout(60):
            await asked.wait()
        began = time.monotonic()
        assert await runtime.stop() == 0
        assert time.monotonic() - began < PATIENCE_SECONDS
        refusal(await creating, 503, "unavailable")


@pytest.mark.long
async def test_a_pull_that_takes_long_goes_on_without_the_caller(http: httpx.AsyncClient) -> None:
    async with silent_registry() as address:
        began = time.monotonic()
        created = await create(http, wanted("true", image=f"{address}/slow:latest"))
        assert 19 < time.monotonic() - began < 30
        assert (await get(http, created["id"], wait=1))["status"] == "PENDING"
        assert "is cancelled" in await cancel(http, created["id"])
        found = await get(http, created["id"])
        assert found["status"] == "CANCELLED"
        assert found["actualCostCredits"] == 0
        assert "startedAt" not in found


@pytest.mark.long
async def test_a_pull_that_takes_long_and_fails(http: httpx.AsyncClient) -> None:
    async with silent_registry() as address:
        created = await create(http, wanted("true", image=f"{address}/slow:latest"))
    found = await ended(http, created["id"])
    assert found["status"] == "FAILED"
    assert "slow" in found["reason"]
    assert found["actualCostCredits"] == 0
