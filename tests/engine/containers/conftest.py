from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from cognitora_local.engine import Engine, EngineOptions
from tests.engine import parts
from tests.engine.containers.world import World, add_images
from tests.needs import CONTAINERS, need_root


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the engines of our own, that the tests start, keep images and containers."""
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="session", params=["own", pytest.param("docker", marks=pytest.mark.long)])
def options(
    request: pytest.FixtureRequest, store: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EngineOptions]:
    need_root(CONTAINERS)
    with contextlib.ExitStack() as stack:
        if request.param == "own":
            yield EngineOptions(store=store)
        else:
            docker = stack.enter_context(parts.docker(tmp_path_factory.mktemp("docker")))
            yield EngineOptions(host=f"unix://{docker.socket}")


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def engine(
    options: EngineOptions, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Engine]:
    """One engine for the tests that change nothing about it."""
    engine = await Engine.start(options, tmp_path_factory.mktemp("data"))
    await add_images(engine)
    yield engine
    await engine.close()


@pytest_asyncio.fixture(loop_scope="session")
async def world(engine: Engine) -> AsyncIterator[World]:
    """Makes containers, which end with the test."""
    world = World(engine, secrets.token_hex(4))
    yield world
    await world.close()
