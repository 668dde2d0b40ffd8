"""The live sessions: made, found, and ended when they are deleted or their time is up.

A session lives in its runtime. When that ends, so do its sessions: their records stay readable, and
who uses one afterwards is answered with 404 and the code `session_ended`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from ..concurrency.background_tasks import BackgroundTasks
from ..concurrency.completion import to_completion
from ..http.errors import ApiError, shutting_down, too_many
from ..http.request_limits import check_life
from ..kernel import TakenOverKernel
from ..sandbox import Limits, SandboxError
from ..store.interpreter import InterpreterStore
from ..store.models import SessionRecord
from ..store.quotas import TooMany
from .pool import KernelPool
from .session import Session, session_gone
from .takeover import left, settle_unknown

EndReason = tuple[str, str]
"""A session's last status, and why it is no longer usable, in words."""

DELETED = ("deleted", "it was deleted")
EXPIRED = ("expired", "its time was up")
STOPPED = ("ended", "the runtime was stopped")

RETRY_SECONDS = 5  # after which a caller may ask again for a session that there was no room for


class Sessions:
    """All live sessions of a runtime.

    Args:
        pool: where their kernels come from.
        store: where everything is written down.
        background_tasks: what ends the kernels of expired sessions.
        at_once: how many live at the same time; beyond them, none is created.
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
        self._at_once = at_once
        self._creating = 0
        self._live: dict[str, Session] = {}
        self._expiries: dict[str, asyncio.TimerHandle] = {}
        self._stopping = False

    async def create(
        self,
        record: SessionRecord,
        limits: Limits,
        environment: Mapping[str, str],
        *,
        networking: bool,
        egress: Sequence[str] | None,
        note: Callable[[], None] = lambda: None,
    ) -> Session:
        """Start a session's kernel; `note` is done in the work that records it.

        `egress` is for code with `networking`.

        Raises:
            ApiError: 400, when no sandbox lives so long; 429, when there are too many.
            SandboxError: its sandbox can't be had as it was asked for.
        """
        self._check_life(record, record.expires_at)
        if self._store.shared:
            self._check_room(await self._store.count_active())
        self._check_room(len(self._live))
        session = Session(
            *(record, limits, environment),
            networking=networking,
            pool=self._pool,
            store=self._store,
        )
        self._creating += 1
        try:
            await session.kernel()
            if egress is not None:
                await session.set_egress(egress)
            if self._stopping:
                raise shutting_down()
            await self._store.add_session(record, note, most=self._at_once)
        except TooMany:
            await to_completion(session.dispose())
            raise self._no_room() from None
        except BaseException:
            await to_completion(session.dispose())
            raise
        finally:
            self._creating -= 1
        self._live[record.id] = session
        self._watch_expiry(session)
        return session

    async def find(self, session_id: str) -> Session:
        """The live session of this id.

        Raises:
            ApiError: 404 with the code session_not_found, _deleted, _expired or _ended.
        """
        session = self._live.get(session_id)
        if session is not None and session.expired:
            self._end_soon(session, EXPIRED)
        elif session is not None and (lost := session.lost) is not None:
            self._end_soon(session, ("ended", lost))
        if session is None or not session.record.active:
            raise session_gone(session_id, await self._store.session(session_id))
        return session

    async def extend(
        self, session: Session, expires_at: datetime, timeout_seconds: int | None
    ) -> None:
        """Give a session a new end.

        Raises:
            ApiError: 400, when its sandbox doesn't live so long.
        """
        self._check_life(session.record, expires_at)
        session.record.expires_at, session.record.timeout_seconds = expires_at, timeout_seconds
        self._expiries.pop(session.record.id).cancel()
        self._watch_expiry(session)
        await self._store.update_session(session.record)

    async def delete(self, session: Session) -> None:
        """End a session; when this returns, nothing of it runs any more and its files are gone."""
        marked = self._mark(session, DELETED)
        await session.dispose()
        if marked is not None:
            await marked

    async def take_over(self, record: SessionRecord) -> tuple[Session, TakenOverKernel] | None:
        """Serve a session whose gateway was lost, from now on; None: it has ended with its sandbox."""
        limits = Limits(**record.resources)
        session = Session(
            *(record, limits, record.environment),
            networking=True,  # which its sandbox tells
            pool=self._pool,
            store=self._store,
        )
        running = await left(self._store, record)
        try:
            kernel = await session.take_over()
        except SandboxError as error:
            reason = str(error).rstrip(".")
            await self.give_up(record, reason[0].lower() + reason[1:])
            return None
        self._live[record.id] = session
        self._watch_expiry(session)
        self._background_tasks.start(session.resume(kernel, running))
        return session, kernel

    async def give_up(self, record: SessionRecord, reason: str) -> None:
        """End a session that can't be taken over; what ran in it is settled with it."""
        await settle_unknown(self._store, record)
        await self._store.end_session(record, "ended", reason)

    def is_live(self, session_id: str) -> bool:
        """Whether it can be used here."""
        return session_id in self._live

    @property
    def count(self) -> int:
        """How many can be used."""
        return len(self._live)

    def stop(self) -> None:
        """Take no more, and end all: what runs is recorded as failed."""
        self._stopping = True
        for session in list(self._live.values()):
            self._end_soon(session, STOPPED)

    def _check_room(self, live: int) -> None:
        if live + self._creating >= self._at_once:
            raise self._no_room()

    def _no_room(self) -> ApiError:
        message = f"No more sessions than {self._at_once} are taken here at a time."
        advice = "Delete one, or wait for one to expire."
        return too_many("too_many_sessions", f"{message} {advice}", seconds=RETRY_SECONDS)

    def _check_life(self, record: SessionRecord, expires_at: datetime | None) -> None:
        check_life("A session", record.created_at, expires_at, self._pool.life_seconds)

    def _watch_expiry(self, session: Session) -> None:
        if session.record.expires_at is not None:
            seconds = (session.record.expires_at - datetime.now(UTC)).total_seconds()
            self._expiries[session.record.id] = asyncio.get_running_loop().call_later(
                max(0, seconds), self._end_soon, session, EXPIRED
            )

    def _end_soon(self, session: Session, end_reason: EndReason) -> None:
        self._mark(session, end_reason)
        self._background_tasks.start(session.dispose())

    def _mark(self, session: Session, end_reason: EndReason) -> asyncio.Future[None] | None:
        if self._live.pop(session.record.id, None) is None:
            return None
        if expiry := self._expiries.pop(session.record.id, None):
            expiry.cancel()
        return self._store.end_session(session.record, *end_reason)
