from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

import aiodocker
import aiohttp
import pytest
import pytest_asyncio

from tests.engine import parts
from tests.engine.parts import RawEngine
from tests.needs import CONTAINERS, need_root

ENGINES = ["podman", pytest.param("docker", marks=pytest.mark.long)]


@pytest.fixture(scope="session", params=ENGINES)
def raw_engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RawEngine]:
    """An engine as it comes, for the tests of what is built on it."""
    need_root(CONTAINERS)
    start = parts.podman if request.param == "podman" else parts.docker
    with start(tmp_path_factory.mktemp(request.param)) as engine:
        parts.import_image(
            engine, "localhost/busybox:1", parts.busybox(), "ENV PATH=/bin", "WORKDIR /work/dir"
        )
        yield engine


@pytest_asyncio.fixture
async def docker(
    raw_engine: RawEngine, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[aiodocker.Docker]:
    """A connection to the engine as it comes."""
    loop = asyncio.get_running_loop()
    connect = loop.create_unix_connection
    made: list[asyncio.Transport] = []

    async def connect_and_note(*args: Any, **more: Any) -> tuple[asyncio.Transport, Any]:
        transport, protocol = await connect(*args, **more)
        made.append(transport)
        return transport, protocol

    monkeypatch.setattr(loop, "create_unix_connection", connect_and_note)
    async with aiohttp.ClientSession(
        connector=aiohttp.UnixConnector(str(raw_engine.socket), limit=0)
    ) as session:
        yield aiodocker.Docker("http://localhost", session=session)
    # An upload that the engine has refused half-way leaves bytes that nobody takes any more. The
    # test's loop ends before their connection would.
    for transport in made:
        with suppress(AttributeError):  # it has closed: Python has taken its loop away
            transport.abort()  # those that are closing too: they wait until their bytes are taken
    await asyncio.sleep(0)  # one round of the loop, in which they end
