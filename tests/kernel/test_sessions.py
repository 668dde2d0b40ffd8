"""Sessions whose kernel dies while an execution is about to get it."""

from __future__ import annotations

import asyncio
import signal
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cognitora_local.interpreter.execution import Execution, Job
from cognitora_local.interpreter.pool import KernelPool
from cognitora_local.interpreter.session import STATE_LOST, Session
from cognitora_local.kernel import Kernel
from cognitora_local.sandbox import Host, Limits
from cognitora_local.store.database import Database
from cognitora_local.store.idempotency import IdempotencyKeys
from cognitora_local.store.interpreter import InterpreterStore
from cognitora_local.store.models import ExecutionRecord, SessionRecord
from cognitora_local.store.sqlite import SqliteConnection


async def test_code_never_runs_without_its_state_and_unsaid(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Database(SqliteConnection(tmp_path / "records.db"))) as database:
        store = InterpreterStore(database, IdempotencyKeys(database))
        pool = KernelPool(host, tmp_path / "work", warm=0)
        record = SessionRecord("ses_1", "python", datetime.now(UTC))
        await store.add_session(record)
        session = Session(record, Limits(), {}, networking=True, pool=pool, store=store)

        async def run(code: str) -> ExecutionRecord:
            return await Execution(Job(code, "python", 30, False, {}, []), session.execute).finish()

        assert (await run("x = 1")).status == "completed"
        given = session.kernel

        async def given_when_the_one_before_has_died() -> Kernel:
            before = session._kernel
            assert before is not None
            assert before.alive
            before._sandbox.signal(signal.SIGKILL)
            await before.wait()
            return await given()

        async with asyncio.timeout(60):
            with monkeypatch.context() as patched:
                patched.setattr(session, "kernel", given_when_the_one_before_has_died)
                found = await run("open('ran', 'w')")
            assert found.status == "failed"
            assert found.errors[0].endswith(STATE_LOST)
            assert not ((await session.kernel()).folder / "ran").exists()
            assert (await run("open('ran', 'w')")).status == "completed"
            await session.dispose()
            await pool.close()
