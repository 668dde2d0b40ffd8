"""One live session: a kernel that keeps its state, and one execution at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

from ..http.errors import ApiError, not_found
from ..kernel import Kernel, TakenOverKernel
from ..sandbox import Limits, ReachablePorts, Refusal, WorkFolder
from ..store.interpreter import InterpreterStore
from ..store.models import ExecutionRecord, SessionRecord
from .execution import Execution, recorded, settle
from .pool import KernelPool
from .takeover import resume

STATE_LOST = (
    "The session's state is gone: its variables and imports are lost, its files are still there. "
    "The next execution begins afresh."
)
ALL_LOST = (
    "The session's state is gone, and so are its files: it can't be used any more. Create another."
)
DIED_IDLE = "The session's process had ended since the last execution, so this code was not run. "


class Session:
    """A session that can be used. Its kernel is started afresh when it dies; its files stay.

    Args:
        record: what is known of it.
        limits: what its sandbox may use.
        environment: variables for all its code.
        networking: whether its code may reach the outside.
        pool: where its kernels come from.

    Attributes:
        egress: what of the outside its code may reach with networking; None: all of it.
    """

    def __init__(
        self,
        record: SessionRecord,
        limits: Limits,
        environment: Mapping[str, str],
        *,
        networking: bool,
        pool: KernelPool,
        store: InterpreterStore,
    ) -> None:
        self.record = record
        self.limits = limits
        self.networking = networking
        self.egress: Sequence[str] | None = None
        self._environment = environment
        self._pool = pool
        self._store = store
        self._kernel: Kernel | None = None
        self._folder: Path | None = None  # that of its first kernel is the session's
        self._starting = asyncio.Lock()
        self._turn = asyncio.Lock()  # first come, first served
        self._lost = False  # the state is gone, and nobody was told yet
        self._told = False  # somebody was told that this kernel has died
        self._unsettled = False  # what ran last isn't written down

    @property
    def expired(self) -> bool:
        return self.record.expires_at is not None and self.record.expires_at <= datetime.now(UTC)

    @property
    def lost(self) -> str | None:
        """Why it can't be used any more, in words, where its files are gone with its kernel."""
        reason = None if self._kernel is None else self._kernel.end_reason
        return reason and reason[0].lower() + reason[1:].rstrip(".")

    async def execute(self, execution: Execution) -> ExecutionRecord:
        """Run code, after what was asked for before.

        Raises:
            ApiError: 404, when the session ended while this waited.
            SandboxError: its kernel, or the network, can't be had.
        """
        async with (
            AsyncExitStack() as turn,  # which is over when what came of it is written down
            recorded(self._store, execution, self.record.id) as record,
        ):
            await turn.enter_async_context(self._turn)
            kernel = await self.kernel()
            if self._unsettled:  # what its sandbox tells again is of one execution alone
                kernel.settle()
            turn.callback(self._settle, kernel, record)
            if self._must_tell_loss():  # asked last: it may have died until now
                record.status = "failed"
                record.errors = [DIED_IDLE + self._loss]
                return record
            outcome = await execution.run_in(kernel, record, egress=lambda: self.egress)
            self._note_loss(record, lost=outcome.state_lost)
        return record

    def _settle(self, kernel: Kernel, record: ExecutionRecord) -> None:
        self._unsettled = not settle(self._store, kernel, record.id)

    async def take_over(self) -> TakenOverKernel:
        """Have the kernel that another gateway has started, and the turn for what runs in it: see `resume`.

        Raises:
            SandboxError: it is gone.
        """
        kernel = self._kernel = await self._pool.attach(self.record)
        self._folder = kernel.folder
        self.egress = self.record.egress
        self.networking = kernel.networking
        await self._turn.acquire()
        return kernel

    async def work_folder(self) -> WorkFolder | None:
        """The short way to the session's files, where there is one."""
        return (await self.kernel()).work_folder

    @property
    def ports(self) -> ReachablePorts | None:
        """The ports of its sandbox; None where that has ended."""
        alive = self._kernel is not None and self._kernel.alive
        return self._kernel.ports if self._kernel is not None and alive else None

    async def kernel(self) -> Kernel:
        """The session's kernel, started afresh when the one before has died."""
        async with self._starting:
            self._check_open()
            if self._kernel is not None and self._kernel.alive:
                return self._kernel
            if self._kernel is not None:
                self._lost |= not self._told
                await self._kernel.close()
            self._kernel = await self._pool.take(
                self.record.language,
                limits=self.limits,
                environment=self._environment,
                name=self.record.id,
                networking=self.networking,
                folder=self._folder,
            )
            self._folder = self._kernel.folder
            self._told = False
            await self._note_address(self._kernel)
            return self._kernel

    async def set_egress(self, egress: Sequence[str]) -> None:
        """Let its code reach this alone from now on, what runs too, unless that has a list of its own.

        Raises:
            SandboxError: that can't be kept.
        """
        kernel = await self.kernel()
        kernel.check_network(networking=self.networking, egress=egress)
        self.egress = egress
        if self._store.shared:
            self.record.egress = list(egress)
            await self._store.update_session(self.record)
        await kernel.change_egress()

    async def resume(self, kernel: TakenOverKernel, running: list[ExecutionRecord]) -> None:
        """See through what runs in it, of what was `left`."""
        try:
            self._unsettled = not await resume(
                self._store,
                running,
                kernel,
                lambda record, outcome: self._note_loss(record, lost=outcome.state_lost),
            )
        finally:
            self._turn.release()

    async def _note_address(self, kernel: Kernel) -> None:
        """What another gateway needs to take this over, where one can."""
        if self._store.shared:
            again = self.record.address is not None
            self.record.address = kernel.address
            self.record.environment = dict(self._environment)
            if again:  # else it isn't recorded yet
                await self._store.update_session(self.record)

    async def refused(self) -> list[Refusal]:
        """What was refused of what its code wanted to reach, since its sandbox is there."""
        return await self._kernel.refused() if self._kernel is not None else []

    async def dispose(self) -> None:
        """End all that runs in it, and remove its files."""
        async with self._starting:
            if self._kernel is not None:
                await self._kernel.close()
            if self._folder is not None:
                await self._pool.remove(self._folder)

    @property
    def _loss(self) -> str:
        """What is told of its kernel's end."""
        return STATE_LOST if self.lost is None else ALL_LOST

    def _check_open(self) -> None:
        if not self.record.active:
            raise session_gone(self.record.id, self.record)

    def _must_tell_loss(self) -> bool:
        """Whether the state went between two executions: the next must not run as if it hadn't."""
        dead = self._kernel is not None and not self._kernel.alive
        if not self._lost and (not dead or self._told):
            return False
        self._lost = False
        self._told = dead
        self._store.add_event(self.record.id, "kernel_died", self._loss)
        return True

    def _note_loss(self, record: ExecutionRecord, *, lost: bool) -> None:
        """Say so, in the execution's errors, when the session or its state ended under it."""
        if not self.record.active and record.status != "completed":
            reason = self.record.reason
            record.errors = [f"The session ended while the code was running: {reason}."]
        elif lost:
            self._told = True
            record.errors.append(self._loss)
            self._store.add_event(self.record.id, "kernel_died", self._loss, execution_id=record.id)


def session_gone(session_id: str, record: SessionRecord | None) -> ApiError:
    """The 404 for a session that isn't live, which says what became of it and what to do."""
    if record is None:
        advice = "Check the id, or create a session."
        return not_found(
            "session_not_found", f"There is no session {session_id[:80]!r} here. {advice}"
        )
    if record.status == "expired" and record.expires_at is not None:
        when = record.expires_at.isoformat(timespec="seconds")
        advice = "Create another, with a larger timeout_seconds if it should live longer."
        return not_found("session_expired", f"Session {session_id} expired at {when}. {advice}")
    if record.status == "deleted":
        message = f"Session {session_id} was deleted. Create another."
        return not_found("session_deleted", message)
    message = f"Session {session_id} has ended: {record.reason}. Create another."
    return not_found("session_ended", message)
