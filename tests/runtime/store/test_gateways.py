"""Gateways that share their records: who is alive, whose a key is, and who may write."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime

import psycopg
import pytest

from cognitora_local.store import gateways, postgresql
from cognitora_local.store.connection import DatabaseError, Fenced, Unusable
from cognitora_local.store.containers import ContainerStore
from cognitora_local.store.idempotency import Claim
from cognitora_local.store.models import ContainerRecord, ExecutionRecord, SessionRecord
from cognitora_local.store.postgresql import PostgresqlConnection
from cognitora_local.store.quotas import Spent, TooMany, take_turns
from tests.postgresql import PostgresqlServer
from tests.runtime.conftest import until
from tests.runtime.store.conftest import Gateway

NOW = datetime.now(UTC)


def session() -> SessionRecord:
    return SessionRecord("ses_1", "python", NOW)


def execution(id: str) -> ExecutionRecord:
    return ExecutionRecord(id, "ses_1", "python", "1", False, 1, NOW)


async def test_one_that_was_taken_for_dead_writes_nothing(join: Callable[[], Gateway]) -> None:
    one, other = join(), join()
    assert 0 < one.gateways.epoch < other.gateways.epoch
    await one.records.add_session(session())
    await one.records.add_execution(execution("exec_1"))
    await other.expire(one)
    attempts = (
        lambda: one.records.add_execution(execution("exec_2")),
        lambda: one.records.update_session(session()),
        lambda: one.records.end_session(session(), "deleted", "it was deleted"),
        lambda: one.records.finish_execution(execution("exec_1")),
        lambda: one.records.add_event("ses_1", "told", "something"),
        lambda: one.keys.claim(Claim("key", b"call", seen=0), recorded=True),
        lambda: one.keys.keep_response("key", b"call", 200, b"done"),
        one.gateways._renew,
    )
    for number, attempt in enumerate(attempts, start=1):
        with pytest.raises(Fenced):
            await attempt()
        assert one.fenced == number
    assert await other.records.execution("exec_2") is None
    assert [each.id for each in await other.records.active_sessions()] == ["ses_1"]


async def test_one_that_writes_does_not_expire_until_it_has(
    join: Callable[[], Gateway], database_url: str
) -> None:
    one, other = join(), join()
    with psycopg.connect(database_url, options="-c search_path=cognitora") as writing:
        writing.execute(
            "SELECT set_config('cognitora.epoch', %s, false)", (str(one.gateways.epoch),)
        )
        writing.execute("SELECT check_epoch()")
        assert not await other.expires(one)
    assert await other.expires(one)


async def test_one_that_stops_in_the_middle_of_a_transaction_keeps_nobody_waiting(
    join: Callable[[], Gateway], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "IDLE_SECONDS", 0.5)
    one, other = join(), join()
    begun, stopped = threading.Event(), threading.Event()

    def stop() -> None:
        with one.database.transaction():
            one.database.execute("UPDATE sessions SET status = 'ended'")
            begun.set()
            stopped.wait()

    stopping = one.database.do(stop)
    await asyncio.to_thread(begun.wait, 60)
    try:
        await other.expire(one)
    finally:
        stopped.set()
    with pytest.raises(Unusable):
        await stopping


async def test_one_that_stops_while_it_is_its_turn_costs_no_other_its_lease(
    join: Callable[[], Gateway],
) -> None:
    one, other, third = (join() for _ in range(3))
    begun, stopped = threading.Event(), threading.Event()

    def stop() -> None:
        with one.database.transaction():
            take_turns(one.database)
            begun.set()
            stopped.wait()

    def left() -> float:
        asked = "SELECT extract(epoch FROM expires_at - clock_timestamp()) FROM gateways WHERE epoch = ?"
        return next(
            float(left) for (left,) in third.database.execute(asked, (other.database.epoch,))
        )

    stopping = one.database.do(stop)
    await asyncio.to_thread(begun.wait)
    try:
        await other.gateways._renew()
        await other.records.add_session(session(), most=5)
        assert await third.database.do(left) > gateways.RENEW_SECONDS
    finally:
        stopped.set()
    with pytest.raises(Unusable):
        await stopping


async def test_what_the_dead_had_begun_is_settled_and_what_they_had_not_is_free(
    join: Callable[[], Gateway],
) -> None:
    one, other = join(), join()
    await one.records.add_session(session())
    assert await one.keys.claim(Claim("begun", b"call", seen=0), recorded=True) is None
    await one.records.add_execution(execution("exec_1"), Claim("begun", b"call", 0))
    assert await one.keys.claim(Claim("claimed", b"call", seen=0), recorded=True) is None
    assert await one.keys.claim(Claim("at work", b"call", seen=0), recorded=False) is None
    await other.records.recover()  # of the living nothing is touched
    assert [each.id for each in await other.records.active_sessions()] == ["ses_1"]
    await other.expire(one)
    await other.records.recover()
    found = await other.records.execution("exec_1")
    assert found is not None
    assert found.status == "failed"
    assert not await other.records.active_sessions()
    begun = await other.keys.claim(Claim("begun", b"call", seen=0), recorded=True)
    assert begun is not None
    assert begun.execution_id == "exec_1"
    assert await other.keys.claim(Claim("claimed", b"call", seen=0), recorded=True) is None
    lost = await other.keys.claim(Claim("at work", b"call", seen=0), recorded=False)
    assert lost is not None
    assert (lost.answered, lost.lost) == (False, True)


async def test_leases_are_renewed_and_the_dead_expire_by_themselves(
    join: Callable[[], Gateway], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateways, "LEASE_SECONDS", 2.0)
    monkeypatch.setattr(gateways, "RENEW_SECONDS", 0.5)
    one, other, dead = join(), join(), join()
    expired = asyncio.Event()

    async def take_over() -> bool:
        expired.set()
        return True

    one.gateways.take_over = take_over
    keeping = [asyncio.create_task(each.gateways.keep()) for each in (one, other)]
    await other.database.do(
        lambda: other.database.execute(
            "UPDATE gateways SET expires_at = clock_timestamp() WHERE epoch = ?",
            (dead.gateways.epoch,),
        )
    )
    await expired.wait()
    assert await one.gateways.url(dead.gateways.epoch) is None
    assert await one.gateways.url(other.gateways.epoch) == "http://there"
    with pytest.raises(Fenced):
        await dead.gateways._renew()
    for each in keeping:
        each.cancel()


async def test_a_lease_is_renewed_while_what_the_dead_had_is_taken_over_until_it_is(
    join: Callable[[], Gateway], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateways, "LEASE_SECONDS", 2.0)
    monkeypatch.setattr(gateways, "RENEW_SECONDS", 0.5)
    one, dead = join(), join()
    fails = [OSError("no answer"), ValueError("nonsense"), Unusable("gone")]
    asked: list[int] = []
    done = asyncio.Event()

    async def take_over() -> bool:
        if fails:
            raise fails.pop()
        if not asked:
            asked.append(1)
            return False
        seen = {await one.lease()}

        async def is_renewed() -> bool:
            seen.add(await one.lease())
            return len(seen) > 5  # which takes longer than it lasts

        await until(is_renewed)
        done.set()
        return True

    one.gateways.take_over = take_over
    keeping = asyncio.create_task(one.gateways.keep())
    await one.expire(dead)
    async with asyncio.timeout(60):
        await done.wait()
    assert not keeping.done()
    await one.gateways.take_over_at_once()
    keeping.cancel()


async def test_of_those_that_end_at_once_none_counts_on_another(
    join: Callable[[], Gateway],
) -> None:
    one, other, third = join(), join(), join()
    assert await one.gateways.announce_leaving()
    assert await other.gateways.announce_leaving()
    assert not await third.gateways.announce_leaving()


def test_records_are_shared_or_not(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "START_SECONDS", 0.1)
    with closing(PostgresqlConnection(database_url, gateway="http://one")):
        with pytest.raises(DatabaseError, match="used by another runtime"):
            PostgresqlConnection(database_url)
        PostgresqlConnection(database_url, gateway="http://other").close()
    with closing(PostgresqlConnection(database_url)) as alone:
        assert not list(alone.execute("SELECT * FROM gateways"))
        with pytest.raises(DatabaseError, match="Only runtimes whose sandboxes are pods"):
            PostgresqlConnection(database_url, gateway="http://one")


async def test_sessions_are_counted_in_all_gateways_together(join: Callable[[], Gateway]) -> None:
    every = [join() for _ in range(3)]
    adding = (
        every[number % 3].records.add_session(SessionRecord(f"ses_{number}", "python", NOW), most=5)
        for number in range(30)
    )
    told = await asyncio.gather(*adding, return_exceptions=True)
    assert {type(each) for each in told} == {type(None), TooMany}
    assert told.count(None) == await every[0].records.count_active() == 5


async def test_executions_are_counted_in_all_gateways_together(join: Callable[[], Gateway]) -> None:
    one, other = join(), join()
    await one.records.add_session(session())
    await one.records.add_execution(execution("exec_1"))
    await other.records.add_execution(execution("exec_2"))
    assert await one.records.count_running() == await other.records.count_running() == 2


@pytest.mark.parametrize(("most", "credits", "error"), [(5, None, TooMany), (30, 50, Spent)])
async def test_containers_and_their_credits_are_counted_in_all_gateways_together(
    join: Callable[[], Gateway], most: int, credits: int | None, error: type[Exception]
) -> None:
    every = [join() for _ in range(3)]
    stores = [ContainerStore(each.database, each.keys) for each in every]

    def add(number: int) -> asyncio.Future[None]:
        made = ContainerRecord(
            *(f"ctr_{number}", "i", ["c"], False, 1.0, 64, None, 0, False, 10, NOW)
        )
        return stores[number % 3].add_container(made, None, most=most, credits=credits)

    told = await asyncio.gather(*map(add, range(30)), return_exceptions=True)
    assert {type(each) for each in told} == {type(None), error}
    assert told.count(None) == 5


async def test_a_database_that_was_gone_for_longer_than_a_lease_costs_no_gateway_its_life(
    join: Callable[[], Gateway],
    postgresql_server: PostgresqlServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (gateways, postgresql):
        monkeypatch.setattr(module, "LEASE_SECONDS", 6.0)
    monkeypatch.setattr(gateways, "RENEW_SECONDS", 1.0)
    pair = [join(), join()]
    keeping = []

    async def take_over() -> bool:
        raise AssertionError

    for each in pair:
        each.gateways.take_over = take_over
        keeping.append(asyncio.create_task(each.gateways.keep()))
    postgresql_server.kill()
    await asyncio.sleep(7)  # longer than the lease
    back = threading.Event()
    held = pair[0].database.do(back.wait)
    postgresql_server.start()
    await asyncio.sleep(3)  # while one of them alone is back
    back.set()
    await held

    async def is_renewed() -> bool:
        with suppress(Unusable):
            return len(await pair[0].alive()) == len(await pair[1].alive()) == len(pair)
        return False

    await until(is_renewed)
    assert [each.fenced for each in pair] == [0, 0]
    for task in keeping:
        assert not task.done()
        task.cancel()
