"""Where accounts are that are made and revoked while runtimes go on: beside the records."""

from __future__ import annotations

from pathlib import Path

from .store.accounts import TABLES
from .store.connection import Connection
from .store.postgresql import PostgresqlConnection
from .store.sqlite import SqliteConnection

ACCOUNTS = "accounts.db"
"""The file in a runtime's folder. It is another than the records': those are one program's alone."""

SCHEMA = "cognitora_accounts"
"""In PostgreSQL; no account's records are called so, whose names have no underscore."""


def accounts_of(database: str | None, folder: Path) -> Connection:
    """A connection to PostgreSQL, by its URL, or else to the file in a folder. Raises DatabaseError."""
    if database is not None:
        return PostgresqlConnection(database, SCHEMA, tables=TABLES)
    return SqliteConnection(folder / ACCOUNTS, tables=TABLES)
