"""What the runtime remembers of processes in the background: how they went, and what they printed."""

from __future__ import annotations

import asyncio
from copy import copy
from datetime import UTC, datetime
from functools import partial

from .database import Database, in_database
from .gateways import LIVING
from .idempotency import Claim, IdempotencyKeys
from .interpreter import left_for_good
from .models import FAILED, INTERRUPTED, PENDING, RUNNING, ProcessRecord
from .pages import Page, most, page_of
from .program_outputs import ProgramOutputs
from .table import Table
from .timestamps import stamp


class ProcessStore:
    """The records of processes. Every change is committed once what its method returns is done.

    Attributes:
        outputs: what they have printed.
    """

    def __init__(self, database: Database, idempotency_keys: IdempotencyKeys) -> None:
        self._database = database
        self.idempotency_keys = idempotency_keys
        self.outputs = ProgramOutputs(database)
        self._processes = Table(database, "processes", ProcessRecord)

    @in_database
    def add(self, process: ProcessRecord, claim: Claim | None = None) -> None:
        """Record that it is about to run, and that this is what became of its key, at once."""

        def undo() -> None:
            self.idempotency_keys.drop_execution(process.id)
            self._processes.delete(process.id)

        with self._database.beginning(process.id, undo):
            self._processes.insert(process)
            self.idempotency_keys.keep_execution(claim, process.id)

    def update(self, process: ProcessRecord) -> asyncio.Future[None]:
        """Write down how it is now."""
        now = copy(process)  # it goes on changing
        return self._database.eventually(now.id, partial(self._processes.update, now), now)

    @in_database
    def get(self, process_id: str) -> ProcessRecord | None:
        return self._processes.get(process_id)

    @in_database
    def unfinished(self, session_id: str) -> list[ProcessRecord]:
        """The processes of a session that haven't ended."""
        condition = "session_id = ? AND status IN (?, ?)"
        return list(self._processes.find(condition, session_id, PENDING, RUNNING))

    @in_database
    def page(
        self,
        *,
        session_id: str | None = None,
        container_id: str | None = None,
        limit: int,
        after: str | None = None,
    ) -> Page[ProcessRecord]:
        """A page of the processes of a session or of a container, newest first.

        It ends early where they are large.

        Raises:
            UnknownEntry: there is no process `after`.
        """
        condition, values = self._processes.newest(
            after, session_id=session_id, container_id=container_id
        )
        found = self._processes.find(condition, *values, most(limit), 0)
        return page_of(found, limit)

    @in_database
    def recover(self) -> None:
        """Settle what runtimes that are no more have left open."""
        interrupt(
            self._database,
            f"session_id IN (SELECT id FROM sessions WHERE {left_for_good(self._database)})"
            f" OR container_id IN (SELECT id FROM containers WHERE gateway NOT IN {LIVING})",
        )

    @in_database
    def end_all(self, session_id: str) -> None:
        """Settle those of a session whose sandbox is gone."""
        interrupt(self._database, "session_id = ?", session_id)


def interrupt(database: Database, which: str, *values: str) -> None:
    """Settle those of this condition that haven't ended."""
    database.execute(
        "UPDATE processes SET status = ?, reason = ?, completed_at = ?, output_bytes = coalesce("
        "(SELECT max(position + length(data)) FROM program_outputs WHERE program = id), 0)"
        f" WHERE status IN (?, ?) AND ({which})",
        (FAILED, INTERRUPTED, stamp(datetime.now(UTC)), PENDING, RUNNING, *values),
    )
