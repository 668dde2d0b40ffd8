"""The accounts of a gateway, while the database of their records fails."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import psycopg
import pytest

from cognitora_local import tenants as tenants_module
from cognitora_local.accounts import Account
from cognitora_local.engine import EngineOptions, start_engine
from cognitora_local.interpreter.pool import KernelPool
from cognitora_local.kernel import TakenOverKernel
from cognitora_local.sandbox import Host, SandboxError
from cognitora_local.service import Service
from cognitora_local.settings import Settings
from cognitora_local.store import gateways, postgresql
from cognitora_local.store.accounts import AccountRecord
from cognitora_local.store.connection import Connection, RecordsError
from cognitora_local.store.database import Database
from cognitora_local.store.idempotency import IdempotencyKeys
from cognitora_local.store.interpreter import InterpreterStore
from cognitora_local.store.models import SessionRecord
from cognitora_local.store.postgresql import PostgresqlConnection
from cognitora_local.tenants import Sources, Tenants
from tests.postgresql import PostgresqlServer
from tests.postgresql import postgresql_server as postgresql_server

Join = Callable[..., Awaitable[Tenants]]


@pytest.fixture
def database_url(postgresql_server: PostgresqlServer) -> str:
    return postgresql_server.made(f"records_{secrets.token_hex(4)}")


@pytest.fixture
async def join(database_url: str, tmp_path: Path) -> AsyncIterator[Join]:
    """Makes what a gateway has of its accounts; `shared=False`: of a runtime that has its records alone."""
    async with AsyncExitStack() as stack:

        async def make(*, shared: bool = True) -> Tenants:
            folder = tmp_path / secrets.token_hex(4)

            def records(account: Account) -> Connection:
                gateway = "http://there" if shared else None
                return PostgresqlConnection(database_url, schema_of(account.name), gateway=gateway)

            sources = Sources(
                records=records,
                backend=lambda namespace: Host.probe(folder),
                engine=lambda account: partial(start_engine, EngineOptions(store=folder / "store")),
                folder=lambda name: folder / name,
                work=folder,
                warm=0,
                accounts=None,
            )
            tenants = Tenants(sources, Settings(), None, stack)
            await tenants.prepare([Account("", (), Settings())])
            return tenants

        yield make


def schema_of(name: str) -> str:
    return f"cognitora-{name}"


@pytest.fixture
def long_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leases that nobody has to renew while a test lasts."""
    for module in (gateways, postgresql):
        monkeypatch.setattr(module, "LEASE_SECONDS", 600.0)
    monkeypatch.setattr(gateways, "RENEW_SECONDS", 600.0)


@pytest.mark.usefixtures("long_leases")
async def test_others_go_on_with_what_a_gateway_has_that_ends_when_the_database_is_just_back(
    join: Join, postgresql_server: PostgresqlServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tenants_module, "ASKED_SECONDS", 60.0)
    one, other = await join(), await join()
    postgresql_server.kill()
    postgresql_server.start()  # whose first answer is that the connection is broken
    assert await one.announce_leaving() == {""}
    assert await other.announce_leaving() == set()  # of those that end, none counts on another


@pytest.mark.parametrize(("shared", "left"), [(True, {""}), (False, set[str]())])
@pytest.mark.usefixtures("long_leases")
async def test_what_others_may_go_on_with_is_left_where_the_database_does_not_tell(
    shared: bool,
    left: set[str],
    join: Join,
    postgresql_server: PostgresqlServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tenants_module, "ASKED_SECONDS", 0.5)
    tenants = await join(shared=shared)
    postgresql_server.kill()
    try:
        assert await tenants.announce_leaving() == left
    finally:
        postgresql_server.start()


async def test_an_account_whose_start_failed_half_way_takes_its_sessions_over_once(
    join: Join, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tenants_module, "AGAIN_SECONDS", 0.1)
    schema = schema_of("alice")
    lost = Database(PostgresqlConnection(database_url, schema, gateway="http://lost"))
    sessions = InterpreterStore(lost, IdempotencyKeys(lost))
    now = datetime.now(UTC)
    await sessions.add_session(SessionRecord("ses_1", "python", now, address="somewhere"))
    lost.close()
    attached, failed, served = list[str](), asyncio.Event(), asyncio.Event()

    async def attach(pool: KernelPool, session: SessionRecord) -> TakenOverKernel:
        attached.append(session.id)
        await served.wait()  # as where what is taken over is slow to answer
        raise SandboxError("It is gone.")

    monkeypatch.setattr(KernelPool, "attach", attach)
    recover = Service.recover

    async def note_failure(service: Service) -> None:
        try:
            await recover(service)
        except RecordsError:
            failed.set()
            raise

    monkeypatch.setattr(Service, "recover", note_failure)
    tenants = await join()
    await tenants.open()
    with psycopg.connect(database_url, autocommit=True) as server:
        server.execute(f'DELETE FROM "{schema}".gateways'.encode())
        server.execute(f'ALTER TABLE "{schema}".processes RENAME TO hidden'.encode())
        opening = asyncio.create_task(tenants._open(AccountRecord("alice", None, {}, now)))

        await failed.wait()
        server.execute(f'ALTER TABLE "{schema}".hidden RENAME TO processes'.encode())
    await opening
    assert attached == ["ses_1"]
    served.set()
    await tenants.stop()
    await tenants.close_services()
