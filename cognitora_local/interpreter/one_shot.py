"""Executions without a session: each in a fresh sandbox, which is thrown away afterwards."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from ..concurrency.background_tasks import BackgroundTasks
from ..http.errors import shutting_down
from ..kernel import Kernel
from ..sandbox import Limits, SandboxError
from ..store.interpreter import InterpreterStore
from ..store.models import ExecutionRecord, SessionRecord, new_id
from .execution import Execution, Job, recorded
from .pool import KernelPool
from .takeover import left, resume, settle_unknown

ENDED = "it belonged to a single execution"
STOPPED = "The code was stopped: the runtime was stopped."


class OneShots:
    """Runs code without a session.

    Args:
        pool: where each gets its own.
        store: where everything is written down.
        background_tasks: what ends the kernels.
        at_once: how many run at the same time; more wait their turn.
    """

    def __init__(
        self,
        pool: KernelPool,
        store: InterpreterStore,
        background_tasks: BackgroundTasks,
        *,
        at_once: int,
    ) -> None:
        self._pool = pool
        self._store = store
        self._background_tasks = background_tasks
        self._slots = asyncio.Semaphore(at_once)
        self._kernels: set[Kernel] = set()
        self._stopping = False

    async def execute(self, execution: Execution) -> ExecutionRecord:
        """Run code in a sandbox of its own.

        Raises:
            SandboxError: the sandbox can't be had as it was asked for.
        """
        session = await self._add_session(execution.job)
        async with recorded(self._store, execution, session.id) as record:
            kernel = await self._take(execution.job, session.id)
            try:
                self._check_running()  # for what was stopped while its sandbox was made
                if self._store.shared:
                    session.address = kernel.address
                    await self._store.note_address(session)
                await execution.run_in(kernel, record, program=True)
            finally:
                # The answer needn't wait for the sandbox's end. The next execution's slot does.
                self._background_tasks.start(self._throw_away(kernel))
            if self._stopping and record.status != "completed":
                record.errors = [STOPPED]
        return record

    async def take_over(self, session: SessionRecord) -> None:
        """See one through whose gateway was lost."""
        running = await left(self._store, session)
        try:
            kernel = await self._pool.attach(session)
        except SandboxError:
            await settle_unknown(self._store, session)
            return
        self._kernels.add(kernel)
        try:
            await resume(self._store, running, kernel)
        finally:
            self._kernels.discard(kernel)
            await kernel.close()
            await self._pool.remove(kernel.folder)

    def stop(self) -> None:
        """Take no more, and end what runs: it is recorded as failed."""
        self._stopping = True
        for kernel in self._kernels:
            self._background_tasks.start(kernel.close())

    async def _add_session(self, job: Job) -> SessionRecord:
        """The session that the execution is recorded under. It is over before it has begun."""
        session = SessionRecord(
            id=new_id("ses"),
            language=job.language,
            created_at=datetime.now(UTC),
            one_shot=True,
            status="ended",
            reason=ENDED,
        )
        await self._store.add_session(session)
        return session

    async def _take(self, job: Job, name: str) -> Kernel:
        await self._slots.acquire()
        try:
            self._check_running()
            kernel = await self._pool.take(
                job.language, limits=Limits(), environment={}, name=name, networking=job.networking
            )
        except BaseException:
            self._slots.release()
            raise
        self._kernels.add(kernel)
        return kernel

    def _check_running(self) -> None:
        if self._stopping:
            raise shutting_down()

    async def _throw_away(self, kernel: Kernel) -> None:
        try:
            await kernel.close()
            await self._pool.remove(kernel.folder)
        finally:
            self._kernels.discard(kernel)
            self._slots.release()
