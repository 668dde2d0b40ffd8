"""The SQLite file of the records: its tables, their version, and how it is opened."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

SET_ASIDE = "--set-aside-damaged-records"

# One entry for each version of the tables. An entry is never edited once it was released: what
# changes afterwards is another entry, and an older file is brought up to date when it is opened.
# Times are microseconds since 1970, UTC.
VERSIONS = (
    """
    CREATE TABLE sessions (
        id TEXT PRIMARY KEY,
        language TEXT NOT NULL,
        status TEXT NOT NULL,           -- active, deleted, expired, ended
        reason TEXT,                    -- why it is no longer active
        one_shot INTEGER NOT NULL,      -- made for a single execution, and ended with it
        resources TEXT NOT NULL,        -- JSON: cpu_cores, memory_mb, storage_gb
        timeout_seconds INTEGER,
        created_at INTEGER NOT NULL,
        expires_at INTEGER,
        ended_at INTEGER
    );
    CREATE INDEX sessions_by_status ON sessions (status, created_at);

    CREATE TABLE executions (
        number INTEGER PRIMARY KEY AUTOINCREMENT,  -- the order in which they were asked for
        id TEXT NOT NULL UNIQUE,
        session_id TEXT NOT NULL REFERENCES sessions (id),
        language TEXT NOT NULL,
        code TEXT NOT NULL,
        status TEXT NOT NULL,           -- running, completed, failed, timeout
        networking INTEGER NOT NULL,
        timeout_seconds REAL NOT NULL,
        uploaded_files TEXT NOT NULL,   -- JSON: names
        errors TEXT NOT NULL,           -- JSON: sentences
        created_at INTEGER NOT NULL,
        completed_at INTEGER,
        execution_time_ms INTEGER,
        cpu_time_ms INTEGER,
        peak_memory_mb REAL
    );
    CREATE INDEX executions_by_session ON executions (session_id, number);
    CREATE INDEX executions_by_status ON executions (status, number);

    CREATE TABLE outputs (
        execution INTEGER NOT NULL REFERENCES executions (number),
        position INTEGER NOT NULL,
        type TEXT NOT NULL,
        data TEXT NOT NULL,             -- JSON: text, or a MIME bundle
        bundle TEXT,                    -- JSON: the MIME bundle of a rich execution_result
        created_at INTEGER NOT NULL,
        PRIMARY KEY (execution, position)
    ) WITHOUT ROWID;

    CREATE TABLE events (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        session_id TEXT NOT NULL REFERENCES sessions (id),
        execution_id TEXT,
        type TEXT NOT NULL,
        message TEXT NOT NULL,
        created_at INTEGER NOT NULL
    );
    CREATE INDEX events_by_session ON events (session_id, created_at);
    """,
    """
    CREATE TABLE idempotency_keys (
        key TEXT PRIMARY KEY,
        fingerprint BLOB NOT NULL,      -- of the call: method, path and body
        execution_id TEXT,              -- whose record is the answer; else it is stored here:
        status INTEGER NOT NULL,
        body BLOB NOT NULL,
        created_at INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
    """,
    """
    CREATE TABLE containers (
        number INTEGER PRIMARY KEY AUTOINCREMENT,  -- the order in which they were asked for
        id TEXT NOT NULL UNIQUE,
        image TEXT NOT NULL,            -- as it was asked for
        command TEXT,                   -- JSON: a list; NULL: a persistent one that just stays up
        persistent INTEGER NOT NULL,
        cpu_cores REAL NOT NULL,
        memory_mb INTEGER NOT NULL,
        storage_gb REAL NOT NULL,
        gpu_count INTEGER NOT NULL,
        networking INTEGER NOT NULL,
        max_cost_credits INTEGER NOT NULL,
        timeout_seconds INTEGER,
        status TEXT NOT NULL,           -- PENDING, RUNNING, COMPLETED, FAILED, CANCELLED, TIMEOUT
        reason TEXT,                    -- why it failed or was stopped
        exit_code INTEGER,
        cost_credits INTEGER,           -- NULL until it has ended
        in_engine INTEGER NOT NULL,     -- whether the engine may still have something of it
        created_at INTEGER NOT NULL,
        started_at INTEGER,
        completed_at INTEGER,
        expires_at INTEGER
    );
    CREATE INDEX containers_by_status ON containers (status, number);
    CREATE INDEX containers_in_engine ON containers (in_engine) WHERE in_engine;

    CREATE TABLE commands (             -- what runs in containers
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        container_id TEXT NOT NULL REFERENCES containers (id),
        first INTEGER NOT NULL,         -- whether it is the container's own: its output is the logs
        command TEXT NOT NULL,          -- JSON: a list
        engine_id TEXT,                 -- of an exec
        files_uploaded INTEGER NOT NULL,
        status TEXT NOT NULL,           -- as a container's
        reason TEXT,
        exit_code INTEGER,
        created_at INTEGER NOT NULL,
        started_at INTEGER,
        completed_at INTEGER
    );
    CREATE INDEX commands_by_container ON commands (container_id, number);
    CREATE INDEX commands_by_status ON commands (status, number);

    CREATE TABLE printed (              -- what commands print, piece by piece
        command_number INTEGER NOT NULL REFERENCES commands (number),
        position INTEGER NOT NULL,      -- of its first byte
        data BLOB NOT NULL,
        PRIMARY KEY (command_number, position)
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE outputs ADD COLUMN metadata TEXT;    -- JSON: what was said of a bundle
    ALTER TABLE outputs ADD COLUMN display_id TEXT;  -- by which it is updated
    """,
)


START_SECONDS = 5.0
"""How long the start waits for another program that has the records."""

RETRY_SECONDS = 1.0
"""Between two attempts to write down what couldn't be."""

log = logging.getLogger("cognitora_local")


class DatabaseError(Exception):
    """The records can't be used: the message says why, and what to do."""


class DamagedError(DatabaseError):
    """The records' file isn't whole, or is none."""


class Database:
    """The records' database, open. Everything that keeps records shares the one connection.

    Calls are short and made on the event loop's own thread: a commit takes about 0.1 ms. No other
    program can lock the file, nor look into it, until this is closed.

    Args:
        path: the file, made when it is missing.
        set_aside_damaged: begin with no records where those in the file are damaged, and keep that
            under another name.

    Raises:
        DatabaseError: it isn't a database of ours, a newer runtime made it, another program has it,
            or it is damaged.
    """

    def __init__(self, path: Path, *, set_aside_damaged: bool = False) -> None:
        try:
            self._connection = connect(path)
        except DamagedError as error:
            if not set_aside_damaged:
                raise
            log.warning("%s It is now %s, and there are no records.", error, set_aside(path))
            self._connection = connect(path)
        self._unwritten: dict[str, tuple[Callable[[], None], object]] = {}
        self._retry: asyncio.TimerHandle | None = None

    def close(self) -> None:
        if self._retry is not None:
            self._retry.cancel()
        self._write_again()
        if self._unwritten:
            log.error("%d changes of the records couldn't be written", len(self._unwritten))
        self._connection.close()

    def execute(self, statement: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Run a statement; a change outside of a transaction is committed at once."""
        return self._connection.execute(statement, values)

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        self._connection.executemany(statement, rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Let all that is changed inside be changed at once, or not at all."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:  # a full disk may have rolled it back already
                self._connection.execute("ROLLBACK")
            raise

    def surely(self, name: str, change: Callable[[], None], latest: object = None) -> None:
        """Make a change now, or as soon as it can be: what has happened is never left unwritten.

        Args:
            name: what is changed. A later change of the same name replaces one that still waits.
            change: does it; may be called again.
            latest: what `unwritten` is to say until then.
        """
        try:
            change()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_ERROR:  # the statement is wrong
                raise
            if not self._unwritten:
                log.error("The records can't be written (%s), which is tried again", error)
            self._unwritten[name] = (change, latest)
            self._try_later()
        else:
            self._unwritten.pop(name, None)

    def unwritten(self, name: str) -> object:
        """What is true of `name` and not in the records yet; None where nothing is."""
        return self._unwritten.get(name, (None, None))[1]

    def _try_later(self) -> None:
        if self._retry is None:
            loop = asyncio.get_running_loop()
            self._retry = loop.call_later(RETRY_SECONDS, self._write_later)

    def _write_later(self) -> None:
        self._retry = None
        if not self._write_again():
            self._try_later()

    def _write_again(self) -> bool:
        """Write what waits, in its order; False when it still can't be."""
        for name, (change, _) in list(self._unwritten.items()):
            try:
                change()
            except sqlite3.OperationalError:
                return False
            except sqlite3.Error:  # it can never be made; those behind it can
                log.exception("A change of the records was lost: %s", name)
            del self._unwritten[name]
        return True


def connect(path: Path) -> sqlite3.Connection:
    """Open the database for this program alone, and make or update its tables.

    In WAL mode with `synchronous=NORMAL`: what was committed survives the death of this process,
    however sudden, and the file is never corrupt; only a power cut may cost the last moments.

    Raises:
        DatabaseError: as `Database`.
    """
    with ExitStack() as failed:
        try:
            database = sqlite3.connect(path, timeout=START_SECONDS, isolation_level=None)
            failed.callback(database.close)
            database.execute("PRAGMA locking_mode = EXCLUSIVE")
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            database.execute("PRAGMA foreign_keys = ON")
            update(database, path)
            check(database)
        except sqlite3.OperationalError as error:
            raise unusable(path, error) from error
        except sqlite3.DatabaseError as error:
            raise DamagedError(
                f"The records in {path} are damaged ({error}). Put a copy in its place, or start "
                f"once more with {SET_ASIDE}: that renames the file, and begins with no records."
            ) from error
        failed.pop_all()
    return database


def update(database: sqlite3.Connection, path: Path) -> None:
    """Bring the tables to the newest version, in one transaction for each step."""
    version: int = database.execute("PRAGMA user_version").fetchone()[0]
    if version > len(VERSIONS):
        raise DatabaseError(
            f"The records in {path} were made by a newer runtime (their version is {version}, "
            f"this one knows {len(VERSIONS)}). Update cognitora, or choose another --data-dir."
        )
    for number, statements in enumerate(VERSIONS[version:], start=version + 1):
        database.executescript(f"BEGIN; {statements} PRAGMA user_version = {number}; COMMIT;")


def check(database: sqlite3.Connection) -> None:
    """Raise sqlite3.DatabaseError where the file isn't whole, or lacks something of the tables."""
    (found,) = database.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise sqlite3.DatabaseError(found.replace("\n", " "))
    with closing(sqlite3.connect(":memory:")) as whole:
        whole.executescript("".join(VERSIONS))
        if missing := columns(whole) - columns(database):
            name = " ".join(filter(None, min(missing)))
            raise sqlite3.DatabaseError(f"it has no {name}")


def columns(database: sqlite3.Connection) -> set[tuple[str, str, str]]:
    """The database's tables and indexes, with the columns of each."""
    return set(
        database.execute(
            "SELECT m.type, m.name, coalesce(p.name, '') FROM sqlite_master AS m"
            " LEFT JOIN pragma_table_info(m.name) AS p WHERE m.name NOT LIKE 'sqlite_%'"
        )
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
