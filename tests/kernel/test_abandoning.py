"""Who goes away stops what he has asked for, and nothing else."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from cognitora_local.interpreter.execution import Execution, Job
from cognitora_local.sandbox import Refusal
from cognitora_local.store.models import ExecutionRecord
from tests.kernel.conftest import Session, sandbox_of


class Executor:
    """Where a run has executed, and is still being written down until `written` is set."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.executed = asyncio.Event()
        self.written = asyncio.Event()

    async def execute(self, execution: Execution) -> ExecutionRecord:
        record = ExecutionRecord("exec_1", "ses_1", "python", "", False, 30, datetime.now(UTC))
        await execution.run_in(self._session.kernel, record)
        self.executed.set()
        await self.written.wait()
        return record


async def test_a_run_that_is_being_written_down_does_not_stop_the_next_one(
    session: Session,
) -> None:
    executor = Executor(session)
    execution = Execution(Job("x = 1", "python", 30, False, {}, []), executor.execute)
    await executor.executed.wait()
    code = (
        "import os, time\nprint('begun', flush=True)\n"
        "while not os.path.exists('go'): time.sleep(0.01)"
    )
    following = await session.until_output(code, "begun")
    leaving = asyncio.create_task(execution.abandon())
    # As many strikes as it would take, and far more.
    assert not (await asyncio.wait({following, leaving}, timeout=0.3))[0]
    executor.written.set()
    await leaving
    (session.kernel.folder / "go").touch()
    assert (await following).status == "completed"
    assert (await execution.task).status == "completed"


async def test_a_run_whose_caller_goes_away_just_before_its_code_begins_is_not_begun(
    session: Session,
) -> None:
    executor = Executor(session)
    code = "open('begun', 'w').close()\nwhile True: pass"
    executor.written.set()
    looking = sandbox_of(session.kernel)._egress._changing
    async with looking:  # so that what was refused before can't be told yet
        execution = Execution(Job(code, "python", 5, False, {}, []), executor.execute)
        while not looking._waiters:
            await asyncio.sleep(0)
        leaving = asyncio.create_task(execution.abandon())
        await asyncio.wait({leaving}, timeout=0.1)
    await leaving
    assert not (session.kernel.folder / "begun").exists()
    assert not execution.begun
    with pytest.raises(asyncio.CancelledError):
        execution.task.result()


async def test_an_outcome_is_put_down_though_nothing_is_learnt_of_refusals(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = ExecutionRecord("exec_1", "ses_1", "python", "", False, 30, datetime.now(UTC))
    looks = iter([True])

    async def refused() -> list[Refusal]:
        if next(looks, False):
            return []
        raise OSError("it isn't known")

    async def execute(execution: Execution) -> ExecutionRecord:
        await execution.run_in(session.kernel, record)
        return record

    monkeypatch.setattr(session.kernel, "refused", refused)
    execution = Execution(Job("x = 1", "python", 30, False, {}, []), execute)
    with pytest.raises(OSError, match="it isn't known"):
        await execution.finish()
    assert record.status == "completed"
