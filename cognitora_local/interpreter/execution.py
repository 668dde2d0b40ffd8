"""One execution in a kernel, from its files to its record."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from ..concurrency.completion import whole
from ..concurrency.time_slices import in_turns
from ..http.errors import ApiError
from ..http.files import Upload
from ..kernel import Kernel, Outcome, Output
from ..sandbox import SandboxError
from ..store.idempotency import Claim
from ..store.interpreter import Records
from ..store.models import INTERRUPTED, ExecutionRecord, OutputRecord, new_id
from . import files
from .output_queue import Feed

ABANDONED = "The code was stopped: its caller went away."
ABANDONED_BEFORE = "The code was not run: its caller went away before its turn came."

STRIKE_SECONDS = 0.05  # between two attempts to interrupt what hadn't quite begun at the first


@dataclass(frozen=True, slots=True)
class Job:
    """What somebody asked to have run."""

    code: str
    language: str
    timeout_seconds: float
    networking: bool
    environment: Mapping[str, str]
    files: list[Upload]


class Place(Protocol):
    """Where executions run: a session, or a sandbox for each."""

    async def run(self, run: Run) -> ExecutionRecord: ...


class Run:
    """An execution under way.

    Args:
        job: what is run.
        claim: the idempotency key that it is run for.
        feed: where its outputs go as they come, beside its record.
    """

    def __init__(self, job: Job, claim: Claim | None = None, feed: Feed | None = None) -> None:
        self.job = job
        self.claim = claim
        self._feed = feed
        self.abandoned = False
        self._kernel: Kernel | None = None
        self._has_run = False

    @property
    def begun(self) -> bool:
        """Whether the code was handed to a kernel."""
        return self._kernel is not None

    def start(self, place: Place) -> asyncio.Task[ExecutionRecord]:
        self.task = asyncio.create_task(place.run(self))
        if self.claim is not None:
            self.claim.running = self.task
        return self.task

    async def finish(self) -> ExecutionRecord:
        """Wait for its end. Whoever stops waiting abandons it."""
        try:
            return await asyncio.shield(self.task)
        finally:
            if not self.task.done():
                await whole(self.abandon())

    async def abandon(self) -> None:
        """Stop it, as nobody waits for it any more; returns when it has stopped."""
        if self.task.done():
            return
        self.abandoned = True
        if (kernel := self._kernel) is None:
            self.task.cancel()
            await asyncio.wait({self.task})
            return
        # While it is only written down any more, somebody else's code may run in the kernel.
        while not (self.task.done() or self._has_run):
            stopping = asyncio.create_task(kernel.interrupt())
            await asyncio.wait({self.task}, timeout=STRIKE_SECONDS)
            stopping.cancel()
        await asyncio.wait({self.task})

    def _tell(self, output: Output) -> None:
        if self._feed is not None:
            self._feed.put(record_of(output))

    async def execute(
        self, kernel: Kernel, execution: ExecutionRecord, *, program: bool = False
    ) -> Outcome:
        """Write the job's files, run its code, and put down what came of it.

        A `program` lasts until all that it began has ended.

        Raises:
            ApiError: a file can't be written, or there is no network to be had.
        """
        if self.job.files:
            await whole(asyncio.to_thread(files.write, kernel.folder, self.job.files))
        self._kernel = kernel
        try:
            outcome = await kernel.execute(
                self.job.code,
                timeout_seconds=self.job.timeout_seconds,
                networking=self.job.networking,
                environment=self.job.environment,
                program=program,
                on_output=None if self._feed is None else self._tell,
            )
        except SandboxError as error:
            self._kernel = None
            raise refused(error) from error
        finally:
            self._has_run = True
        await put_down(outcome, execution)
        if self.abandoned and outcome.status == "interrupted":
            execution.errors = [ABANDONED]
        return outcome


@asynccontextmanager
async def recorded(records: Records, run: Run, session_id: str) -> AsyncIterator[ExecutionRecord]:
    """The record of an execution: written before it begins, and however it ends.

    It is the answer of the idempotency key too, unless the code was refused before it began.
    """
    job = run.job
    execution = ExecutionRecord(
        id=new_id("exec"),
        session_id=session_id,
        language=job.language,
        code=job.code,
        networking=job.networking,
        timeout_seconds=job.timeout_seconds,
        uploaded_files=[str(upload.path) for upload in job.files],
        created_at=datetime.now(UTC),
    )
    adding = records.add_execution(execution, run.claim)
    try:
        await whole(adding)
        yield execution
    except BaseException as error:
        execution.errors = [reason_of(error, run)]
        if run.claim is not None and not run.begun:
            records.keys.forget(run.claim.key, execution.id)
        raise
    finally:
        if adding.exception() is None:
            if execution.status == "running":
                execution.status = "failed"
                execution.errors = execution.errors or [INTERRUPTED]
            await whole(records.finish_execution(execution))


def reason_of(error: BaseException, run: Run) -> str:
    if isinstance(error, ApiError):
        return error.message
    if isinstance(error, asyncio.CancelledError) and run.abandoned:
        return ABANDONED_BEFORE
    return INTERRUPTED


async def put_down(outcome: Outcome, execution: ExecutionRecord) -> None:
    # The contract knows no other end: who interrupts code learns from `errors` that it was.
    execution.status = "failed" if outcome.status == "interrupted" else outcome.status
    execution.errors = list(outcome.errors)
    execution.outputs = await in_turns(record_of, outcome.outputs)
    execution.execution_time_ms = outcome.wall_ms
    execution.cpu_time_ms = outcome.usage.cpu_ms
    execution.peak_memory_mb = outcome.usage.peak_memory_mb


def record_of(output: Output) -> OutputRecord:
    return OutputRecord(
        output.type,
        output.data,
        output.bundle,
        output.timestamp,
        output.metadata,
        output.display_id,
    )


def refused(error: SandboxError) -> ApiError:
    """A promise of the sandbox that can't be kept: nothing was run with less."""
    return ApiError(503, "sandbox_unavailable", str(error))
