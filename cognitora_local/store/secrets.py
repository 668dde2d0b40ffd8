"""What runtimes with the same records have in common, and tell nobody."""

from __future__ import annotations

import secrets

from .database import Database, in_database

_BYTES = 32


class Secrets:
    """The secrets of some records, each made by who needs it first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @in_database
    def get(self, name: str) -> bytes:
        """So many bytes that nobody can guess, the same for each who asks."""
        made = secrets.token_hex(_BYTES)
        insert = "INSERT INTO secrets (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING"
        self._database.execute(insert, (name, made))
        ((found,),) = self._database.execute("SELECT value FROM secrets WHERE name = ?", (name,))
        return bytes.fromhex(found)
