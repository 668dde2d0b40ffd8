"""One execution in a kernel, from its files to its record."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..concurrency.completion import to_completion
from ..http.egress import in_words
from ..http.errors import ApiError
from ..http.files import Upload
from ..kernel import Kernel, Outcome, WayOut, everything
from ..sandbox import Refusal, SandboxError
from ..sandbox.refusals import added
from ..store.idempotency import Claim
from ..store.interpreter import InterpreterStore
from ..store.models import INTERRUPTED, ExecutionRecord, new_id
from . import files
from .output_queue import OutputQueue

REFUSED = "egress_refused"
"""The type of a line in a session's log."""

ABANDONED = "The code was stopped: its caller went away."
ABANDONED_BEFORE = "The code was not run: its caller went away before its turn came."


@dataclass(frozen=True, slots=True)
class Job:
    """What somebody asked to have run."""

    code: str
    language: str
    timeout_seconds: float
    networking: bool
    environment: Mapping[str, str]
    files: list[Upload]
    stdin: bytes = b""
    egress: Sequence[str] | None = None


class Execution:
    """An execution under way.

    Args:
        job: what is run.
        execute: runs it, in a session or in a sandbox of its own.
        claim: the idempotency key that it is run for.
        queue: where its outputs go as they come, beside its record.
    """

    def __init__(
        self,
        job: Job,
        execute: Execute,
        claim: Claim | None = None,
        queue: OutputQueue | None = None,
    ) -> None:
        self.job = job
        self.claim = claim
        self._queue = queue
        self.abandoned = False
        self._kernel: Kernel | None = None
        self._has_run = False
        self.refused: list[Refusal] = []
        self.task = asyncio.create_task(execute(self))
        if claim is not None:
            claim.running = self.task

    @property
    def begun(self) -> bool:
        """Whether the code was handed to a kernel."""
        return self._kernel is not None

    async def finish(self) -> ExecutionRecord:
        """Wait for its end. Whoever stops waiting abandons it."""
        try:
            return await asyncio.shield(self.task)
        except asyncio.CancelledError:
            await to_completion(self.abandon())
            raise

    async def abandon(self) -> None:
        """Stop it, as nobody waits for it any more; returns when it has stopped."""
        if self.task.done():
            return
        self.abandoned = True
        if self._kernel is None:
            self.task.cancel()
        elif not self._has_run:  # else it is only written down any more
            await self._kernel.interrupt()
        await asyncio.wait({self.task})

    async def run_in(
        self,
        kernel: Kernel,
        record: ExecutionRecord,
        *,
        program: bool = False,
        egress: WayOut = everything,
    ) -> Outcome:
        """Write the job's files, run its code, and put down what came of it.

        A `program` lasts until all that it began has ended. Where the job doesn't say what of the
        outside it may reach, `egress` does.

        Raises:
            ApiError: a file can't be written.
            SandboxError: the network that it asks for can't be had.
        """
        own = self.job.egress
        kernel.check_network(networking=self.job.networking, egress=own)
        if self.job.files:
            await files.write(kernel, self.job.files)
        before = await kernel.refused()
        self._kernel = kernel  # nothing is waited for from here on until the kernel has the code
        try:
            outcome = await kernel.execute(
                self.job.code,
                timeout_seconds=self.job.timeout_seconds,
                networking=self.job.networking,
                egress=egress if own is None else lambda: own,
                environment=self.job.environment,
                program=program,
                stdin=self.job.stdin,
                on_output=None if self._queue is None else self._queue.put,
                id=record.id,
            )
        except SandboxError:
            self._kernel = None
            raise
        finally:
            self._has_run = True
        record_outcome(outcome, record)
        if self.abandoned and outcome.status == "interrupted":
            record.errors = [ABANDONED]
        self.refused = added(before, await kernel.refused())
        return outcome


@asynccontextmanager
async def recorded(
    store: InterpreterStore, execution: Execution, session_id: str
) -> AsyncIterator[ExecutionRecord]:
    """The record of an execution: written before it begins, and however it ends.

    It is the answer of the idempotency key too, unless the code was refused before it began.
    """
    job = execution.job
    record = ExecutionRecord(
        id=new_id("exec"),
        session_id=session_id,
        language=job.language,
        code=job.code,
        networking=job.networking,
        timeout_seconds=job.timeout_seconds,
        uploaded_files=[str(upload.path) for upload in job.files],
        created_at=datetime.now(UTC),
    )
    adding = store.add_execution(record, execution.claim)
    try:
        await to_completion(adding)
        yield record
    except BaseException as error:
        if record.status == "running":  # else what came of the code is put down
            record.status, record.errors = "failed", [reason_of(error, execution)]
        if execution.claim is not None and not execution.begun:
            store.idempotency_keys.forget(execution.claim.key, record.id)
        raise
    finally:
        for each in execution.refused:
            store.add_event(session_id, REFUSED, in_words(each), execution_id=record.id)
        if adding.exception() is None:
            await to_completion(store.finish_execution(record))


def settle(store: InterpreterStore, kernel: Kernel, execution_id: str) -> bool:
    """Have a sandbox forget what ran, unless another gateway may have to ask for it; whether it does."""
    written = store.is_written(execution_id)
    if written:
        kernel.settle()
    return written


def reason_of(error: BaseException, execution: Execution) -> str:
    if isinstance(error, ApiError | SandboxError):
        return str(error)
    if isinstance(error, asyncio.CancelledError) and execution.abandoned:
        return ABANDONED_BEFORE
    return INTERRUPTED


def record_outcome(outcome: Outcome, record: ExecutionRecord) -> None:
    # The contract knows no other end: who interrupts code learns from `errors` that it was.
    record.status = "failed" if outcome.status == "interrupted" else outcome.status
    record.errors = list(outcome.errors)
    record.outputs = outcome.outputs
    record.execution_time_ms = outcome.wall_ms
    record.cpu_time_ms = outcome.usage.cpu_ms
    record.peak_memory_mb = outcome.usage.peak_memory_mb


Execute = Callable[[Execution], Coroutine[Any, Any, ExecutionRecord]]
