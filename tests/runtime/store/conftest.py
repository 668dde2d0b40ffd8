from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg
import pytest

from cognitora_local.store.connection import Connection
from cognitora_local.store.database import Database
from cognitora_local.store.gateways import Gateways
from cognitora_local.store.idempotency import IdempotencyKeys
from cognitora_local.store.interpreter import InterpreterStore
from cognitora_local.store.postgresql import PostgresqlConnection
from cognitora_local.store.sqlite import SqliteConnection
from tests.postgresql import PostgresqlServer
from tests.postgresql import postgresql_server as postgresql_server
from tests.runtime.conftest import until


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


class Gateway:
    """What a gateway has of the records."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.fenced = 0
        connection = PostgresqlConnection(url, gateway="http://there", on_fenced=self._note)
        self.database = Database(connection)
        self.keys = IdempotencyKeys(self.database)
        self.records = InterpreterStore(self.database, self.keys)
        self.gateways = Gateways(self.database)

    async def expire(self, other: Gateway) -> None:
        """Take another for dead, once it writes nothing."""
        await until(lambda: self.expires(other))

    async def expires(self, other: Gateway) -> bool:
        """Whether another is taken for dead now, as its lease is over."""
        await self.database.do(
            lambda: self.database.execute(
                "UPDATE gateways SET expires_at = 'epoch' WHERE epoch = ?",
                (other.gateways.epoch,),
            )
        )
        return await self.gateways._expire() == [other.gateways.epoch]

    async def alive(self) -> list[object]:
        """Those whose lease isn't over."""
        asked = "SELECT 1 FROM gateways WHERE expires_at > clock_timestamp()"
        return await self.database.do(lambda: list(self.database.execute(asked)))

    async def lease(self) -> object:
        """Until when this one counts as alive."""
        asked = "SELECT expires_at FROM gateways WHERE epoch = ?"
        (found,) = await self.database.do(
            lambda: list(self.database.execute(asked, (self.gateways.epoch,)))
        )
        return found

    async def break_off(self) -> None:
        """Break its connection to the database: its next statement fails, and nobody else's."""
        asked = "SELECT pg_backend_pid()"
        ((pid,),) = await self.database.do(lambda: list(self.database.execute(asked)))
        with psycopg.connect(self.url) as other:
            other.execute("SELECT pg_terminate_backend(%s, 60000)", (pid,))

    def _note(self) -> None:
        self.fenced += 1


@pytest.fixture
def join(database_url: str) -> Iterator[Callable[[], Gateway]]:
    with ExitStack() as stack:

        def make() -> Gateway:
            gateway = Gateway(database_url)
            stack.enter_context(closing(gateway.database))
            return gateway

        yield make
