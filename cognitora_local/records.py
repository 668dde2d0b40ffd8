"""What the interpreter remembers: sessions, executions, outputs, and the sessions' events."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import Any

from .claim import Claim
from .database import Database
from .keys import Keys
from .pages import Page, number_of
from .rows import (
    ExecutionRecord,
    LogRecord,
    SessionRecord,
    append,
    execution_of,
    log_of,
    output_of,
    output_rows,
    place_of,
    session_of,
    stamp,
)
from .turns import Turns

INTERRUPTED = "The runtime ended while this was running. Whether the code finished is unknown."
RESTARTED = "the runtime was restarted"

SESSION = (
    "SELECT id, language, created_at, expires_at, timeout_seconds, resources, one_shot, status,"
    " reason, ended_at FROM sessions"
)
EXECUTION = (
    "SELECT number, id, session_id, language, code, networking, timeout_seconds, created_at,"
    " uploaded_files, status, errors, completed_at, execution_time_ms, cpu_time_ms,"
    " peak_memory_mb FROM executions"
)
# Without what they hold, which is fetched for those that are shown: sorting it would take long.
LOG = """
    SELECT kind, number, position FROM (
        SELECT 0 AS kind, number, 0 AS position, created_at FROM events WHERE session_id = ?
        UNION ALL
        SELECT 1, execution, position, outputs.created_at
        FROM outputs JOIN executions ON execution = number WHERE session_id = ?
    ) WHERE (created_at, kind, number, position) < (?, ?, ?, ?)
    ORDER BY created_at DESC, kind DESC, number DESC, position DESC LIMIT ? OFFSET ?
"""
LOG_EVENT = """
    SELECT type, json_quote(message), execution_id, created_at, 0, number, 0
    FROM events WHERE number = ?
"""
LOG_OUTPUT = """
    SELECT type, data, id, outputs.created_at, 1, execution, position
    FROM outputs JOIN executions ON execution = number WHERE execution = ? AND position = ?
"""
OUTPUT = "INSERT OR REPLACE INTO outputs VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
ROWS = 4  # that are written at a time, of at most 512 Ki of text each
PAGE_BYTES = (
    2**20
)  # of code and outputs, after which a page is full: with one of them it may be more
BEFORE_ALL = (2**63 - 1, 0, 0, 0)  # a place in a log that all its entries follow


class Records:
    """The interpreter's records. Every change is committed when its method returns."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self._database = database
        self.keys = keys
        self._adding = asyncio.Lock()
        self._recover()

    def add_session(self, session: SessionRecord) -> None:
        values = (
            session.id,
            session.language,
            session.status,
            session.reason,
            session.one_shot,
            json.dumps(session.resources),
            session.timeout_seconds,
            stamp(session.created_at),
            stamp(session.expires_at),
        )
        self._database.execute(
            "INSERT INTO sessions (id, language, status, reason, one_shot, resources,"
            " timeout_seconds, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )

    def end_session(self, session: SessionRecord, status: str, reason: str) -> None:
        """Mark an active session as deleted, expired or ended, with an event that says so."""
        session.status, session.reason, session.ended_at = status, reason, datetime.now(UTC)
        self._database.surely(session.id, partial(self._end_session, session), session)

    def _end_session(self, session: SessionRecord) -> None:
        status, reason, now = session.status, session.reason, stamp(session.ended_at)
        with self._database.transaction():
            self._database.execute(
                "UPDATE sessions SET status = ?, reason = ?, ended_at = ? WHERE id = ?",
                (status, reason, now, session.id),
            )
            self._add_event(session.id, None, status, f"Session {status}: {reason}", now)

    def session(self, session_id: str) -> SessionRecord | None:
        if isinstance(latest := self._database.unwritten(session_id), SessionRecord):
            return latest
        rows = self._database.execute(SESSION + " WHERE id = ?", (session_id,))
        return next((session_of(row) for row in rows), None)

    def active_sessions(self) -> list[SessionRecord]:
        """The sessions that can be used, newest first."""
        query = SESSION + " WHERE status = 'active' AND NOT one_shot ORDER BY created_at DESC"
        found = [session_of(row) for row in self._database.execute(query)]
        return [each for each in found if self._database.unwritten(each.id) is None]

    def add_execution(self, execution: ExecutionRecord, claim: Claim | None = None) -> None:
        """Record that it is about to run, and that this is what became of its key, at once."""
        with self._database.transaction():
            self._insert_execution(execution)
            if claim is not None:
                self.keys.keep_execution(claim.key, claim.fingerprint, execution.id)

    async def finish_execution(self, execution: ExecutionRecord) -> None:
        """Record how it ended, with all it put out: in short turns, where that is much."""
        execution.completed_at = datetime.now(UTC)
        finish = partial(self._finish_execution, execution)
        try:
            await self._add_outputs(execution)
        except sqlite3.OperationalError:
            finish = partial(self._finish_with_outputs, execution)
        self._database.surely(execution.id, finish, execution)

    def _finish_with_outputs(self, execution: ExecutionRecord) -> None:
        with self._database.transaction():
            self._database.executemany(OUTPUT, output_rows(self._number(execution), execution))
            self._finish_execution(execution)

    def _finish_execution(self, execution: ExecutionRecord) -> None:
        self._database.execute(
            "UPDATE executions SET status = ?, errors = ?, completed_at = ?,"
            " execution_time_ms = ?, cpu_time_ms = ?, peak_memory_mb = ? WHERE id = ?",
            (
                execution.status,
                json.dumps(execution.errors),
                stamp(execution.completed_at),
                execution.execution_time_ms,
                execution.cpu_time_ms,
                execution.peak_memory_mb,
                execution.id,
            ),
        )

    def execution(self, execution_id: str) -> ExecutionRecord | None:
        return next(iter(self._executions("WHERE id = ?", (execution_id,))), None)

    async def executions(
        self,
        *,
        session_id: str | None = None,
        status: str | None = None,
        limit: int,
        offset: int = 0,
        after: str | None = None,
    ) -> Page[ExecutionRecord]:
        """A page of executions, newest first. The status is compared without regard to case.

        It ends early where they are large.

        Raises:
            ApiError: 400, there is no execution `after`.
        """
        conditions = ["1"]
        values: list[Any] = []
        if session_id is not None:
            conditions.append("session_id = ?")
            values.append(session_id)
        if status is not None:
            conditions.append("status = ?")
            values.append(status.lower())
        if after is not None:
            conditions.append("number < ?")
            values.append(number_of(self._database, "executions", after))
        where = f"WHERE {' AND '.join(conditions)} ORDER BY number DESC LIMIT ? OFFSET ?"
        query = f"SELECT number FROM executions {where}"
        numbers = self._database.execute(query, (*values, limit + 1, offset)).fetchall()
        turns, found, size = Turns(), list[ExecutionRecord](), 0
        for number in numbers[:limit]:
            found += self._executions("WHERE number = ?", number)
            size += found[-1].size()
            if size > PAGE_BYTES:
                break
            await turns.give_way()
        return Page(found, found[-1].id if found and len(found) < len(numbers) else None)

    def add_event(
        self, session_id: str, type: str, message: str, *, execution_id: str | None = None
    ) -> None:
        """Write a line into the session's log."""
        now = stamp(datetime.now(UTC))
        add = partial(self._add_event, session_id, execution_id, type, message, now)
        self._database.surely(f"{session_id} {now}", add)

    async def logs(
        self, session_id: str, *, limit: int, offset: int = 0, after: str | None = None
    ) -> Page[LogRecord]:
        """A page of the session's log, newest first: its events and its executions' outputs.

        It ends early where they are large.

        Raises:
            ApiError: 400, `after` is no place in a log.
        """
        place = BEFORE_ALL if after is None else place_of(after)
        values = (session_id, session_id, *place, limit + 1, offset)
        turns, found, size = Turns(), list[LogRecord](), 0
        places = self._database.execute(LOG, values).fetchall()
        for kind, number, position in places[:limit]:
            query, key = (LOG_OUTPUT, (number, position)) if kind else (LOG_EVENT, (number,))
            found += [log_of(row) for row in self._database.execute(query, key)]
            size += len(found[-1].message)
            if size > PAGE_BYTES:
                break
            await turns.give_way()
        return Page(found, found[-1].place if found and len(found) < len(places) else None)

    def _executions(self, where: str, values: Sequence[Any]) -> list[ExecutionRecord]:
        rows = self._database.execute(f"{EXECUTION} {where}", values).fetchall()
        found = {row[0]: execution_of(row[1:]) for row in rows}
        marks = ", ".join("?" * len(found))
        outputs = self._database.execute(
            "SELECT execution, type, data, bundle, created_at, metadata, display_id FROM outputs"
            f" WHERE execution IN ({marks}) ORDER BY execution, position",
            list(found),
        )
        for number, *row in outputs:
            append(found[number].outputs, output_of(row))
        return [self._latest(each) for each in found.values()]

    def _latest(self, execution: ExecutionRecord) -> ExecutionRecord:
        """What is true of it, where that couldn't be written yet."""
        latest = self._database.unwritten(execution.id)
        return latest if isinstance(latest, ExecutionRecord) else execution

    def _insert_execution(self, execution: ExecutionRecord) -> None:
        self._database.execute(
            "INSERT INTO executions (id, session_id, language, code, status, networking,"
            " timeout_seconds, uploaded_files, errors, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, '[]', ?)",
            (
                execution.id,
                execution.session_id,
                execution.language,
                execution.code,
                execution.status,
                execution.networking,
                execution.timeout_seconds,
                json.dumps(execution.uploaded_files),
                stamp(execution.created_at),
            ),
        )

    async def _add_outputs(self, execution: ExecutionRecord) -> None:
        rows = output_rows(self._number(execution), execution)
        while some := list(islice(rows, ROWS)):
            async with self._adding:  # one at a time, of all executions that end now
                with self._database.transaction():
                    self._database.executemany(OUTPUT, some)
                if len(some) == ROWS:
                    await asyncio.sleep(0)

    def _number(self, execution: ExecutionRecord) -> int:
        query = "SELECT number FROM executions WHERE id = ?"
        number: int = self._database.execute(query, (execution.id,)).fetchone()[0]
        return number

    def _add_event(
        self, session_id: str, execution_id: str | None, type: str, message: str, now: int | None
    ) -> None:
        self._database.execute(
            "INSERT INTO events (session_id, execution_id, type, message, created_at)"
            " VALUES (?, ?, ?, ?, ?)",
            (session_id, execution_id, type, message, now),
        )

    def _recover(self) -> None:
        """Settle what a runtime that was killed has left open."""
        now = stamp(datetime.now(UTC))
        with self._database.transaction():
            self._database.execute(
                "UPDATE executions SET status = 'failed', errors = ?, completed_at = ?"
                " WHERE status = 'running'",
                (json.dumps([INTERRUPTED]), now),
            )
            self._database.execute(
                "INSERT INTO events (session_id, type, message, created_at)"
                " SELECT id, 'ended', ?, ? FROM sessions WHERE status = 'active'",
                (f"Session ended: {RESTARTED}", now),
            )
            self._database.execute(
                "UPDATE sessions SET status = 'ended', reason = ?, ended_at = ?"
                " WHERE status = 'active'",
                (RESTARTED, now),
            )
