"""One execution in a kernel, from its files to its record."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from . import files
from .errors import ApiError
from .kernel import Kernel, Outcome
from .records import INTERRUPTED, Records
from .rows import ExecutionRecord, OutputRecord
from .sandbox import SandboxError


@dataclass(frozen=True, slots=True)
class Job:
    """What somebody asked to have run."""

    code: str
    language: str
    timeout_seconds: float
    networking: bool
    environment: Mapping[str, str]
    files: list[files.Upload]


def new_id(kind: str) -> str:
    return f"{kind}_{secrets.token_hex(10)}"


@asynccontextmanager
async def recorded(records: Records, job: Job, session_id: str) -> AsyncIterator[ExecutionRecord]:
    """The record of an execution: written before it begins, and however it ends."""
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
    records.add_execution(execution)
    try:
        yield execution
    except ApiError as error:
        execution.errors = [error.message]
        raise
    finally:
        if execution.status == "running":
            execution.status = "failed"
            execution.errors = execution.errors or [INTERRUPTED]
        records.finish_execution(execution)


async def run(kernel: Kernel, job: Job, execution: ExecutionRecord) -> Outcome:
    """Write the job's files, run its code, and put down what came of it.

    Raises:
        ApiError: a file can't be written, or there is no network to be had.
    """
    if job.files:
        await asyncio.to_thread(write_files, kernel, job)
    try:
        outcome = await kernel.execute(
            job.code,
            timeout_seconds=job.timeout_seconds,
            networking=job.networking,
            environment=job.environment,
        )
    except SandboxError as error:
        raise refused(error) from error
    # The contract knows no other end: who interrupts code learns from `errors` that it was.
    execution.status = "failed" if outcome.status == "interrupted" else outcome.status
    execution.errors = list(outcome.errors)
    execution.outputs = [
        OutputRecord(each.type, each.data, each.bundle, each.timestamp) for each in outcome.outputs
    ]
    execution.execution_time_ms = outcome.wall_ms
    execution.cpu_time_ms = outcome.usage.cpu_ms
    execution.peak_memory_mb = outcome.usage.peak_memory_mb
    return outcome


def refused(error: SandboxError) -> ApiError:
    """A promise of the sandbox that can't be kept: nothing was run with less."""
    return ApiError(503, "sandbox_unavailable", str(error))


def shutting_down() -> ApiError:
    return ApiError(503, "unavailable", "The runtime is shutting down. Start it again.")


def write_files(kernel: Kernel, job: Job) -> None:
    for upload in job.files:
        files.write(kernel.folder, upload)
