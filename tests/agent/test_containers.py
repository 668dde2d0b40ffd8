"""Containers that are pods, as the API has them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from contextlib import AsyncExitStack, closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from cognitora_local.containers import registry as registry_module
from cognitora_local.containers.exit_reasons import NEVER_STARTED
from cognitora_local.engine import EngineError
from cognitora_local.http.errors import ApiError
from cognitora_local.kubernetes import link
from cognitora_local.kubernetes.agent.journal import HELD_BYTES
from cognitora_local.kubernetes.cluster import ClusterError
from cognitora_local.kubernetes.link import Stream
from cognitora_local.kubernetes.persistent import PersistentPodContainer
from cognitora_local.store.containers import ContainerStore
from cognitora_local.store.database import Database
from cognitora_local.store.idempotency import IdempotencyKeys
from cognitora_local.store.models import CommandRecord
from cognitora_local.store.sqlite import SqliteConnection
from tests.agent.agents import RunningAgent
from tests.agent.clusters import ToldCluster
from tests.agent.containers import asked, containers
from tests.runtime.conftest import until


class HeldUp(ContainerStore):
    """Who takes up containers finds out what runs in them when the test lets it."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, IdempotencyKeys(database))
        self.reached, self.let = asyncio.Event(), asyncio.Event()

    def main_command(self, container_id: str) -> asyncio.Future[CommandRecord | None]:
        async def ask() -> CommandRecord | None:
            self.reached.set()
            await self.let.wait()
            return await super(HeldUp, self).main_command(container_id)

        return asyncio.ensure_future(ask())


class Way:
    """To an agent; while it isn't open nobody gets through, and `refused` counts who has tried."""

    def __init__(self, agent: RunningAgent) -> None:
        self.open = True
        self.refused = 0
        self._agent = agent

    async def dial(self) -> Stream:
        if self.open:
            return await self._agent.dial()
        self.refused += 1
        raise ConnectionRefusedError

    def cut(self) -> None:
        self.open = False
        self._agent.break_off()


async def test_no_persistent_container_is_longer_than_its_pod(
    agent: RunningAgent, container_store: ContainerStore
) -> None:
    cluster = ToldCluster(agent.dial)
    async with containers(cluster, container_store) as registry:
        refused = pytest.raises(ApiError, match="lives 3600 seconds here at most")
        with refused as caught:
            await registry.create(asked(3601), {}, None)
        assert (caught.value.status, caught.value.code) == (400, "unsupported")
        record = await registry.create(asked(1800), {}, None)
        found = await registry.find_running(record.id)
        life_seconds = (await registry.engine()).life_seconds
        latest = record.created_at + timedelta(seconds=3600)
        await found.extend(latest, None, life_seconds=life_seconds)
        with refused:
            await found.extend(latest + timedelta(seconds=1), None, life_seconds=life_seconds)
        assert found.record.expires_at == latest


async def test_what_is_taken_over_while_others_are_taken_up_is_looked_after_too(
    tmp_path: Path,
) -> None:
    with closing(Database(SqliteConnection(tmp_path / "records.db"))) as database:
        store = HeldUp(database)
        before, lost = asked(600), asked(600)
        await store.add_container(before, None)
        async with containers(ToldCluster(), store) as registry:
            starting = asyncio.create_task(registry.start(orphans=False))
            await store.reached.wait()
            await store.add_container(lost, None)
            change = "UPDATE containers SET gateway = 7 WHERE id = ?"
            await database.do(lambda: database.execute(change, (lost.id,)))
            taking_over = asyncio.create_task(registry.take_over())
            await asyncio.sleep(0)
            store.let.set()
            await asyncio.gather(starting, taking_over)
            await registry.begun()
            for each in (before, lost):
                found = await store.container(each.id)
                assert found is not None
                assert found.reason == NEVER_STARTED.reason


async def test_the_command_of_a_container_that_was_out_of_reach_is_followed_again(
    agent: RunningAgent,
    container_store: ContainerStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(link, "LOST_SECONDS", 0.0)
    way = Way(agent)
    async with containers(ToldCluster(way.dial), container_store) as registry:
        there = tmp_path / "there"
        wait = f"while ! [ -e {there} ]; do sleep 0.05; done"
        script = f"echo begun; {wait}; head -c 3000000 /dev/zero; exit 3"
        record = await registry.create(asked(1800, command=["sh", "-c", script]), {}, None)

        async def main() -> CommandRecord:
            found = await container_store.main_command(record.id)
            assert found is not None
            return found

        async def printed() -> bytes:
            program = (await main()).id
            return b"".join(piece.data for piece in await container_store.outputs.read(program))

        async def has_begun() -> bool:
            return await printed() == b"begun\n"

        async def is_given_up() -> bool:
            return way.refused > 0

        async def has_ended() -> bool:
            return (await main()).ended

        await until(has_begun)
        way.cut()
        await until(is_given_up)
        way.open = True
        there.touch()
        await until(has_ended)
        assert (await main()).exit_code == 3
        assert await printed() == b"begun\n" + bytes(3_000_000)
        assert not record.ended


async def test_a_command_that_nobody_wants_any_more_is_ended_once_it_is_in_reach(
    agent: RunningAgent, container_store: ContainerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "LOST_SECONDS", 0.0)
    way = Way(agent)
    async with containers(ToldCluster(way.dial), container_store) as registry:
        record = await registry.create(asked(1800), {}, None)
        inner = (await registry.find_running(record.id)).inner
        assert inner is not None
        lost = await inner.execute(["sleep", "601"], folder=None, environment={})
        stays = await inner.execute(["sleep", "602"], folder=None, environment={})
        way.cut()
        for each in (lost, stays):
            with pytest.raises(EngineError, match="isn't known how the command ended"):
                await asyncio.wait_for(each.wait(), 60)
        lost.close()
        way.open = True

        async def are_left() -> bool:
            found = psutil.Process(agent.process.pid).children(recursive=True)
            with suppress(psutil.NoSuchProcess):  # as one that has just ended
                return [each.cmdline() for each in found] == [["sleep", "602"]]
            return False

        await until(are_left)


async def test_a_command_that_has_ended_is_found_again_whose_last_output_has_not_come(
    agent: RunningAgent, container_store: ContainerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "LOST_SECONDS", 0.0)
    way = Way(agent)
    async with containers(ToldCluster(way.dial), container_store) as registry:
        record = await registry.create(asked(1800), {}, None)
        inner = (await registry.find_running(record.id)).inner
        assert isinstance(inner, PersistentPodContainer)
        size = HELD_BYTES + 50_000  # the last waits in a pipe until somebody has taken the first
        command = ["head", "-c", f"{size}", "/dev/zero"]
        begun = await inner.execute(command, folder=None, environment={})
        await asyncio.wait_for(begun._over(), 60)
        way.cut()
        before = sum([len(data) async for _, data in begun.output])
        with pytest.raises(EngineError, match="Not all is known"):
            await begun.wait()
        assert before < size
        way.open = True
        again = await inner.find_exec(begun.engine_id)
        assert again is not None
        assert again.missing <= before
        assert again.missing + sum([len(data) async for _, data in again.output]) == size
        assert await again.wait() == 0


async def test_what_could_not_be_removed_is_removed_later(
    agent: RunningAgent, container_store: ContainerStore
) -> None:
    cluster = ToldCluster(agent.dial)
    async with containers(cluster, container_store) as registry:
        record = await registry.create(asked(600), {}, None)
        await registry.find_running(record.id)
        ((name, pod),) = cluster.made.items()
        cluster.there = [pod]
        cluster.refusals = [ClusterError("it can't be reached")]
        cluster.tell_ended(name)

        async def is_removed() -> bool:
            return await container_store.unsettled_containers() == []

        await until(is_removed)
        assert (cluster.refusals, cluster.deleted) == ([], [name])


class NeverRunning(ToldCluster):
    """Pods are taken, and wait for ever."""

    async def create_pod(self, manifest: Mapping[str, Any], *, tried: bool = False) -> None:
        if not tried:
            self.tell(manifest["metadata"]["name"], "ADDED", phase="Pending")


async def test_what_is_for_one_that_does_not_begin_is_answered(
    container_store: ContainerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry_module, "BEGIN_SECONDS", 0.1)
    async with containers(NeverRunning(), container_store) as registry:
        record = await registry.create(asked(1800), {}, None)
        for find in (registry.find_running, registry.find_started):
            with pytest.raises(ApiError, match="hasn't begun yet") as caught:
                await find(record.id)
            assert (caught.value.status, caught.value.code) == (503, "container_starting")


@pytest.mark.parametrize("by_itself", [True, False])
async def test_where_nobody_else_has_the_records_their_disk_keeps_no_container(
    agent: RunningAgent, container_store: ContainerStore, database: Database, by_itself: bool
) -> None:
    async with AsyncExitStack() as stack:
        cluster = ToldCluster(agent.dial)
        registry = await stack.enter_async_context(containers(cluster, container_store))
        record = await registry.create(asked(1800), {}, None)
        found = await registry.find_running(record.id)
        let = threading.Event()
        stack.callback(let.set)
        held = database.do(let.wait)
        if by_itself:
            cluster.tell_ended(*cluster.made)
        else:
            found.record.expires_at = datetime.now(UTC)
            found._set_alarm()

        async def is_deleted() -> bool:
            return bool(cluster.deleted)

        await until(is_deleted)
        let.set()
        await held
