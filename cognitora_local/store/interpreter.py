"""What the interpreter remembers: sessions, executions, outputs, and the sessions' events."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

from ..kernel.outputs import Joined, Output
from .database import Database, in_database, long_in_database
from .idempotency import Claim, IdempotencyKeys
from .interpreter_rows import (
    execution_of,
    log_of,
    one_piece,
    output_of,
    output_rows,
    piece_of,
    place_of,
    session_of,
)
from .models import INTERRUPTED, ExecutionRecord, LogRecord, SessionRecord
from .pages import PAGE_BYTES, Page, number_of
from .timestamps import stamp

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
# Both halves come in the order of an index, and no further than the page: a log may be long.
LOG = """
    SELECT * FROM (
        SELECT 0 AS kind, number, 0 AS position, created_at FROM events
        WHERE session_id = :session AND created_at <= :created
            AND (created_at, 0, number, 0) < (:created, :kind, :number, :position)
        ORDER BY created_at DESC, number DESC LIMIT :many
    )
    UNION ALL
    SELECT * FROM (
        SELECT 1, execution, position, created_at FROM places
        WHERE session_id = :session AND created_at <= :created
            AND (created_at, 1, execution, position) < (:created, :kind, :number, :position)
        ORDER BY created_at DESC, execution DESC, position DESC LIMIT :many
    )
    ORDER BY created_at DESC, kind DESC, number DESC, position DESC LIMIT :limit OFFSET :offset
"""
LOG_EVENT = """
    SELECT type, json_quote(message), execution_id, created_at, 0, number, 0
    FROM events WHERE number = ?
"""
LOG_OUTPUT = """
    SELECT type, data, id, outputs.created_at, 1, execution, position
    FROM outputs JOIN executions ON execution = number WHERE execution = ? AND position = ?
"""
OUTPUT = (
    "INSERT OR REPLACE INTO outputs"
    " VALUES ((SELECT number FROM executions WHERE id = ?), ?, ?, ?, ?, ?, ?, ?)"
)
OUTPUTS = (
    "SELECT position, type, data, bundle, created_at, metadata, display_id FROM outputs"
    " WHERE execution = ? AND position > ? ORDER BY position"
)
BEFORE_ALL = (2**63 - 1, 0, 0, 0)  # a place in a log that all its entries follow


class InterpreterStore:
    """The interpreter's records. Every change is committed once what its method returns is done."""

    def __init__(self, database: Database, idempotency_keys: IdempotencyKeys) -> None:
        self._database = database
        self.idempotency_keys = idempotency_keys

    @in_database
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
        with self._database.beginning():
            self._database.execute(
                "INSERT INTO sessions (id, language, status, reason, one_shot, resources,"
                " timeout_seconds, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                values,
            )

    def end_session(self, session: SessionRecord, status: str, reason: str) -> asyncio.Future[None]:
        """Mark an active session as deleted, expired or ended, with an event that says so."""
        session.status, session.reason, session.ended_at = status, reason, datetime.now(UTC)
        end = partial(self._end_session, session)
        return self._database.eventually(session.id, end, session)

    def _end_session(self, session: SessionRecord) -> None:
        status, reason, now = session.status, session.reason, stamp(session.ended_at)
        with self._database.transaction():
            self._database.execute(
                "UPDATE sessions SET status = ?, reason = ?, ended_at = ? WHERE id = ?",
                (status, reason, now, session.id),
            )
            self._add_event(session.id, None, status, f"Session {status}: {reason}", now)

    @in_database
    def session(self, session_id: str) -> SessionRecord | None:
        if isinstance(latest := self._database.unwritten(session_id), SessionRecord):
            return latest
        rows = self._database.execute(SESSION + " WHERE id = ?", (session_id,))
        return next((session_of(row) for row in rows), None)

    @in_database
    def active_sessions(self) -> list[SessionRecord]:
        """The sessions that can be used, newest first."""
        query = SESSION + " WHERE status = 'active' AND NOT one_shot ORDER BY created_at DESC"
        found = [session_of(row) for row in self._database.execute(query)]
        return [each for each in found if self._database.unwritten(each.id) is None]

    @in_database
    def add_execution(self, execution: ExecutionRecord, claim: Claim | None = None) -> None:
        """Record that it is about to run, and that this is what became of its key, at once."""
        with self._database.beginning():
            self._insert_execution(execution)
            if claim is not None:
                self.idempotency_keys.keep_execution(claim.key, claim.fingerprint, execution.id)

    async def finish_execution(self, execution: ExecutionRecord) -> None:
        """Record how it ended, with all it put out: in pieces, between which others have a turn."""
        execution.completed_at = datetime.now(UTC)
        finish = partial(self._finish_with_outputs, execution)
        if not one_piece(execution.outputs):
            rows = output_rows(execution)
            with suppress(sqlite3.OperationalError):  # else all is written once that can be
                while await self._add_outputs(execution.id, rows):
                    pass
                finish = partial(self._finish_execution, execution)
        await self._database.eventually(execution.id, finish, execution)

    def _finish_with_outputs(self, execution: ExecutionRecord) -> None:
        with self._database.transaction():
            rows = output_rows(execution)
            self._database.executemany(OUTPUT, ((execution.id, *row) for row in rows))
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

    async def execution(self, execution_id: str) -> ExecutionRecord | None:
        found = await self._execution("id = ?", execution_id)
        return None if found is None else await self._with_outputs(*found)

    async def executions(
        self,
        *,
        session_id: str | None = None,
        status: str | None = None,
        limit: int,
        offset: int = 0,
        after: str | None = None,
        outputs: bool = True,
    ) -> Page[ExecutionRecord]:
        """A page of executions, newest first. The status is compared without regard to case.

        It ends early where they are large. Without `outputs` none of these is read.

        Raises:
            UnknownEntry: there is no execution `after`.
        """
        numbers = await self._numbers(session_id, status, after, limit + 1, offset)
        found, size = list[ExecutionRecord](), 0
        for number in numbers[:limit]:
            one = await self._execution("number = ?", number)
            if one is None:
                raise RuntimeError(f"execution {number} has gone")
            found.append(await self._with_outputs(*one) if outputs else one[1])
            size += found[-1].size() if outputs else len(found[-1].code)
            if size > PAGE_BYTES:
                break
        return Page(found, found[-1].id if found and len(found) < len(numbers) else None)

    def add_event(
        self, session_id: str, type: str, message: str, *, execution_id: str | None = None
    ) -> asyncio.Future[None]:
        """Write a line into the session's log."""
        now = stamp(datetime.now(UTC))
        add = partial(self._add_event, session_id, execution_id, type, message, now)
        return self._database.eventually(f"{session_id} {now}", add)

    async def logs(
        self, session_id: str, *, limit: int, offset: int = 0, after: str | None = None
    ) -> Page[LogRecord]:
        """A page of the session's log, newest first: its events and its executions' outputs.

        It ends early where they are large.

        Raises:
            UnknownEntry: `after` is no place in a log.
        """
        place = BEFORE_ALL if after is None else place_of(after)
        places = await self._places(session_id, place, limit + 1, offset)
        found, size = list[LogRecord](), 0
        for each in places[:limit]:
            found += await self._log_entry(*each)
            size += len(found[-1].message)
            if size > PAGE_BYTES:
                break
        return Page(found, found[-1].place if found and len(found) < len(places) else None)

    @long_in_database
    def _numbers(
        self,
        session_id: str | None,
        status: str | None,
        after: str | None,
        limit: int,
        offset: int,
    ) -> list[int]:
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
        return [number for (number,) in self._database.execute(query, (*values, limit, offset))]

    @long_in_database
    def _places(
        self, session_id: str, before: Sequence[int], limit: int, offset: int
    ) -> list[tuple[int, int, int]]:
        names = ("created", "kind", "number", "position")
        values = {
            **dict(zip(names, before, strict=True)),
            "session": session_id,
            "limit": limit,
            "offset": offset,
            "many": limit + offset,
        }
        return [place[:3] for place in self._database.execute(LOG, values)]

    @long_in_database
    def _log_entry(self, kind: int, number: int, position: int) -> list[LogRecord]:
        query, key = (LOG_OUTPUT, (number, position)) if kind else (LOG_EVENT, (number,))
        return [log_of(row) for row in self._database.execute(query, key)]

    @long_in_database
    def _execution(self, condition: str, value: str | int) -> tuple[int, ExecutionRecord] | None:
        """An execution without its outputs, and its number."""
        row = self._database.execute(f"{EXECUTION} WHERE {condition}", (value,)).fetchone()
        return None if row is None else (row[0], execution_of(row[1:]))

    async def _with_outputs(self, number: int, execution: ExecutionRecord) -> ExecutionRecord:
        """The same with its outputs, or what is true of it where that couldn't be written yet."""
        outputs, rows, begun = Joined(), await self._outputs(number, -1), None
        while rows:
            for _, output in rows:
                outputs.add(output, apart=output.timestamp != begun)
                begun = output.timestamp
            rows = await self._outputs(number, rows[-1][0])
        execution.outputs = outputs.all()
        latest = self._database.unwritten(execution.id)
        return latest if isinstance(latest, ExecutionRecord) else execution

    @long_in_database
    def _outputs(self, number: int, after: int) -> list[tuple[int, Output]]:
        """The next few of an execution's outputs, and their positions."""
        rows = self._database.execute(OUTPUTS, (number, after))
        return [(position, output_of(row)) for position, *row in piece_of(rows, data=2)]

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

    @long_in_database
    def _add_outputs(self, execution_id: str, rows: Iterator[tuple[Any, ...]]) -> bool:
        """Write the next few of these rows; whether there were some."""
        some = [(execution_id, *row) for row in piece_of(rows, data=2)]
        if some:
            with self._database.transaction():
                self._database.executemany(OUTPUT, some)
        return bool(some)

    def _add_event(
        self, session_id: str, execution_id: str | None, type: str, message: str, now: int | None
    ) -> None:
        self._database.execute(
            "INSERT INTO events (session_id, execution_id, type, message, created_at)"
            " VALUES (?, ?, ?, ?, ?)",
            (session_id, execution_id, type, message, now),
        )

    @in_database
    def recover(self) -> None:
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
