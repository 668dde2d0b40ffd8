"""Idempotency keys: what each of them has answered, kept in the records' database."""

from __future__ import annotations

import asyncio
import time
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from .database import Database, in_database
from .timestamps import stamp

KEPT = timedelta(hours=24)
"""How long a key is remembered, from its first call on."""

PRUNE_SECONDS = 600.0
"""Between two removals of what is older. A key that waits for it has no effect any more."""


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key whose work was done.

    Attributes:
        fingerprint: of the call that it belongs to: method, path and body.
        execution_id: what has the record that is the answer: an execution, a container or a command
            in one, as the call's operation tells; None where the answer was stored.
        status: of the stored answer.
        body: of the stored answer.
    """

    fingerprint: bytes
    execution_id: str | None
    status: int
    body: bytes


@dataclass(slots=True, eq=False)
class Claim:
    """A key in use.

    Attributes:
        key: the key.
        fingerprint: of the call that it belongs to.
        seen: when the key last came, on the monotonic clock.
        streamed: whether its answer is a stream, which nobody can come back to.
        running: the execution whose record is the key's answer, where there is one.
        kept: whether it was recorded already what became of the key.
    """

    key: str
    fingerprint: bytes
    seen: float
    streamed: bool = False
    running: asyncio.Task[Any] | None = None
    kept: bool = False


class IdempotencyKeys:
    """The keys of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pruned = -PRUNE_SECONDS

    @in_database
    def find(self, key: str) -> StoredKey | None:
        """What is known of a key, unless it is too old."""
        if isinstance(latest := self._database.unwritten(name_of(key)), StoredKey):
            return latest
        rows = self._database.execute(
            "SELECT fingerprint, execution_id, status, body FROM idempotency_keys"
            " WHERE key = ? AND created_at >= ?",
            (key, self._oldest()),
        )
        return next((StoredKey(*row) for row in rows), None)

    def keep_execution(self, claim: Claim | None, execution_id: str) -> None:
        """Let the record of an execution be the key's answer, if there is one, from before it begins.

        In the work that writes that record.
        """
        if claim is not None:
            self._keep(claim.key, StoredKey(claim.fingerprint, execution_id, 0, b""))

    def drop_execution(self, execution_id: str) -> None:
        """Undo that. In the work that takes its record away again."""
        self._database.execute(
            "DELETE FROM idempotency_keys WHERE execution_id = ?", (execution_id,)
        )

    def keep_response(
        self, key: str, fingerprint: bytes, status: int, body: bytes
    ) -> asyncio.Future[None]:
        """Let this be the key's answer. Its work is done, so it is kept as soon as that can be."""
        answer = StoredKey(fingerprint, None, status, body)
        return self._database.eventually(name_of(key), partial(self._keep, key, answer), answer)

    def forget(self, key: str, execution_id: str) -> asyncio.Future[None]:
        """Let the key be used again: nothing was done for it by the execution that it is kept for.

        When that can't be written now, the key goes on to be answered with that execution.
        """
        # Of another execution nothing may be forgotten, however late this is done.
        statement = "DELETE FROM idempotency_keys WHERE key = ? AND execution_id = ?"
        delete = partial(self._database.execute, statement, (key, execution_id))
        return self._database.eventually(f"{name_of(key)} of {execution_id}", delete)

    def _keep(self, key: str, answer: StoredKey) -> None:
        self._prune()
        self._database.execute(
            "INSERT INTO idempotency_keys"
            " (key, fingerprint, execution_id, status, body, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET"
            " fingerprint = excluded.fingerprint, execution_id = excluded.execution_id,"
            " status = excluded.status, body = excluded.body, created_at = excluded.created_at",
            (key, *astuple(answer), stamp(datetime.now(UTC))),
        )

    def _prune(self) -> None:
        if time.monotonic() - self._pruned > PRUNE_SECONDS:
            self._pruned = time.monotonic()
            self._database.execute(
                "DELETE FROM idempotency_keys WHERE created_at < ?", (self._oldest(),)
            )

    def _oldest(self) -> int:
        return stamp(datetime.now(UTC) - KEPT)


def name_of(key: str) -> str:
    """What the database calls a key among all that it writes."""
    return f"key {key}"
