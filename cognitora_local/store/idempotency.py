"""Idempotency keys: what each of them has answered, kept in the records' database."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from .connection import RecordsError
from .database import Database, in_database
from .gateways import LIVING
from .timestamps import stamp

INSERT = (
    "INSERT INTO idempotency_keys"
    " (key, fingerprint, execution_id, status, body, gateway, created_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET"
    " fingerprint = excluded.fingerprint, execution_id = excluded.execution_id,"
    " status = excluded.status, body = excluded.body, gateway = excluded.gateway,"
    " created_at = excluded.created_at"
)

KEPT = timedelta(hours=24)
"""How long a key is remembered, from its first call on."""

PRUNE_SECONDS = 600.0
"""Between two removals of what is older. A key that waits for it has no effect any more."""


CLAIMED, AT_WORK = 0, 1
"""The `status` of a key that has no answer yet. Of the first it is known that its work begins with a record,
which is the key's answer in that moment: without one nothing was done."""


class KeyTaken(RecordsError):
    """Another gateway has claimed the key meanwhile."""


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key that was used.

    Attributes:
        fingerprint: of the call that it belongs to: method, path and body.
        execution_id: what has the record that is the answer: an execution, a container or a command
            in one, as the call's operation tells; where the answer was stored too, what that is about.
        status: of the stored answer; CLAIMED or AT_WORK where there is none yet.
        body: of the stored answer; where there is none yet, the mark of who has claimed the key.
        gateway: the epoch of the one that has done its work, or does.
        lost: whether that one isn't alive any more.
    """

    fingerprint: bytes
    execution_id: str | None
    status: int
    body: bytes
    gateway: int = 0
    lost: bool = False

    @property
    def answered(self) -> bool:
        return self.execution_id is not None or self.status not in (CLAIMED, AT_WORK)


@dataclass(slots=True, eq=False)
class Claim:
    """A key in use.

    Attributes:
        key: the key.
        fingerprint: of the call that it belongs to.
        seen: when the key last came, on the monotonic clock.
        mark: what tells this claim from every other of the key in the records.
        streamed: whether its answer is a stream, which nobody can come back to.
        running: the execution whose record is the key's answer, where there is one.
        kept: whether it was recorded already what became of the key.
        tried: whether the records may have it, as they were asked to.
    """

    key: str
    fingerprint: bytes
    seen: float
    mark: bytes = field(default_factory=partial(secrets.token_bytes, 8))
    streamed: bool = False
    running: asyncio.Task[Any] | None = None
    kept: bool = False
    tried: bool = False


class IdempotencyKeys:
    """The keys of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pruned = -PRUNE_SECONDS

    @in_database
    def claim(self, claim: Claim, *, recorded: bool) -> StoredKey | None:
        """What is known of a key, unless it is too old; None: it is the caller's from now on.

        Where gateways share the records it is so for all of them: one alone is told None.
        `recorded`: whether its work begins with a record that is its answer.

        When this fails, or nobody hears of its end, the claim is to be freed.
        """
        key = claim.key
        if isinstance(latest := self._database.unwritten(name_of(key)), StoredKey):
            return latest
        status = CLAIMED if recorded else AT_WORK
        while True:
            if self._database.epoch and self._claim(claim, status):
                return None
            rows = self._database.execute(
                "SELECT fingerprint, execution_id, status, body, gateway,"
                f" gateway <> 0 AND gateway NOT IN {LIVING} FROM idempotency_keys"
                " WHERE key = ? AND created_at >= ?",
                (key, self._oldest()),
            )
            known = next((StoredKey(*row) for row in rows), None)
            if known is not None or not self._database.epoch:  # else it was freed between the two
                return known

    def free(self, claim: Claim) -> None:
        """Let others claim a key whose work was refused before it began.

        However late that is done, it undoes no other claim.
        """
        if self._database.epoch:
            free = partial(self._free, claim)
            self._database.eventually(f"{name_of(claim.key)} freed by {claim.mark.hex()}", free)

    def recover(self) -> None:
        """Free what gateways that are no more had claimed and not begun.

        In the work that settles the rest.
        """
        self._database.execute(
            "DELETE FROM idempotency_keys WHERE execution_id IS NULL AND status = ?"
            f" AND gateway NOT IN {LIVING}",
            (CLAIMED,),
        )

    def keep_execution(self, claim: Claim | None, execution_id: str) -> None:
        """Let the record of an execution be the key's answer, if there is one, from before it begins.

        In the work that writes that record.
        """
        if claim is not None:
            self._keep(claim.key, StoredKey(claim.fingerprint, execution_id, 0, b""))

    def keep_answer(self, claim: Claim | None, id: str, status: int, body: bytes) -> None:
        """Let this be the key's answer, if there is one, before it is given.

        In the work that writes the record of this id, which the answer is about.
        """
        if claim is not None:
            self._keep(claim.key, StoredKey(claim.fingerprint, id, status, body))
            claim.kept = True

    def drop_execution(self, execution_id: str) -> None:
        """Undo that. In the work that takes its record away again."""
        self._database.execute(
            "DELETE FROM idempotency_keys WHERE execution_id = ?", (execution_id,)
        )

    def free_execution(self, execution_id: str) -> asyncio.Future[None]:
        """Let the key of an execution be used again: it wasn't begun, and never will be."""
        drop = partial(self.drop_execution, execution_id)
        return self._database.eventually(f"key of {execution_id}", drop)

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

    def _claim(self, claim: Claim, status: int) -> bool:
        """Whether it is ours, as it was nobody's until now."""
        self._database.write_again()  # what frees it may be among that
        claim.tried = True
        rows = self._database.execute(
            INSERT + " WHERE idempotency_keys.created_at < ? RETURNING 1",
            (
                *(claim.key, claim.fingerprint, None, status, claim.mark, self._database.epoch),
                *(stamp(datetime.now(UTC)), self._oldest()),
            ),
        )
        return bool(list(rows))

    def _free(self, claim: Claim) -> None:
        """What was never tried has nothing to wait for, however many claims fail while the server is away."""
        if claim.tried:
            self._database.execute(
                "DELETE FROM idempotency_keys WHERE key = ? AND gateway = ?"
                " AND execution_id IS NULL AND status IN (?, ?) AND body = ?",
                (claim.key, self._database.epoch, CLAIMED, AT_WORK, claim.mark),
            )

    def _keep(self, key: str, answer: StoredKey) -> None:
        """Raises KeyTaken where it isn't ours any more."""
        self._prune()
        said = (answer.fingerprint, answer.execution_id, answer.status, answer.body)
        rows = self._database.execute(
            INSERT + " WHERE idempotency_keys.gateway = excluded.gateway RETURNING 1",
            (key, *said, self._database.epoch, stamp(datetime.now(UTC))),
        )
        if not list(rows):
            raise KeyTaken("another gateway has this idempotency key")

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
