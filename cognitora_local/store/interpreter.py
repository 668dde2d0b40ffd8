"""What the interpreter remembers: sessions, executions, outputs, and the sessions' events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from copy import copy
from datetime import UTC, datetime
from functools import partial
from typing import Any

from ..kernel.outputs import Joined, Output
from .connection import Unusable
from .database import Database, in_database, long_in_database
from .gateways import LIVING
from .idempotency import Claim, IdempotencyKeys
from .interpreter_rows import OUTPUT, log_of, one_piece, output_rows, piece_of, place_of, shown_of
from .models import INTERRUPTED, NOT_RUN, ExecutionRecord, LogRecord, SessionRecord
from .pages import PAGE_BYTES, Page
from .quotas import check_fewer, counted
from .table import Table
from .timestamps import stamp

RESTARTED = "the runtime was restarted"

# Both halves come in the order of an index, and no further than the page: a log may be long.
LOG = """
    SELECT * FROM (
        SELECT 0 AS kind, number, 0 AS position, created_at FROM events
        WHERE session_id = :session AND created_at <= :created
            AND (created_at, 0, number, 0) < (:created, :kind, :number, :position)
        ORDER BY created_at DESC, number DESC LIMIT :many
    ) AS happened
    UNION ALL
    SELECT * FROM (
        SELECT 1, execution, position, created_at FROM places
        WHERE session_id = :session AND created_at <= :created
            AND (created_at, 1, execution, position) < (:created, :kind, :number, :position)
        ORDER BY created_at DESC, execution DESC, position DESC LIMIT :many
    ) AS shown
    ORDER BY created_at DESC, kind DESC, number DESC, position DESC LIMIT :limit OFFSET :offset
"""
LOG_EVENT = """
    SELECT type, message, execution_id, created_at, 0, number, 0
    FROM events WHERE number = ?
"""
LOG_OUTPUT = """
    SELECT type, data, id, outputs.created_at, 1, execution, position
    FROM outputs JOIN executions ON execution = number WHERE execution = ? AND position = ?
"""
ADD_OUTPUT = (
    "INSERT INTO outputs"
    " (execution, position, type, data, bundle, created_at, metadata, display_id)"
    " VALUES ((SELECT number FROM executions WHERE id = ?), ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT DO NOTHING"  # written before, when nobody could tell
)
OUTPUTS = (
    "SELECT position, type, data, bundle, created_at, metadata, display_id FROM outputs"
    " WHERE execution = (SELECT number FROM executions WHERE id = ?) AND position > ?"
    " ORDER BY position"
)
BEFORE_ALL = (2**63 - 1, 0, 0, 0)  # a place in a log that all its entries follow


ACTIVE = "SELECT count(*) FROM sessions WHERE status = 'active' AND NOT one_shot"
RUNNING = "SELECT count(*) FROM executions WHERE status = 'running'"
GOES_ON = (
    "address IS NOT NULL AND (status = 'active' OR EXISTS (SELECT 1 FROM executions"
    " WHERE session_id = sessions.id AND executions.status = 'running'))"
)
"""What there is to take over of a session, or of a one-shot, when its gateway is lost."""


def left_for_good(database: Database) -> str:
    """The condition of sessions that are no living gateway's, and that none is to take over.

    Of a gateway that was lost just now, what goes on is for who takes it over.
    """
    lost = f"gateway NOT IN {LIVING}"
    return f"{lost} AND NOT ({GOES_ON})" if database.epoch else lost


class InterpreterStore:
    """The interpreter's records. Every change is committed once what its method returns is done."""

    def __init__(self, database: Database, idempotency_keys: IdempotencyKeys) -> None:
        self._database = database
        self.idempotency_keys = idempotency_keys
        self._sessions = Table(database, "sessions", SessionRecord)
        self._executions = Table(database, "executions", ExecutionRecord)

    @in_database
    def add_session(
        self,
        session: SessionRecord,
        note: Callable[[], None] = lambda: None,
        *,
        most: int | None = None,
    ) -> None:
        """Record that it is there, and whose it is; `note` records more, at once.

        Raises:
            TooMany: there are `most` already that can be used, of all gateways together.
        """
        session.gateway = self._database.epoch

        def undo() -> None:
            self.idempotency_keys.drop_execution(session.id)
            self._sessions.delete(session.id)

        with self._database.beginning(session.id, undo):
            if most is not None:
                check_fewer(self._database, most, ACTIVE)
            self._sessions.insert(session)
            note()

    @in_database
    def note_address(self, session: SessionRecord) -> None:
        """Write down where its sandbox is, before anything is begun there: else nothing ever was."""
        self._database.execute(
            "UPDATE sessions SET address = ? WHERE id = ?", (session.address, session.id)
        )

    def update_session(self, session: SessionRecord) -> asyncio.Future[None]:
        """Write down how it is now."""
        now = copy(session)  # it goes on changing
        return self._database.eventually(now.id, partial(self._sessions.update, now), now)

    def end_session(self, session: SessionRecord, status: str, reason: str) -> asyncio.Future[None]:
        """Mark an active session as deleted, expired or ended, with an event that says so."""
        session.status, session.reason, session.ended_at = status, reason, datetime.now(UTC)
        now = stamp(session.ended_at)

        def end() -> None:
            with self._database.transaction():
                self._sessions.update(session)
                self._add_event(session.id, None, status, f"The session has ended: {reason}.", now)

        return self._database.eventually(session.id, end, session)

    @property
    def shared(self) -> bool:
        """Whether other gateways have these records too, and take over what this one leaves."""
        return self._database.epoch != 0

    @in_database
    def take_over(self) -> list[SessionRecord]:
        """Make the sessions this gateway's, with what runs in them, that are no living one's.

        Those too that it has made its own before: whoever asked then may not have been answered.
        """
        epoch = self._database.epoch
        if not epoch:
            return []
        with self._database.beginning("what is taken over", lambda: None):
            self._database.execute(
                "UPDATE sessions SET gateway = ?, term = term + 1"
                f" WHERE gateway NOT IN {LIVING} AND {GOES_ON}",
                (epoch,),
            )
            return list(self._sessions.find(f"gateway = ? AND term > 0 AND {GOES_ON}", epoch))

    @in_database
    def running(self, session_id: str) -> list[ExecutionRecord]:
        """The executions of a session that run or wait, the first one first."""
        condition = "session_id = ? AND status = 'running' ORDER BY number"
        return list(self._executions.find(condition, session_id))

    @in_database
    def session(self, session_id: str) -> SessionRecord | None:
        return self._sessions.get(session_id)

    @in_database
    def count_active(self) -> int:
        """How many sessions can be used, of all gateways together."""
        return counted(self._database, ACTIVE)

    @in_database
    def count_running(self) -> int:
        """How many executions run or wait, of all gateways together."""
        return counted(self._database, RUNNING)

    @in_database
    def active_sessions(self) -> list[SessionRecord]:
        """The sessions that can be used, newest first."""
        condition = "status = 'active' AND NOT one_shot ORDER BY created_at DESC"
        return [each for each in self._sessions.find(condition) if each.active]

    @in_database
    def add_execution(self, execution: ExecutionRecord, claim: Claim | None = None) -> None:
        """Record that it is about to run, and that this is what became of its key, at once."""

        def undo() -> None:
            self.idempotency_keys.drop_execution(execution.id)
            self._executions.delete(execution.id)

        with self._database.beginning(execution.id, undo):
            self._executions.insert(execution)
            self.idempotency_keys.keep_execution(claim, execution.id)

    async def finish_execution(self, execution: ExecutionRecord) -> None:
        """Record how it ended, with all it put out: in pieces, between which others have a turn."""
        execution.completed_at = datetime.now(UTC)
        finish = partial(self._finish_with_outputs, execution)
        if not one_piece(execution.outputs):
            rows = output_rows(execution)
            with suppress(Unusable):  # else all is written once that can be
                while await self._add_outputs(execution.id, rows):
                    pass
                finish = partial(self._executions.update, execution)
        await self._database.eventually(execution.id, finish, execution)

    def is_written(self, execution_id: str) -> bool:
        """Whether all that is known of it is in the records."""
        return self._database.unwritten(execution_id) is None

    def _finish_with_outputs(self, execution: ExecutionRecord) -> None:
        with self._database.transaction():
            rows = output_rows(execution)
            self._database.executemany(ADD_OUTPUT, ((execution.id, *row) for row in rows))
            self._executions.update(execution)

    async def execution(self, execution_id: str) -> ExecutionRecord | None:
        found = await self._execution(execution_id)
        return None if found is None else await self._with_outputs(found)

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
        ids = await self._ids(limit + 1, offset, after, session_id=session_id, status=status)
        found, size = list[ExecutionRecord](), 0
        for id in ids[:limit]:
            one = await self._execution(id)
            if one is None:
                raise RuntimeError(f"execution {id} has gone")
            found.append(await self._with_outputs(one) if outputs else one)
            size += one.size() if outputs else len(one.code)
            if size > PAGE_BYTES:
                break
        return Page(found, found[-1].id if found and len(found) < len(ids) else None)

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
    def _ids(
        self,
        limit: int,
        offset: int,
        after: str | None,
        *,
        session_id: str | None,
        status: str | None,
    ) -> list[str]:
        condition, values = self._executions.newest(
            after, session_id=session_id, status=status and status.lower()
        )
        query = f"SELECT id FROM executions WHERE {condition}"
        return [id for (id,) in self._database.execute(query, (*values, limit, offset))]

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
        read = shown_of if kind else str
        return [log_of(row, read) for row in self._database.execute(query, key)]

    @long_in_database
    def _execution(self, execution_id: str) -> ExecutionRecord | None:
        """An execution without its outputs, or with them where they couldn't be written yet."""
        return self._executions.get(execution_id)

    async def _with_outputs(self, execution: ExecutionRecord) -> ExecutionRecord:
        if not execution.outputs:
            outputs, rows, begun = Joined(), await self._outputs(execution.id, -1), None
            while rows:
                for _, output in rows:
                    outputs.add(output, apart=output.timestamp != begun)
                    begun = output.timestamp
                rows = await self._outputs(execution.id, rows[-1][0])
            execution.outputs = outputs.all()
        return execution

    @long_in_database
    def _outputs(self, execution_id: str, after: int) -> list[tuple[int, Output]]:
        """The next few of an execution's outputs, and their positions."""
        rows = self._database.execute(OUTPUTS, (execution_id, after))
        return [(position, OUTPUT.of(row)) for position, *row in piece_of(rows, data=2)]

    @long_in_database
    def _add_outputs(self, execution_id: str, rows: Iterator[tuple[Any, ...]]) -> bool:
        """Write the next few of these rows; whether there were some."""
        some = [(execution_id, *row) for row in piece_of(rows, data=2)]
        if some:
            with self._database.transaction():
                self._database.executemany(ADD_OUTPUT, some)
        return bool(some)

    def _add_event(
        self, session_id: str, execution_id: str | None, type: str, message: str, now: int
    ) -> None:
        self._database.execute(
            "INSERT INTO events (session_id, execution_id, type, message, created_at)"
            " VALUES (?, ?, ?, ?, ?)",
            (session_id, execution_id, type, message, now),
        )

    @in_database
    def recover(self) -> None:
        """Settle what runtimes that are no more have left open."""
        now = stamp(datetime.now(UTC))
        with self._database.transaction():
            self.idempotency_keys.recover()
            found = self._database.execute(
                "SELECT DISTINCT gateway FROM sessions WHERE (status = 'active' OR id IN (SELECT"
                f" session_id FROM executions WHERE status = 'running')) AND {left_for_good(self._database)}"
            )
            # Who is lost between two of these statements is for later.
            dead = ", ".join(str(int(epoch)) for (epoch,) in found) or "NULL"
            left = f"gateway IN ({dead}) AND {left_for_good(self._database)}"
            waited = (
                "status = 'running' AND session_id IN (SELECT id FROM sessions WHERE one_shot"
                f" AND address IS NULL AND gateway <> 0 AND {left})"
            )
            key = f"execution_id IN (SELECT id FROM executions WHERE {waited})"
            self._database.execute(f"DELETE FROM idempotency_keys WHERE {key}")
            self._database.execute(
                f"UPDATE executions SET status = 'failed', errors = ?, completed_at = ? WHERE {waited}",
                (json.dumps([NOT_RUN]), now),
            )
            self._database.execute(
                "UPDATE executions SET status = 'failed', errors = ?, completed_at = ?"
                f" WHERE status = 'running' AND session_id IN (SELECT id FROM sessions WHERE {left})",
                (json.dumps([INTERRUPTED]), now),
            )
            self._database.execute(
                "INSERT INTO events (session_id, type, message, created_at)"
                f" SELECT id, 'ended', ?, ? FROM sessions WHERE status = 'active' AND {left}",
                (f"The session has ended: {RESTARTED}.", now),
            )
            self._database.execute(
                "UPDATE sessions SET status = 'ended', reason = ?, ended_at = ?"
                f" WHERE status = 'active' AND {left}",
                (RESTARTED, now),
            )
