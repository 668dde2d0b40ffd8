"""The way to a pod breaks as something is started there: it is told whether that may have begun."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from cognitora_local.concurrency.background_tasks import BackgroundTasks
from cognitora_local.containers.command import Command, Job
from cognitora_local.containers.process_handlers import ContainerLauncher
from cognitora_local.engine import EngineError
from cognitora_local.http.errors import ApiError
from cognitora_local.interpreter.pool import KernelPool
from cognitora_local.interpreter.process_handlers import launcher_of
from cognitora_local.interpreter.session import Session
from cognitora_local.interpreter.sessions import Sessions
from cognitora_local.kubernetes import link as links
from cognitora_local.kubernetes.container_manifests import name_of
from cognitora_local.kubernetes.link import Stream
from cognitora_local.processes.registry import ProcessRegistry
from cognitora_local.sandbox import Limits
from cognitora_local.settings import Settings
from cognitora_local.store.containers import ContainerStore
from cognitora_local.store.database import Database
from cognitora_local.store.idempotency import Claim, IdempotencyKeys
from cognitora_local.store.interpreter import InterpreterStore
from cognitora_local.store.models import SessionRecord
from cognitora_local.store.processes import ProcessStore
from cognitora_local.store.sqlite import SqliteConnection
from tests.agent.agents import RunningAgent, TcpStream, running
from tests.agent.clusters import ToldCluster
from tests.agent.containers import asked, containers
from tests.agent.test_kernels import AgentBackend, AgentsPod
from tests.runtime.conftest import until


class UnheardStream(TcpStream):
    """One whose answer is lost: what was asked for has begun by then, as a file tells."""

    def __init__(self, found: TcpStream, begun: Path) -> None:
        super().__init__(found._reader, found._writer)
        self._begun = begun

    async def readexactly(self, n: int, /) -> bytes:
        async def has_begun() -> bool:
            return self._begun.exists()

        await until(has_begun)
        self.break_off()
        raise ConnectionResetError


class Way:
    """That to an agent. It is cut where `cut` says so: after one request, or at once."""

    def __init__(self, agent: RunningAgent, begun: Path) -> None:
        self.cut = ""
        self._agent = agent
        self._begun = begun

    async def dial(self) -> Stream:
        if self.cut == "at once" or (self.cut and self._begun.exists()):
            raise ConnectionError("the way is cut")
        stream = await self._agent.dial()
        assert isinstance(stream, TcpStream)
        return UnheardStream(stream, self._begun) if self.cut else stream


class CutPod(AgentsPod):
    """One that is reached that way."""

    def __init__(self, agent: RunningAgent, way: Way) -> None:
        super().__init__(agent)
        self._way = way

    async def connect(self, port: int) -> Stream:
        return await self._way.dial()


@asynccontextmanager
async def session_of(pod: CutPod, database: Database, folder: Path) -> AsyncIterator[Session]:
    store = InterpreterStore(database, IdempotencyKeys(database))
    backend = AgentBackend(pod.agent)
    backend.pod = pod
    pool, background_tasks = KernelPool(backend, folder, warm=0), BackgroundTasks()
    sessions = Sessions(pool, store, background_tasks, at_once=1)
    record = SessionRecord("ses_1", "python", datetime.now(UTC))
    session = await sessions.create(record, Limits(), {}, networking=False, egress=None)
    try:
        yield session
    finally:
        await sessions.delete(session)
        await background_tasks.finish()
        await pool.close()


@pytest.mark.parametrize(("cut", "used_up"), [("after it", True), ("at once", False)])
async def test_a_process_that_may_have_begun_is_not_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: str, used_up: bool
) -> None:
    monkeypatch.setattr(links, "LOST_SECONDS", 0.2)
    (tmp_path / "work").mkdir()
    began = tmp_path / "began"
    async with running() as agent:
        way = Way(agent, began)
        pod = CutPod(agent, way)
        with closing(Database(SqliteConnection(tmp_path / "records.db"))) as database:
            keys, tasks = IdempotencyKeys(database), BackgroundTasks()
            async with session_of(pod, database, tmp_path / "work") as session:
                registry = ProcessRegistry(ProcessStore(database, keys), tasks, Settings())
                body = {
                    "command": ["sh", "-c", "echo x >> began"],
                    "working_directory": f"{tmp_path}",
                }
                claim = Claim("key", b"call", seen=0.0)
                launcher = await launcher_of(body, session)
                way.cut = cut
                with pytest.raises(Exception, match="the way is cut") as caught:
                    await registry.start(body, launcher, claim, session_id="ses_1")
                way.cut = ""
                assert began.exists() == used_up
                assert isinstance(caught.value, ApiError) == used_up
                known = await keys.claim(Claim("key", b"call", seen=0), recorded=True)
                assert (known is not None) == used_up


@pytest.mark.parametrize(("cut", "used_up"), [("after it", True), ("at once", False)])
@pytest.mark.parametrize("kind", ["process", "command"])
async def test_what_may_have_begun_in_a_container_that_ends_is_not_begun_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, cut: str, used_up: bool
) -> None:
    monkeypatch.setattr(links, "LOST_SECONDS", 0.2)
    began = tmp_path / "began"
    async with running() as agent:
        way = Way(agent, began)
        cluster = ToldCluster(way.dial)
        with closing(Database(SqliteConnection(tmp_path / "records.db"))) as database:
            keys, tasks = IdempotencyKeys(database), BackgroundTasks()
            store = ContainerStore(database, keys)
            async with containers(cluster, store) as registry:
                container = await registry.create(asked(600), {}, None)
                found = await registry.find_running(container.id)
                body = {"command": ["sh", "-c", f"echo x >> {began}"]}
                claim = Claim("key", b"call", seen=0.0)
                way.cut = cut
                if kind == "process":
                    processes = ProcessRegistry(ProcessStore(database, keys), tasks, Settings())
                    launcher = ContainerLauncher(found, body)
                    starting: asyncio.Task[object] = asyncio.create_task(
                        processes.start(body, launcher, claim, container_id=container.id)
                    )
                else:
                    job = Job(body["command"], None, {}, [], 60, "", b"")
                    command = Command(job, found, store, claim=claim, limit=1000)
                    command.start()
                    starting = asyncio.create_task(command.finish())
                cluster.tell(name_of(container.id), "DELETED")
                with pytest.raises(ApiError) as caught:
                    await starting
                assert began.exists() == used_up
                code = "engine_unavailable" if used_up else "container_not_running"
                assert caught.value.code == code
                known = await keys.claim(Claim("key", b"call", seen=0), recorded=True)
                assert (known is not None) == used_up


async def test_what_may_have_begun_in_a_container_that_goes_on_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "LOST_SECONDS", 0.2)
    began = tmp_path / "began"
    async with running() as agent:
        way = Way(agent, began)
        with closing(Database(SqliteConnection(tmp_path / "records.db"))) as database:
            store = ContainerStore(database, IdempotencyKeys(database))
            async with containers(ToldCluster(way.dial), store) as registry:
                container = await registry.create(asked(600), {}, None)
                inner = (await registry.find_running(container.id)).inner
                assert inner is not None
                way.cut = "after it"
                command = ["sh", "-c", f"echo x >> {began}; exec sleep 600"]
                with pytest.raises(EngineError, match="isn't known whether the command was"):
                    await inner.execute(command, folder=None, environment={})
                way.cut = ""

                async def is_ended() -> bool:
                    return not psutil.Process(agent.process.pid).children(recursive=True)

                await until(is_ended)
