"""What the tests of agents start from."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import pytest_asyncio

from cognitora_local.store.containers import ContainerStore
from cognitora_local.store.database import Database
from cognitora_local.store.idempotency import IdempotencyKeys
from cognitora_local.store.sqlite import SqliteConnection
from tests.agent.agents import RunningAgent, running


@pytest_asyncio.fixture
async def agent() -> AsyncIterator[RunningAgent]:
    async with running() as found:
        yield found


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """The records of a runtime that has them alone."""
    with closing(Database(SqliteConnection(tmp_path / "records.db"))) as found:
        yield found


@pytest.fixture
def container_store(database: Database) -> ContainerStore:
    return ContainerStore(database, IdempotencyKeys(database))
