from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest

from cognitora_local.store.connection import Connection
from cognitora_local.store.database import Database
from cognitora_local.store.postgresql import PostgresqlConnection
from cognitora_local.store.sqlite import SqliteConnection
from tests.postgresql import PostgresqlServer
from tests.postgresql import postgresql_server as postgresql_server


@pytest.fixture
def database_url(postgresql_server: PostgresqlServer) -> str:
    """Of an empty database."""
    return postgresql_server.made(f"records_{secrets.token_hex(4)}")


@pytest.fixture(params=["sqlite", "postgresql"])
def connect(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Connection]:
    """Opens the same records, of each kind of database."""
    if request.param == "sqlite":
        return lambda: SqliteConnection(tmp_path / "records.db")
    url: str = request.getfixturevalue("database_url")
    return lambda: PostgresqlConnection(url)


@pytest.fixture
async def database(connect: Callable[[], Connection]) -> AsyncIterator[Database]:
    with closing(Database(connect())) as database:
        yield database
