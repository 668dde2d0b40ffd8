"""Executions without a session: each in a fresh sandbox, which is thrown away afterwards."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from ..concurrency.background_tasks import Chores
from ..http.errors import shutting_down
from ..kernel import Kernel
from ..sandbox import Limits, SandboxError
from ..sandbox.folders import remove_folder
from ..store.interpreter import Records
from ..store.models import ExecutionRecord, SessionRecord, new_id
from .execution import Job, Run, recorded, refused
from .pool import Kernels

ENDED = "it belonged to a single execution"
STOPPED = "The code was stopped: the runtime was stopped."


class OneShots:
    """Runs code without a session.

    Args:
        kernels: where each gets its own.
        records: where everything is written down.
        chores: what ends the kernels.
        at_once: how many run at the same time; more wait their turn.
    """

    def __init__(self, kernels: Kernels, records: Records, chores: Chores, *, at_once: int) -> None:
        self._source = kernels
        self._records = records
        self._chores = chores
        self._slots = asyncio.Semaphore(at_once)
        self._kernels: set[Kernel] = set()
        self._stopping = False

    async def run(self, run: Run) -> ExecutionRecord:
        """Run code in a sandbox of its own.

        Raises:
            ApiError: 503, when the sandbox can't be had as it was asked for.
        """
        session_id = await self._add_session(run.job)
        async with recorded(self._records, run, session_id) as execution:
            kernel = await self._take(run.job.language, session_id)
            try:
                await run.execute(kernel, execution, program=True)
            finally:
                # The answer needn't wait for the sandbox's end. The next execution's slot does.
                self._chores.start(self._throw_away(kernel))
            if self._stopping and execution.status != "completed":
                execution.errors = [STOPPED]
        return execution

    def stop(self) -> None:
        """Take no more, and end what runs: it is recorded as failed."""
        self._stopping = True
        for kernel in self._kernels:
            self._chores.start(kernel.close())

    async def _add_session(self, job: Job) -> str:
        """The session that the execution is recorded under. It is over before it has begun."""
        session = SessionRecord(
            id=new_id("ses"),
            language=job.language,
            created_at=datetime.now(UTC),
            one_shot=True,
            status="ended",
            reason=ENDED,
        )
        await self._records.add_session(session)
        return session.id

    async def _take(self, language: str, name: str) -> Kernel:
        await self._slots.acquire()
        try:
            self._check_running()
            kernel = await self._source.take(language, limits=Limits(), environment={}, name=name)
        except SandboxError as error:
            self._slots.release()
            raise refused(error) from error
        except BaseException:
            self._slots.release()
            raise
        self._kernels.add(kernel)
        try:
            self._check_running()
        except BaseException:
            self._chores.start(self._throw_away(kernel))
            raise
        return kernel

    def _check_running(self) -> None:
        if self._stopping:
            raise shutting_down()

    async def _throw_away(self, kernel: Kernel) -> None:
        try:
            await kernel.close()
            await remove_folder(kernel.folder)
        finally:
            self._kernels.discard(kernel)
            self._slots.release()
