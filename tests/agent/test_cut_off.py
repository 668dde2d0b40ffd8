"""A gateway that reaches the cluster, and the records no more: what it has others may have taken over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
import pytest_asyncio

from cognitora_local.engine import EngineError
from cognitora_local.store.containers import ContainerStore
from tests.agent.agents import RunningAgent
from tests.agent.clusters import ToldCluster
from tests.agent.containers import asked, containers
from tests.postgresql import PostgresqlServer
from tests.postgresql import postgresql_server as postgresql_server
from tests.runtime.conftest import until
from tests.runtime.store.conftest import Gateway
from tests.runtime.store.conftest import database_url as database_url
from tests.runtime.store.conftest import join as join


@pytest_asyncio.fixture
async def stack(agent: RunningAgent, join: Callable[[], Gateway]) -> AsyncIterator[AsyncExitStack]:
    """What is left before the agent ends, and the records are closed."""
    async with AsyncExitStack() as stack:
        yield stack


class Cut:
    """Between a gateway and the records: it is let in no more, and others are still there."""

    def __init__(self, server: PostgresqlServer, gateway: Gateway) -> None:
        self._server = server
        self._database = gateway.database
        self._name = ""

    async def begin(self) -> None:
        asked = "SELECT current_database(), pg_backend_pid()"
        ((self._name, process),) = await self._database.do(
            lambda: list(self._database.execute(asked))
        )
        self._let("false")
        self._ask("SELECT pg_terminate_backend(%s)", process)

    def end(self) -> None:
        self._let("true")

    def _let(self, whether: str) -> None:
        self._ask(f'ALTER DATABASE "{self._name}" ALLOW_CONNECTIONS {whether}')

    def _ask(self, statement: str, *values: Any) -> None:
        with psycopg.connect(self._server.url(), autocommit=True) as server:
            server.execute(statement.encode(), values or None)


def store_of(gateway: Gateway) -> ContainerStore:
    return ContainerStore(gateway.database, gateway.keys)


class SeenCluster(ToldCluster):
    """How containers are in the records of another gateway as their pods are deleted."""

    def __init__(self, agent: RunningAgent, other: Gateway) -> None:
        super().__init__(agent.dial)
        self._records = store_of(other)
        self.seen: list[str] = []

    async def delete_pod(self, name: str, version: str | None = None) -> None:
        self.seen += [each.status for each in (await self._records.containers(limit=9)).rows]
        await super().delete_pod(name, version)


async def test_a_pod_is_not_deleted_before_its_end_is_in_the_records(
    stack: AsyncExitStack,
    agent: RunningAgent,
    join: Callable[[], Gateway],
    postgresql_server: PostgresqlServer,
) -> None:
    one, other = join(), join()
    cluster = SeenCluster(agent, other)
    registry = await stack.enter_async_context(containers(cluster, store_of(one)))
    record = await registry.create(asked(600), {}, None)
    found = await registry.find_running(record.id)
    cut = Cut(postgresql_server, one)
    await cut.begin()
    cluster.tell_ended(*cluster.made)
    assert await found.ended(60)

    async def waits() -> bool:
        return one.database.behind > 0

    await until(waits)
    cut.end()

    async def is_removed() -> bool:
        return bool(cluster.deleted)

    await until(is_removed)
    assert cluster.seen == ["COMPLETED"]


async def test_one_that_was_taken_over_is_not_ended_when_it_was_to_expire_before(
    stack: AsyncExitStack, agent: RunningAgent, join: Callable[[], Gateway]
) -> None:
    one, other = join(), join()
    cluster, seen_by_other = ToldCluster(agent.dial), ToldCluster(agent.dial)
    registry = await stack.enter_async_context(containers(cluster, store_of(one)))
    taking_over = await stack.enter_async_context(containers(seen_by_other, store_of(other)))
    record = await registry.create(asked(600), {}, None)
    before = await registry.find_running(record.id)
    seen_by_other.there = [*cluster.made.values()]
    await one.database.do(lambda: None)  # it writes nothing any more
    await other.expire(one)
    await taking_over.take_over()
    after = await taking_over.find_running(record.id)
    await after.extend(record.created_at + timedelta(seconds=900), None, life_seconds=None)
    before.record.expires_at = datetime.now(UTC)
    before._set_alarm()
    assert before._alarm is not None
    await asyncio.wait([before._alarm])
    assert (before.asked, after.asked, cluster.deleted) == (None, None, [])


async def test_one_whose_container_was_taken_over_is_told_so(
    stack: AsyncExitStack, agent: RunningAgent, join: Callable[[], Gateway]
) -> None:
    one, other = join(), join()
    cluster, seen_by_other = ToldCluster(agent.dial), ToldCluster(agent.dial)
    told, nothing = asyncio.Event(), asyncio.Event()
    registry = await stack.enter_async_context(containers(cluster, store_of(one), told.set))
    taking_over = await stack.enter_async_context(
        containers(seen_by_other, store_of(other), nothing.set)
    )
    record = await registry.create(asked(600, command=["sleep", "600"]), {}, None)
    inner = (await registry.find_running(record.id)).inner
    assert inner is not None
    seen_by_other.there = [*cluster.made.values()]
    await one.database.do(lambda: None)  # it writes nothing any more
    await other.expire(one)
    await taking_over.take_over()
    after = (await taking_over.find_running(record.id)).inner
    assert after is not None
    listed = await after.execute(["true"], folder=None, environment={})
    assert await listed.wait() == 0
    async with asyncio.timeout(60):
        await told.wait()  # by what it lets the agent know from time to time
    with pytest.raises(EngineError, match="Another gateway has taken over its pod"):
        await inner.execute(["true"], folder=None, environment={})
    await inner.remove()
    assert cluster.deleted == []
    again = await after.execute(["true"], folder=None, environment={})
    assert await again.wait() == 0
    assert not nothing.is_set()
