"""Accounts and their API keys that are made and revoked while runtimes go on: each by anybody who may.

Of a key there is its digest alone. The tables are the same in all databases, in a place of their own beside
the records.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from .connection import Connection
from .timestamps import moment, stamp

TABLES = (
    """
    CREATE TABLE accounts (
        name TEXT PRIMARY KEY,
        namespace TEXT,                 -- where its pods are; NULL: where the runtime's are
        limits TEXT NOT NULL,           -- JSON: numbers by name
        created_at BIGINT NOT NULL
    );
    CREATE TABLE api_keys (
        id TEXT PRIMARY KEY,
        account TEXT NOT NULL REFERENCES accounts (name),
        digest TEXT NOT NULL UNIQUE,    -- SHA-256, in hexadecimal digits
        created_at BIGINT NOT NULL,
        revoked_at BIGINT
    );
    CREATE TABLE changes (number BIGINT NOT NULL);  -- how many there have been
    INSERT INTO changes VALUES (0);
    """,
)


class UnknownName(Exception):
    """There is no such account, or no such key."""


class NameTaken(Exception):
    """There is an account of that name."""


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """An account. `limits` are as the file of accounts has them."""

    name: str
    namespace: str | None
    limits: Mapping[str, int]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """An API key, by its digest; `revoked_at` is None for one that is let in."""

    id: str
    account: str
    digest: bytes = field(repr=False)
    created_at: datetime
    revoked_at: datetime | None


class AccountStore:
    """The accounts of a database, and their keys."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self, name: str, namespace: str | None, limits: Mapping[str, int], digest: bytes
    ) -> str:
        """Make it, with a key that is let in from now on; the key's id. Raises NameTaken."""
        with self._connection.transaction():
            made = self._connection.execute(
                "INSERT INTO accounts (name, namespace, limits, created_at) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (name) DO NOTHING RETURNING 1",
                (name, namespace, json.dumps(dict(limits)), stamp(datetime.now(UTC))),
            )
            if not list(made):
                raise NameTaken(name)
            return self._add_key(name, digest)

    def add_key(self, account: str, digest: bytes) -> str:
        """Have it let in from now on; its id. Raises UnknownName."""
        with self._connection.transaction():
            if not any(
                self._connection.execute("SELECT 1 FROM accounts WHERE name = ?", (account,))
            ):
                raise UnknownName(account)
            return self._add_key(account, digest)

    def revoke(self, id: str) -> None:
        """Have it let in no more, from now on. Raises UnknownName."""
        with self._connection.transaction():
            if not any(each.id == id for each in self.api_keys()):
                raise UnknownName(id)
            self._connection.execute(
                "UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
                (stamp(datetime.now(UTC)), id),
            )
            self._count()

    def accounts(self) -> list[AccountRecord]:
        """All, by their names."""
        found = self._connection.execute(
            "SELECT name, namespace, limits, created_at FROM accounts ORDER BY name"
        )
        return [
            AccountRecord(name, namespace, json.loads(limits), moment(created))
            for name, namespace, limits, created in found
        ]

    def api_keys(self) -> list[KeyRecord]:
        """All, the oldest first."""
        found = self._connection.execute(
            "SELECT id, account, digest, created_at, revoked_at FROM api_keys ORDER BY created_at, id"
        )
        return [
            KeyRecord(
                *(id, account, bytes.fromhex(digest), moment(created)),
                None if revoked is None else moment(revoked),
            )
            for id, account, digest, created, revoked in found
        ]

    def changes(self) -> int:
        """How many there have been: as long as it is the same, all is."""
        return next(
            int(number) for (number,) in self._connection.execute("SELECT number FROM changes")
        )

    def _add_key(self, account: str, digest: bytes) -> str:
        id = f"key_{secrets.token_hex(4)}"
        self._connection.execute(
            "INSERT INTO api_keys (id, account, digest, created_at) VALUES (?, ?, ?, ?)",
            (id, account, digest.hex(), stamp(datetime.now(UTC))),
        )
        self._count()
        return id

    def _count(self) -> None:
        self._connection.execute("UPDATE changes SET number = number + 1")
