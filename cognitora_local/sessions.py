"""Live sessions: a kernel each, one execution at a time, until they are deleted or expire."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from . import executions
from .errors import ApiError, not_found
from .executions import Job, new_id, recorded, refused
from .kernel import Kernel, WarmKernels
from .kernel.folders import remove_folder
from .records import Records
from .rows import ExecutionRecord, SessionRecord
from .sandbox import Host, Limits, SandboxError

STATE_LOST = (
    "The session's state is gone: its variables and imports are lost, its files are still there. "
    "The next execution begins afresh."
)
DIED_IDLE = "The session's process had ended since the last execution, so this code was not run. "

log = logging.getLogger("cognitora_local")


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a session is no longer usable."""

    status: str
    reason: str


DELETED = Ending("deleted", "it was deleted")
EXPIRED = Ending("expired", "its time was up")
STOPPED = Ending("ended", "the runtime was stopped")
ONE_SHOT = Ending("ended", "it belonged to a single execution")


class Session:
    """A session that can be used."""

    def __init__(
        self,
        record: SessionRecord,
        kernel: Kernel,
        limits: Limits,
        environment: Mapping[str, str],
    ) -> None:
        self.record = record
        self.limits = limits
        self.environment = environment
        self.kernel = kernel
        self.folder = kernel.folder
        self.ending: Ending | None = None
        self.expiry: asyncio.TimerHandle | None = None
        self.turn = asyncio.Lock()  # first come, first served
        self.starting = asyncio.Lock()
        self.starts = 1
        self.lost = False  # the state is gone, and nobody was told yet
        self.told = False  # somebody was told that this kernel has died


class Sessions:
    """All live sessions of the runtime, and the one-shot executions that need none.

    Args:
        host: where sandboxes are started.
        warm: kernels that are ready for one-shots.
        work: where the sessions' work folders are.
        records: where everything is written down.
        max_running: how many one-shots run at the same time; more wait their turn.
    """

    def __init__(
        self, host: Host, warm: WarmKernels, work: Path, records: Records, *, max_running: int
    ) -> None:
        self._host = host
        self._warm = warm
        self._work = work
        self._records = records
        self._live: dict[str, Session] = {}
        self._slots = asyncio.Semaphore(max_running)
        self._one_shots: set[Kernel] = set()
        self._chores: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def create(
        self, record: SessionRecord, limits: Limits, environment: Mapping[str, str]
    ) -> Session:
        """Start a session's kernel.

        Raises:
            ApiError: 503, when its sandbox can't be had as it was asked for.
        """
        folder = self._work / record.id
        kernel = await self._start(record, folder, limits, environment, record.id)
        session = Session(record, kernel, limits, environment)
        self._records.add_session(record)
        self._live[record.id] = session
        self._watch_expiry(session)
        return session

    def find(self, session_id: str) -> Session:
        """The live session of this id.

        Raises:
            ApiError: 404 with the code session_not_found, _deleted, _expired or _ended.
        """
        session = self._live.get(session_id)
        if session is None or session.ending is not None:
            raise gone(session_id, self._records.session(session_id))
        if session.record.expires_at is not None and session.record.expires_at <= datetime.now(UTC):
            self._expire(session)
            raise gone(session_id, self._records.session(session_id))
        return session

    async def run(self, session: Session, job: Job) -> ExecutionRecord:
        """Run code in a session, after what was asked of it before."""
        async with recorded(self._records, job, session.record.id) as execution, session.turn:
            self._check_open(session)
            if self._must_tell_loss(session):
                execution.status = "failed"
                execution.errors = [DIED_IDLE + STATE_LOST]
                return execution
            kernel = await self._kernel(session)
            outcome = await executions.run(kernel, job, execution)
            self._note_loss(session, execution, lost=outcome.state_lost)
        return execution

    async def run_once(self, job: Job) -> ExecutionRecord:
        """Run code in a fresh sandbox, which is thrown away afterwards."""
        record = SessionRecord(
            id=new_id("ses"),
            language=job.language,
            created_at=datetime.now(UTC),
            one_shot=True,
            status=ONE_SHOT.status,
            reason=ONE_SHOT.reason,
        )
        self._records.add_session(record)
        async with recorded(self._records, job, record.id) as execution:
            await self._slots.acquire()
            try:
                kernel = await self._take(record.id)
            except BaseException:
                self._slots.release()
                raise
            self._one_shots.add(kernel)
            try:
                await executions.run(kernel, job, execution)
            finally:
                # The answer needn't wait for the sandbox's end. The next execution's slot does.
                self._later(self._throw_away_one_shot(kernel))
            if self._stopping and execution.status != "completed":
                execution.errors = [f"The code was stopped: {STOPPED.reason}."]
        return execution

    async def work_folder(self, session: Session) -> Path:
        """The folder with the session's files; its kernel is started again if it must be."""
        self._check_open(session)
        return (await self._kernel(session)).folder

    async def end(self, session: Session, ending: Ending) -> None:
        """End a session, with all that runs in it."""
        self._mark(session, ending)
        await self._dispose(session)

    async def close(self) -> None:
        """End everything. What runs is killed and recorded as failed."""
        self._stopping = True
        for session in list(self._live.values()):
            self._mark(session, STOPPED)
            self._later(self._dispose(session))
        for kernel in self._one_shots:
            self._later(kernel.close())
        while self._chores:
            await asyncio.wait(self._chores)

    async def _take(self, name: str) -> Kernel:
        """A kernel for one execution, which takes its work folder with it when it is closed."""
        self._check_running()
        try:
            return await self._warm.take(limits=Limits(), environment={}, name=name)
        except SandboxError as error:
            raise refused(error) from error

    async def _start(
        self,
        record: SessionRecord,
        folder: Path,
        limits: Limits,
        environment: Mapping[str, str],
        name: str,
    ) -> Kernel:
        """A kernel for a session, in a work folder that outlives it."""
        self._check_running()
        try:
            return await Kernel.start(
                self._host,
                language=record.language,
                folder=folder,
                limits=limits,
                environment=environment,
                name=name,
            )
        except SandboxError as error:
            raise refused(error) from error

    def _check_running(self) -> None:
        if self._stopping:
            raise ApiError(503, "unavailable", "The runtime is shutting down. Start it again.")

    async def _kernel(self, session: Session) -> Kernel:
        """The session's kernel, started afresh when the one before has died."""
        async with session.starting:
            self._check_open(session)
            if not session.kernel.alive:
                session.lost |= not session.told
                await session.kernel.close()
                session.starts += 1
                name = f"{session.record.id}-{session.starts}"
                session.kernel = await self._start(
                    session.record, session.folder, session.limits, session.environment, name
                )
                session.told = False
            return session.kernel

    def _note_loss(self, session: Session, execution: ExecutionRecord, *, lost: bool) -> None:
        """Say so, in the execution's errors, when the session or its state ended under it."""
        if session.ending is not None and execution.status != "completed":
            reason = session.ending.reason
            execution.errors = [f"The session ended while the code was running: {reason}."]
        elif lost:
            session.told = True
            execution.errors.append(STATE_LOST)
            self._records.add_event(
                session.record.id, "kernel_died", STATE_LOST, execution_id=execution.id
            )

    def _must_tell_loss(self, session: Session) -> bool:
        """Whether the state went between two executions: the next must not run as if it hadn't."""
        dead = not session.kernel.alive
        if not session.lost and (not dead or session.told):
            return False
        session.lost = False
        session.told = dead
        self._records.add_event(session.record.id, "kernel_died", STATE_LOST)
        return True

    def _check_open(self, session: Session) -> None:
        if session.ending is not None:
            raise gone(session.record.id, self._records.session(session.record.id))

    def _watch_expiry(self, session: Session) -> None:
        if session.record.expires_at is not None:
            seconds = (session.record.expires_at - datetime.now(UTC)).total_seconds()
            loop = asyncio.get_running_loop()
            session.expiry = loop.call_later(max(0, seconds), self._expire, session)

    def _expire(self, session: Session) -> None:
        self._mark(session, EXPIRED)
        self._later(self._dispose(session))

    def _mark(self, session: Session, ending: Ending) -> None:
        """Let nobody in any more, from this moment on."""
        if session.ending is None:
            session.ending = ending
            self._live.pop(session.record.id, None)
            if session.expiry is not None:
                session.expiry.cancel()
            self._records.end_session(session.record.id, ending.status, ending.reason)

    async def _dispose(self, session: Session) -> None:
        async with session.starting:
            await session.kernel.close()
            await remove_folder(session.folder)

    async def _throw_away_one_shot(self, kernel: Kernel) -> None:
        try:
            await kernel.close()
        finally:
            self._one_shots.discard(kernel)
            self._slots.release()

    def _later(self, chore: Coroutine[None, None, None]) -> None:
        """Do something without anybody waiting for it, but before the runtime ends."""
        task = asyncio.create_task(chore)
        self._chores.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._chores.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("Cleaning up failed", exc_info=error)


def gone(session_id: str, record: SessionRecord | None) -> ApiError:
    """The 404 for a session that isn't live, which says what became of it and what to do."""
    if record is None:
        advice = "Check the id, or create a session."
        return not_found("session_not_found", f"There is no session {session_id!r} here. {advice}")
    if record.status == "expired" and record.expires_at is not None:
        when = record.expires_at.isoformat(timespec="seconds")
        advice = "Create another, with a larger timeout_seconds if it should live longer."
        return not_found("session_expired", f"Session {session_id} expired at {when}. {advice}")
    if record.status == "deleted":
        message = f"Session {session_id} was deleted. Create another."
        return not_found("session_deleted", message)
    message = f"Session {session_id} has ended: {record.reason}. Create another."
    return not_found("session_ended", message)
