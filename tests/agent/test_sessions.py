"""Sessions in pods that are lost: they end, and nobody is told that their files are still there."""

from __future__ import annotations

import asyncio
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cognitora_local.concurrency.background_tasks import BackgroundTasks
from cognitora_local.http.errors import ApiError
from cognitora_local.interpreter.execution import Execution, Job
from cognitora_local.interpreter.pool import KernelPool
from cognitora_local.interpreter.session import ALL_LOST, Session
from cognitora_local.interpreter.sessions import Sessions
from cognitora_local.sandbox import Limits
from cognitora_local.store.database import Database
from cognitora_local.store.idempotency import IdempotencyKeys
from cognitora_local.store.interpreter import InterpreterStore
from cognitora_local.store.models import SessionRecord
from cognitora_local.store.sqlite import SqliteConnection
from tests.agent.agents import running
from tests.agent.test_kernels import AgentBackend


async def test_no_session_is_longer_than_its_pod(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "work").mkdir()
    monkeypatch.setattr(AgentBackend, "life_seconds", 3600)
    now = datetime.now(UTC)
    async with running() as agent:
        with closing(Database(SqliteConnection(tmp_path / "records.db"))) as database:
            store = InterpreterStore(database, IdempotencyKeys(database))
            pool = KernelPool(AgentBackend(agent), tmp_path / "work", warm=0)
            background_tasks = BackgroundTasks()
            sessions = Sessions(pool, store, background_tasks, at_once=1)

            async def create(seconds: int) -> Session:
                expires_at = now + timedelta(seconds=seconds)
                record = SessionRecord("ses_1", "python", now, expires_at=expires_at)
                return await sessions.create(record, Limits(), {}, networking=False, egress=None)

            refused = pytest.raises(ApiError, match="lives 3600 seconds here at most")
            with refused as caught:
                await create(3601)
            assert (caught.value.status, caught.value.code) == (400, "unsupported")
            session = await create(1800)
            await sessions.extend(session, now + timedelta(seconds=3600), None)
            with refused:
                await sessions.extend(session, now + timedelta(seconds=3601), None)
            await sessions.delete(session)
            await background_tasks.finish()
            await pool.close()


async def test_a_session_ends_with_its_pod(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    async with running() as agent:
        with closing(Database(SqliteConnection(tmp_path / "records.db"))) as database:
            store = InterpreterStore(database, IdempotencyKeys(database))
            pool = KernelPool(AgentBackend(agent), tmp_path / "work", warm=0)
            background_tasks = BackgroundTasks()
            sessions = Sessions(pool, store, background_tasks, at_once=1)
            record = SessionRecord("ses_1", "python", datetime.now(UTC))
            session = await sessions.create(record, Limits(), {}, networking=False, egress=None)
            job = Job("import time; time.sleep(600)", "python", 600, False, {}, [])
            execution = Execution(job, (await sessions.find("ses_1")).execute)
            while not execution.begun:
                await asyncio.sleep(0.01)
            agent.process.kill()
            agent.break_off()
            found = await asyncio.wait_for(execution.finish(), 60)
            assert (found.status, found.errors) == ("failed", ["Its pod is gone.", ALL_LOST])
            with pytest.raises(
                ApiError, match="Session ses_1 has ended: its pod is gone"
            ) as caught:
                await sessions.find("ses_1")
            assert (caught.value.status, caught.value.code) == (404, "session_ended")
            assert sessions.count == 0
            await background_tasks.finish()
            await session.dispose()
            await pool.close()
