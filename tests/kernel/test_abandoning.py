"""Who goes away stops what he has asked for, and nothing else."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from cognitora_local.interpreter.execution import Execution, Job
from cognitora_local.store.models import ExecutionRecord
from tests.kernel.conftest import Session


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
