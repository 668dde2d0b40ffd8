"""What is taken over of a gateway that was lost, and what has ended with it, whenever that is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from itertools import count
from typing import Any

import psycopg
import pytest

from cognitora_local.store import gateways, postgresql
from cognitora_local.store.connection import Unusable, Values
from cognitora_local.store.containers import ContainerStore
from cognitora_local.store.database import Database
from cognitora_local.store.idempotency import Claim, IdempotencyKeys
from cognitora_local.store.interpreter import InterpreterStore
from cognitora_local.store.models import (
    NOT_RUN,
    ContainerRecord,
    ExecutionRecord,
    ProcessRecord,
    SessionRecord,
)
from cognitora_local.store.postgresql import PostgresqlConnection
from cognitora_local.store.processes import ProcessStore
from tests.runtime.store.conftest import Gateway

NOW = datetime.now(UTC)


def execution(id: str) -> ExecutionRecord:
    return ExecutionRecord(id, "ses_1", "python", "1", False, 1, NOW)


async def test_sessions_of_the_dead_are_taken_over_once_and_told_until_they_are_looked_after(
    join: Callable[[], Gateway],
) -> None:
    one, *others = [join() for _ in range(3)]
    for number in range(10):
        await one.records.add_session(
            SessionRecord(f"ses_{number}", "python", NOW, address=f"at {number}")
        )
    await one.records.add_session(SessionRecord("ses_10", "python", NOW))  # its pod isn't known
    await others[0].records.add_session(SessionRecord("ses_11", "python", NOW, address="at 11"))
    assert await others[0].records.take_over() == []
    await others[0].expire(one)
    taken = await asyncio.gather(*(each.records.take_over() for each in others))
    found = sorted((each for some in taken for each in some), key=lambda each: each.id)
    assert [each.id for each in found] == [f"ses_{number}" for number in range(10)]
    assert {each.term for each in found} == {1}
    for each, some in zip(others, taken, strict=True):
        assert {record.gateway for record in some} <= {each.gateways.epoch}
        again = await each.records.take_over()  # who isn't answered asks again
        assert {(record.id, record.term) for record in again} == {(record.id, 1) for record in some}
        for record in some:
            await each.records.end_session(record, "deleted", "it was deleted")
        assert await each.records.take_over() == []


async def test_what_goes_on_is_not_settled_where_its_gateway_is_lost_before_the_rest_is(
    join: Callable[[], Gateway],
) -> None:
    one, dead, remover = join(), join(), join()
    processes = ProcessStore(dead.database, dead.keys)
    await dead.records.add_session(SessionRecord("ses_1", "python", NOW, address="at 1"))
    await dead.records.add_execution(execution("exec_1"))
    await processes.add(ProcessRecord("proc_1", ["true"], NOW, False, 1, session_id="ses_1"))
    assert await one.records.take_over() == []
    await remover.expire(dead)
    await one.records.recover()
    ours = ProcessStore(one.database, one.keys)
    await ours.recover()
    assert [each.id for each in await one.records.active_sessions()] == ["ses_1"]
    assert [each.id for each in await one.records.running("ses_1")] == ["exec_1"]
    assert [each.id for each in await ours.unfinished("ses_1")] == ["proc_1"]
    assert [each.id for each in await remover.records.take_over()] == ["ses_1"]


async def test_what_is_left_of_a_session_that_goes_on_ends_where_one_has_the_records_alone(
    join: Callable[[], Gateway], database_url: str
) -> None:
    shared = join()
    await shared.records.add_session(SessionRecord("ses_1", "python", NOW, address="at 1"))
    await shared.records.add_execution(execution("exec_1"))
    shared.database.close()
    with closing(Database(PostgresqlConnection(database_url))) as database:
        alone = InterpreterStore(database, IdempotencyKeys(database))
        await alone.recover()
        assert not await alone.active_sessions()
        assert not await alone.running("ses_1")


async def test_processes_in_containers_end_with_their_gateway_whenever_that_is_lost(
    join: Callable[[], Gateway],
) -> None:
    one, dead = join(), join()
    theirs, ours = (ContainerStore(each.database, each.keys) for each in (dead, one))
    processes = ProcessStore(dead.database, dead.keys)
    made = ContainerRecord("ctr_1", "image", None, True, 0.5, 64, 2.5, 0, False, 5, NOW)
    await theirs.add_container(made, None)
    await processes.add(ProcessRecord("proc_1", ["true"], NOW, False, 1, container_id="ctr_1"))
    recovering = ProcessStore(one.database, one.keys)
    await recovering.recover()
    await one.expire(dead)
    await ours.take_over()
    await recovering.recover()
    found = await recovering.get("proc_1")
    assert found is not None
    assert found.status == "FAILED"


async def test_the_dead_are_taken_over_from_where_nobody_heard_that_they_were_removed(
    join: Callable[[], Gateway], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (gateways, postgresql):
        monkeypatch.setattr(module, "LEASE_SECONDS", 2.0)
    monkeypatch.setattr(gateways, "RENEW_SECONDS", 0.2)
    one, dead = join(), join()
    await dead.records.add_session(SessionRecord("ses_1", "python", NOW, address="at 1"))
    taken = asyncio.Event()
    execute = one.database.execute

    def lose(statement: str, values: Values = ()) -> Iterator[Any]:
        found = execute(statement, values)
        if statement.startswith("DELETE FROM gateways") and (gone := list(found)):
            with suppress(Unusable):
                execute("SELECT pg_terminate_backend(pg_backend_pid())")
            raise Unusable(f"the answer was lost: {gone}")
        return found

    async def take_over() -> bool:
        if await one.records.take_over():
            taken.set()
        return True

    monkeypatch.setattr(one.database, "execute", lose)
    one.gateways.take_over = take_over
    keeping = asyncio.create_task(one.gateways.keep())
    async with asyncio.timeout(60):
        await taken.wait()
    assert await one.gateways.url(dead.gateways.epoch) is None
    keeping.cancel()


async def test_only_the_containers_of_the_dead_are_taken_over(join: Callable[[], Gateway]) -> None:
    one, other = join(), join()
    ours, theirs = (ContainerStore(each.database, each.keys) for each in (one, other))
    processes = ProcessStore(other.database, other.keys)
    resources = (True, 0.5, 64, 2.5, 0, False, 5, NOW)
    for store, id in ((ours, "ctr_1"), (theirs, "ctr_2")):
        await store.add_container(ContainerRecord(id, "image", None, *resources), None)
        started = ProcessRecord(f"proc_of_{id}", ["true"], NOW, False, 1, container_id=id)
        await processes.add(started)
    await theirs.take_over()
    assert [each.id for each in await theirs.unsettled_containers()] == ["ctr_2"]
    await processes.recover()
    await other.expire(one)
    await processes.recover()
    for _ in range(2):  # who isn't answered asks again
        await theirs.take_over()
        taken = await theirs.unsettled_containers()
        assert {each.id for each in taken} == {"ctr_1", "ctr_2"}
    statuses = [await processes.get(f"proc_of_ctr_{number}") for number in (1, 2)]
    assert [each and each.status for each in statuses] == ["FAILED", "PENDING"]


@pytest.mark.parametrize("statements", range(6))
async def test_what_waited_for_a_gateway_that_is_lost_meanwhile_is_settled_as_one(
    statements: int,
    join: Callable[[], Gateway],
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, dead = join(), join()
    await dead.records.add_session(SessionRecord("ses_1", "python", NOW, one_shot=True))
    await dead.records.add_execution(execution("exec_1"), Claim("key", b"call", 0))
    done, execute = count(), one.database.execute

    def lose(statement: str, values: Values = ()) -> Iterator[Any]:
        if next(done) == statements:
            with psycopg.connect(database_url, options="-c search_path=cognitora") as removing:
                removing.execute("DELETE FROM gateways WHERE epoch = %s", (dead.gateways.epoch,))
        return execute(statement, values)

    monkeypatch.setattr(one.database, "execute", lose)
    await one.records.recover()
    assert next(done) > statements  # it was lost meanwhile
    await one.records.recover()
    found = await one.records.execution("exec_1")
    assert found is not None
    assert found.errors == [NOT_RUN]
    assert await one.keys.claim(Claim("key", b"call", seen=0), recorded=True) is None  # it is free
    assert not await one.records.active_sessions()
    assert [each.type for each in (await one.records.logs("ses_1", limit=5)).rows] == ["ended"]
