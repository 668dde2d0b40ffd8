"""The records in a SQLite file, for one program alone."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .connection import DatabaseError, RecordsError, Unusable, Values
from .schema import VERSIONS, check, update, version_of

SET_ASIDE = "--set-aside-damaged-records"

START_SECONDS = 5.0
"""How long the start waits for another program that has the records."""

log = logging.getLogger("cognitora_local")


class DamagedError(DatabaseError):
    """The records' file isn't whole, or is none."""


class SqliteConnection:
    """A file of records, open. No other program can lock it, nor look into it, until this is closed.

    Args:
        path: the file, made when it is missing.
        set_aside_damaged: begin with no records where those in the file are damaged, and keep that
            under another name.
        tables: what is in it, by versions; others than the records' are for any programs at a time.

    Raises:
        DatabaseError: it isn't a database of ours, a newer runtime made it, another program has it,
            or it is damaged.
    """

    has_metadata = "EXISTS (SELECT 1 FROM json_each(metadata) WHERE key = ? AND value = ?)"
    epoch = 0

    def __init__(
        self, path: Path, *, set_aside_damaged: bool = False, tables: Sequence[str] = VERSIONS
    ) -> None:
        try:
            self._file = connect(path, tables)
        except DamagedError as error:
            if not set_aside_damaged:
                raise
            log.warning("%s It is now %s, and there are no records.", error, set_aside(path))
            self._file = connect(path, tables)

    def execute(self, statement: str, values: Values = ()) -> Iterator[Any]:
        with telling():
            return rows_of(self._file.execute(statement, values))

    def executemany(self, statement: str, rows: Iterable[Values]) -> None:
        with telling():
            self._file.executemany(statement, rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            if self._file.in_transaction:  # a full disk may have rolled it back already
                self.execute("ROLLBACK")
            raise

    def close(self) -> None:
        self._file.close()


def rows_of(cursor: sqlite3.Cursor) -> Iterator[Any]:
    with telling():
        yield from cursor


@contextmanager
def telling() -> Iterator[None]:
    """What SQLite raises, as what all databases of the records raise."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_ERROR:  # the statement is wrong
            raise RecordsError(str(error)) from error
        full = error.sqlite_errorcode == sqlite3.SQLITE_FULL
        raise Unusable(str(error), full=full) from error
    except sqlite3.Error as error:
        raise RecordsError(str(error)) from error


def connect(path: Path, versions: Sequence[str]) -> sqlite3.Connection:
    """Open the database, that of the records for this program alone, and make or update its tables.

    In WAL mode with `synchronous=NORMAL`: what was committed survives the death of this process,
    however sudden, and the file is never corrupt; only a power cut may cost the last moments.

    Raises:
        DatabaseError: as `Database`.
    """
    with ExitStack() as failed:
        try:
            database = sqlite3.connect(
                path, timeout=START_SECONDS, isolation_level=None, check_same_thread=False
            )
            failed.callback(database.close)
            if versions is VERSIONS:
                database.execute("PRAGMA locking_mode = EXCLUSIVE")
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            database.execute("PRAGMA foreign_keys = ON")
            check_version(database, path, versions)
            update(database, versions)
            check(database, versions)
        except sqlite3.OperationalError as error:
            raise unusable(path, error) from error
        except sqlite3.DatabaseError as error:
            raise DamagedError(
                f"The records in {path} are damaged ({error}). Put a copy in its place, or start "
                f"once more with {SET_ASIDE}: that renames the file, and begins with no records."
            ) from error
        failed.pop_all()
    return database


def check_version(database: sqlite3.Connection, path: Path, versions: Sequence[str]) -> None:
    if (version := version_of(database)) > len(versions):
        raise DatabaseError(
            f"The records in {path} were made by a newer runtime (their version is {version}, "
            f"this one knows {len(versions)}). Update cognitora, or choose another --data-dir."
        )


def unusable(path: Path, error: sqlite3.OperationalError) -> DatabaseError:
    if error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        what = "are used by another program: end it"
    elif error.sqlite_errorcode == sqlite3.SQLITE_FULL:
        what = "have no room to be written in: the disk is full. Make room on it"
    else:
        what = f"can't be used ({error}): see to the file"
    return DatabaseError(f"The records in {path} {what}, or choose another --data-dir.")


def set_aside(path: Path) -> Path:
    """Give the file, and what belongs to it, another name; that of the file."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    for suffix in ("-wal", "-shm", ""):
        belonging = path.with_name(path.name + suffix)
        if belonging.exists():
            belonging.rename(path.with_name(f"{path.name}.damaged-{stamp}{suffix}"))
    return path.with_name(f"{path.name}.damaged-{stamp}")
