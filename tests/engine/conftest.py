from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator

import aiodocker
import aiohttp
import pytest
import pytest_asyncio

from tests.engine import parts
from tests.engine.parts import RawEngine

ENGINES = ["podman", pytest.param("docker", marks=pytest.mark.long)]


@pytest.fixture(scope="session", params=ENGINES)
def raw_engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RawEngine]:
    """An engine as it comes, for the tests of what is built on it."""
    if os.geteuid() != 0:
        pytest.skip("containers need root here")
    start = parts.podman if request.param == "podman" else parts.docker
    with start(tmp_path_factory.mktemp(request.param)) as engine:
        parts.import_image(
            engine, "localhost/busybox:1", parts.busybox(), "ENV PATH=/bin", "WORKDIR /work/dir"
        )
        yield engine


@pytest_asyncio.fixture
async def docker(raw_engine: RawEngine) -> AsyncIterator[aiodocker.Docker]:
    """A connection to the engine as it comes."""
    async with aiohttp.ClientSession(
        connector=aiohttp.UnixConnector(str(raw_engine.socket), limit=0)
    ) as session:
        yield aiodocker.Docker("http://localhost", session=session)
