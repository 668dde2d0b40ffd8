"""One command that a caller has run in a container, from its files to its record."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..concurrency.changes import News
from ..engine import KILLED, CommandError, ContainerGone, EngineError
from ..http.errors import ApiError
from ..http.files import Upload
from ..store.containers import ComputeRecords
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
from .exit_reasons import Ending, of_code
from .file_handlers import put
from .lazy_engine import unavailable
from .log_writer import Capture, size
from .registry import not_running
from .running import LiveContainer

if TYPE_CHECKING:
    from ..engine import Exec

ABANDONED = Ending(CANCELLED, "The command was stopped: its caller went away.")
ABANDONED_BEFORE = Ending(CANCELLED, "The command was not run: its caller went away before.")

STRIKE_SECONDS = 0.1  # between two attempts to kill what had hardly begun at the first
GRACE_SECONDS = 2.0  # that the end of what was killed is waited for: others may hold its output
SETTLE_SECONDS = 10.0  # that a container's own end is waited for, when it took the command with it

log = logging.getLogger("cognitora_local")


@dataclass(frozen=True, slots=True)
class Job:
    """What somebody asked to have run. The folder may be relative to the image's own."""

    command: Sequence[str]
    folder: str | None
    environment: Mapping[str, str]
    files: Sequence[Upload]
    timeout_seconds: float


class Run:
    """A command under way. It is never cancelled, but told to stop: so it leaves nothing behind.

    Args:
        job: what is run.
        live: where.
        records: where everything is written down.
        claim: the idempotency key that it is run for.
        limit: how much is kept of what it prints, in bytes.
    """

    def __init__(
        self,
        job: Job,
        live: LiveContainer,
        records: ComputeRecords,
        *,
        claim: Claim | None,
        limit: int,
    ) -> None:
        assert live.inner is not None
        self._job = job
        self._live = live
        self._inner = live.inner
        self._records = records
        self._claim = claim
        self._limit = limit
        self._begun = False
        self._abandoned = asyncio.Event()
        self._record = CommandRecord(
            id=new_id("exec"),
            container_id=live.record.id,
            command=list(job.command),
            created_at=datetime.now(UTC),
        )

    def start(self) -> None:
        """Begin, with its record, and with what became of its key."""
        self._task = asyncio.create_task(self._run())
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
            self._abandoned.set()
            await self.over()

    async def over(self) -> None:
        """Wait until it has ended, however it does."""
        await asyncio.wait({self._task})

    async def _run(self) -> CommandRecord:
        await self._records.add_command(self._record, self._claim)
        ending = Ending(FAILED, INTERRUPTED)
        try:
            ending = await self._to_its_end()
        except ApiError as error:
            ending = Ending(FAILED, error.message)
            raise
        finally:
            if not self._begun and self._claim is not None:
                self._records.keys.forget(self._claim.key, self._record.id)
            self._end(ending)
        return self._record

    async def _to_its_end(self) -> Ending:
        job, inner = self._job, self._inner
        for upload in job.files:
            if not self._abandoned.is_set():
                await put(inner, upload)
                self._record.files_uploaded += 1
        if self._abandoned.is_set():
            return ABANDONED_BEFORE
        # From here on the engine may have begun it, whatever it says then: its key is used up.
        self._begun = True
        try:
            execution = await inner.execute(
                job.command, folder=job.folder, environment=job.environment
            )
        except CommandError as error:
            return Ending(FAILED, str(error), error.exit_code)
        except ContainerGone:
            self._begun = False
            raise not_running(await self._ended_container()) from None
        except EngineError as error:
            raise unavailable(error) from error
        self._note_start(execution)
        return await self._watch(execution)

    def _note_start(self, execution: Exec) -> None:
        self._record.status = RUNNING
        self._record.engine_id = execution.engine_id
        self._record.started_at = datetime.now(UTC)
        self._records.update_command(self._record)

    async def _watch(self, execution: Exec) -> Ending:
        capture = Capture(self._records, self._record, News(), limit=self._limit)
        reading = asyncio.create_task(self._read(execution, capture))
        leaving = asyncio.create_task(self._abandoned.wait())
        seconds = self._job.timeout_seconds
        await asyncio.wait({reading, leaving}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if reading.done():
            ending = reading.result()
        else:
            await kill(execution, reading)
            ending = ABANDONED if leaving.done() else time_up(self._job)
        leaving.cancel()
        return cut(ending, self._limit) if capture.full else ending

    async def _read(self, execution: Exec, capture: Capture) -> Ending:
        """Read all that it prints; how it has ended then."""
        try:
            await capture.drain(execution.output)
            code = await execution.wait()
            if code != KILLED or await self._goes_on():
                return of_code(code, self._live.record, out_of_memory=execution.out_of_memory(code))
        except CommandError as error:
            return Ending(FAILED, str(error), error.exit_code)
        except ContainerGone:
            pass
        except EngineError as error:  # Podman says it so, too, that the container is gone
            if not self._over():
                return Ending(FAILED, str(error))
        return taken_along(await self._ended_container())

    async def _goes_on(self) -> bool:
        """Whether the container does."""
        return not self._over() and (await self._inner.state()).running

    def _over(self) -> bool:
        """Whether the container has ended, or is being ended."""
        return self._live.asked is not None or self._live.record.ended

    async def _ended_container(self) -> ContainerRecord:
        """The record of the container, whose end took the command with it."""
        await self._live.ended(SETTLE_SECONDS)
        return self._live.record

    def _end(self, ending: Ending) -> None:
        record = self._record
        record.status, record.reason = ending.status, ending.reason
        record.exit_code = ending.exit_code
        record.completed_at = datetime.now(UTC)
        self._records.update_command(record)


async def kill(execution: Exec, reading: asyncio.Task[Ending]) -> None:
    """Kill a command with all that it has started, and read the last of what it printed."""
    deadline = time.monotonic() + GRACE_SECONDS
    while not reading.done() and time.monotonic() < deadline:
        try:
            await execution.kill()
        except (ContainerGone, EngineError) as error:
            log.warning("A command can't be killed. %s", error)
        await asyncio.wait({reading}, timeout=STRIKE_SECONDS)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)


def time_up(job: Job) -> Ending:
    return Ending(TIMEOUT, f"The command was stopped: its time of {job.timeout_seconds} s was up.")


def taken_along(container: ContainerRecord) -> Ending:
    """How a command ended that was killed with its container."""
    status = container.status if container.status in {CANCELLED, TIMEOUT} else FAILED
    reason = container.reason or "Nobody knows why."
    return Ending(status, f"The command ended with its container. {reason}")


def cut(ending: Ending, limit: int) -> Ending:
    """The same for a command that has printed more than is kept."""
    told = f"{ending.reason} " if ending.reason else ""
    return replace(ending, reason=f"{told}Of its output the first {size(limit)} were kept.")
