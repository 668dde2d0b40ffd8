"""One command that a caller has run in a container, from its files to its record."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ..concurrency.changes import Changes
from ..engine import KILLED, CommandError, ContainerGone, EngineError, RunningExec
from ..http.errors import ApiError
from ..http.files import Upload
from ..processes.output_writer import OutputWriter, cut_notice, size
from ..processes.process import kill
from ..store.containers import ContainerStore
from ..store.idempotency import Claim
from ..store.models import (
    CANCELLED,
    FAILED,
    INTERRUPTED,
    RUNNING,
    TIMEOUT,
    CommandRecord,
    ContainerRecord,
    new_id,
)
from .exit_reasons import ExitReason, of_code
from .file_handlers import put
from .lazy_engine import engine_unavailable
from .refusals import not_running
from .running import RunningContainer

ABANDONED = ExitReason(CANCELLED, "The command was stopped: its caller went away.")
ABANDONED_BEFORE = ExitReason(CANCELLED, "The command was not run: its caller went away before.")

SETTLE_SECONDS = 10.0  # that a container's own end is waited for, when it took the command with it


@dataclass(frozen=True, slots=True)
class Job:
    """What somebody asked to have run. The folder may be relative to the image's own."""

    command: Sequence[str]
    folder: str | None
    environment: Mapping[str, str]
    files: Sequence[Upload]
    timeout_seconds: float
    user: str
    stdin: bytes


class Command:
    """A command under way. It is never cancelled, but told to stop: so it leaves nothing behind.

    Args:
        job: what is run.
        running: where.
        store: where everything is written down.
        claim: the idempotency key that it is run for.
        limit: how much is kept of what it prints, in bytes.

    Attributes:
        changes: told when the records have more of what it prints, and of its end.
    """

    def __init__(
        self,
        job: Job,
        running: RunningContainer,
        store: ContainerStore,
        *,
        claim: Claim | None,
        limit: int,
    ) -> None:
        assert running.inner is not None
        self._job = job
        self._running = running
        self._inner = running.inner
        self._store = store
        self._claim = claim
        self._limit = limit
        self.changes = Changes()
        self._begun = False
        self._abandoned = asyncio.Event()
        self.record = CommandRecord(
            id=new_id("exec"),
            container_id=running.record.id,
            command=list(job.command),
            created_at=datetime.now(UTC),
        )

    def start(self) -> None:
        """Begin, with its record, and with what became of its key."""
        self._task = asyncio.create_task(self._run())
        self._task.add_done_callback(lambda _: self.changes.notify())
        if self._claim is not None:
            self._claim.running = self._task

    async def finish(self) -> CommandRecord:
        """Wait for its end. Whoever stops waiting abandons it, and goes when it has stopped.

        Raises:
            ApiError: it couldn't be run: a file can't be written, or the container runs no more.
        """
        try:
            return await asyncio.shield(self._task)
        finally:
            await self.abandon()

    async def abandon(self) -> None:
        """Stop it, as nobody waits for it any more; returns when it has ended."""
        self._abandoned.set()
        await self.over()

    def result(self) -> CommandRecord:
        """Its record, once it has ended. Raises as `finish` does."""
        return self._task.result()

    @property
    def ended(self) -> bool:
        return self._task.done()

    async def over(self) -> None:
        """Wait until it has ended, however it does."""
        await asyncio.wait({self._task})

    async def _run(self) -> CommandRecord:
        await self._store.add_command(self.record, self._claim)
        exit_reason = ExitReason(FAILED, INTERRUPTED)
        try:
            exit_reason = await self._to_its_end()
        except ApiError as error:
            exit_reason = ExitReason(FAILED, error.message)
            raise
        finally:
            if not self._begun and self._claim is not None:
                self._store.idempotency_keys.forget(self._claim.key, self.record.id)
            self._end(exit_reason)
        return self.record

    async def _to_its_end(self) -> ExitReason:
        job, inner = self._job, self._inner
        for upload in job.files:
            if not self._abandoned.is_set():
                await put(inner, upload)
                self.record.files_uploaded += 1
        if self._abandoned.is_set():
            return ABANDONED_BEFORE
        # From here on the engine may have begun it, whatever it says then: its key is used up.
        self._begun = True
        try:
            execution = await inner.execute(
                job.command,
                folder=job.folder,
                environment=job.environment,
                user=job.user,
                stdin=bool(job.stdin),
            )
        except CommandError as error:
            return ExitReason(FAILED, str(error), error.exit_code)
        except ContainerGone:
            self._begun = False
            raise not_running(await ended_container(self._running)) from None
        except EngineError as error:
            raise engine_unavailable(error) from error
        self._note_start(execution)
        return await self._watch(execution)

    def _note_start(self, execution: RunningExec) -> None:
        self.record.status = RUNNING
        self.record.engine_id = execution.engine_id
        self.record.started_at = datetime.now(UTC)
        self._store.update_command(self.record)

    async def _watch(self, execution: RunningExec) -> ExitReason:
        writer = OutputWriter(
            self._store.outputs,
            self.record.id,
            self.changes.notify,
            limit=self._limit,
            notice=cut_notice(self._limit),
        )
        writing = asyncio.create_task(self._give_stdin(execution))
        reading = asyncio.create_task(self._read(execution, writer))
        leaving = asyncio.create_task(self._abandoned.wait())
        seconds = self._job.timeout_seconds
        await asyncio.wait({reading, leaving}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if reading.done():
            exit_reason = reading.result()
        else:
            await kill(execution, reading)
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            exit_reason = ABANDONED if leaving.done() else time_up(self._job)
        leaving.cancel()
        writing.cancel()
        execution.close()
        return cut(exit_reason, self._limit) if writer.cut else exit_reason

    async def _give_stdin(self, execution: RunningExec) -> None:
        rest = memoryview(self._job.stdin)
        with suppress(BrokenPipeError):  # it needn't read all of it
            while rest:
                rest = rest[await execution.write(rest) :]
            if self._job.stdin:
                await execution.close_stdin()

    async def _read(self, execution: RunningExec, writer: OutputWriter) -> ExitReason:
        """Read all that it prints; how it has ended then."""
        await writer.drain(execution.output)
        return await end_of(execution, self._running)

    def _end(self, exit_reason: ExitReason) -> None:
        record = self.record
        record.status, record.reason = exit_reason.status, exit_reason.reason
        record.exit_code = exit_reason.exit_code
        record.completed_at = datetime.now(UTC)
        self._store.update_command(record)


async def end_of(execution: RunningExec, running: RunningContainer) -> ExitReason:
    """How a command in a container has ended, once it has, and its output."""
    try:
        code = await execution.wait()
        if code != KILLED or await goes_on(running):
            return of_code(code, running.record, out_of_memory=execution.out_of_memory(code))
    except CommandError as error:
        return ExitReason(FAILED, str(error), error.exit_code)
    except ContainerGone:
        pass
    except EngineError as error:  # Podman says it so, too, that the container is gone
        if not is_over(running):
            return ExitReason(FAILED, str(error))
    return taken_along(await ended_container(running))


async def goes_on(running: RunningContainer) -> bool:
    """Whether the container does."""
    assert running.inner is not None
    return not is_over(running) and (await running.inner.state()).running


def is_over(running: RunningContainer) -> bool:
    """Whether the container has ended, or is being ended."""
    return running.asked is not None or running.record.ended


async def ended_container(running: RunningContainer) -> ContainerRecord:
    """The record of a container, whose end took a command with it."""
    await running.ended(SETTLE_SECONDS)
    return running.record


def time_up(job: Job) -> ExitReason:
    return ExitReason(
        TIMEOUT, f"The command was stopped: its time of {job.timeout_seconds} s was up."
    )


def taken_along(container: ContainerRecord) -> ExitReason:
    """How a command ended that was killed with its container."""
    status = container.status if container.status in {CANCELLED, TIMEOUT} else FAILED
    reason = container.reason or "Nobody knows why."
    return ExitReason(status, f"The command ended with its container. {reason}")


def cut(exit_reason: ExitReason, limit: int) -> ExitReason:
    """The same for a command that has printed more than is kept."""
    told = f"{exit_reason.reason} " if exit_reason.reason else ""
    return replace(exit_reason, reason=f"{told}Of its output the first {size(limit)} were kept.")
