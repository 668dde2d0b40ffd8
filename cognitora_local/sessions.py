"""The live sessions: made, found, and ended when they are deleted or their time is up.

A session lives in its runtime. When that ends, so do its sessions: their records stay readable, and
who uses one afterwards is answered with 404 and the code `session_ended`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from .chores import Chores
from .executions import shutting_down
from .records import Records
from .rows import SessionRecord
from .sandbox import Host, Limits
from .session import Ending, Session, gone

DELETED = Ending("deleted", "it was deleted")
EXPIRED = Ending("expired", "its time was up")
STOPPED = Ending("ended", "the runtime was stopped")


class Sessions:
    """All live sessions of a runtime.

    Args:
        host: where their sandboxes are started.
        work: where their work folders are.
        records: where everything is written down.
        chores: what ends the kernels of expired sessions.
    """

    def __init__(self, host: Host, work: Path, records: Records, chores: Chores) -> None:
        self._host = host
        self._work = work
        self._records = records
        self._chores = chores
        self._live: dict[str, Session] = {}
        self._expiries: dict[str, asyncio.TimerHandle] = {}
        self._stopping = False

    async def create(
        self, record: SessionRecord, limits: Limits, environment: Mapping[str, str]
    ) -> Session:
        """Start a session's kernel.

        Raises:
            ApiError: 503, when its sandbox can't be had as it was asked for.
        """
        session = Session(
            record,
            limits,
            environment,
            folder=self._work / record.id,
            host=self._host,
            records=self._records,
        )
        try:
            await session.kernel()
            if self._stopping:
                raise shutting_down()
        except BaseException:
            await session.dispose()
            raise
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
        if session is not None and session.expired:
            self._end_soon(session, EXPIRED)
        if session is None or session.ending is not None:
            raise gone(session_id, self._records.session(session_id))
        return session

    async def delete(self, session: Session) -> None:
        """End a session; when this returns, nothing of it runs any more and its files are gone."""
        self._mark(session, DELETED)
        await session.dispose()

    def stop(self) -> None:
        """Take no more, and end all: what runs is recorded as failed."""
        self._stopping = True
        for session in list(self._live.values()):
            self._end_soon(session, STOPPED)

    def _watch_expiry(self, session: Session) -> None:
        if session.record.expires_at is not None:
            seconds = (session.record.expires_at - datetime.now(UTC)).total_seconds()
            self._expiries[session.record.id] = asyncio.get_running_loop().call_later(
                max(0, seconds), self._end_soon, session, EXPIRED
            )

    def _end_soon(self, session: Session, ending: Ending) -> None:
        self._mark(session, ending)
        self._chores.start(session.dispose())

    def _mark(self, session: Session, ending: Ending) -> None:
        if self._live.pop(session.record.id, None) is not None:
            session.mark(ending)
            if expiry := self._expiries.pop(session.record.id, None):
                expiry.cancel()
