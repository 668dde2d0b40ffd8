"""The tables of the records' database, their versions, and whether a file has them whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing

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
        data TEXT NOT NULL,             -- JSON: text, or a MIME bundle (rows.written)
        bundle TEXT,                    -- the same, of a rich execution_result
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
        storage_gb REAL NOT NULL,       -- 0: without limit
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
    """
    CREATE TABLE places (               -- where outputs stand in their session's log
        session_id TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        execution INTEGER NOT NULL,
        position INTEGER NOT NULL,
        PRIMARY KEY (session_id, created_at, execution, position)
    ) WITHOUT ROWID;
    INSERT INTO places SELECT session_id, outputs.created_at, execution, position
        FROM outputs JOIN executions ON execution = number;
    CREATE TRIGGER outputs_have_places AFTER INSERT ON outputs BEGIN
        INSERT OR REPLACE INTO places SELECT session_id, new.created_at, number, new.position
        FROM executions WHERE number = new.execution;
    END;
    """,
    """
    -- Nothing but the version: bundles are written in a form that older runtimes can't read.
    """,
    """
    CREATE TABLE processes (            -- what runs in the background of sessions and containers
        number INTEGER PRIMARY KEY AUTOINCREMENT,  -- the order in which they were asked for
        id TEXT NOT NULL UNIQUE,
        session_id TEXT REFERENCES sessions (id),
        container_id TEXT REFERENCES containers (id),
        command TEXT NOT NULL,          -- JSON: a list
        created_at INTEGER NOT NULL,
        terminal INTEGER NOT NULL,
        output_limit INTEGER NOT NULL,
        engine_id TEXT,                 -- of an exec
        status TEXT NOT NULL,           -- as a container's
        reason TEXT,
        exit_code INTEGER,
        output_bytes INTEGER NOT NULL,
        output_cut INTEGER NOT NULL,
        stdin_bytes INTEGER NOT NULL,
        started_at INTEGER,
        completed_at INTEGER
    );
    CREATE INDEX processes_by_session ON processes (session_id, number);
    CREATE INDEX processes_by_container ON processes (container_id, number);
    CREATE INDEX processes_by_status ON processes (status);

    CREATE TABLE process_outputs (      -- what processes print, piece by piece
        process INTEGER NOT NULL REFERENCES processes (number),
        position INTEGER NOT NULL,      -- of its first byte, in both streams together
        stream TEXT NOT NULL,           -- stdout, stderr
        data BLOB NOT NULL,
        PRIMARY KEY (process, position)
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE printed ADD COLUMN stream TEXT NOT NULL DEFAULT 'stdout';  -- or stderr
    """,
    """
    ALTER TABLE sessions ADD COLUMN metadata TEXT NOT NULL DEFAULT '{}';    -- JSON: texts by name
    ALTER TABLE containers ADD COLUMN metadata TEXT NOT NULL DEFAULT '{}';  -- the same
    """,
    """
    CREATE TABLE program_outputs (      -- what programs print, piece by piece
        program TEXT NOT NULL,          -- the id of a command, a process or a container
        position INTEGER NOT NULL,      -- of its first byte, in all streams together
        stream TEXT NOT NULL,           -- stdout, stderr
        data BLOB NOT NULL,
        PRIMARY KEY (program, position)
    ) WITHOUT ROWID;
    INSERT INTO program_outputs SELECT id, position, stream, data
        FROM printed JOIN commands ON command_number = number;
    INSERT INTO program_outputs SELECT id, position, stream, data
        FROM process_outputs JOIN processes ON process = number;
    DROP TABLE printed;
    DROP TABLE process_outputs;
    """,
    """
    CREATE TABLE gateways (             -- none: a file is for one runtime alone
        epoch INTEGER PRIMARY KEY
    );
    ALTER TABLE sessions ADD COLUMN gateway INTEGER NOT NULL DEFAULT 0;          -- whose work it is
    ALTER TABLE idempotency_keys ADD COLUMN gateway INTEGER NOT NULL DEFAULT 0;  -- who has claimed it
    """,
    """
    -- Of a session that another runtime can take over; else they are as here.
    ALTER TABLE sessions ADD COLUMN term INTEGER NOT NULL DEFAULT 0;       -- how many have taken it over
    ALTER TABLE sessions ADD COLUMN address TEXT;                            -- of its sandbox
    ALTER TABLE sessions ADD COLUMN environment TEXT NOT NULL DEFAULT '{}';  -- JSON: texts by name
    ALTER TABLE sessions ADD COLUMN egress TEXT;                             -- JSON: a list
    ALTER TABLE processes ADD COLUMN timeout_seconds REAL;
    """,
    """
    ALTER TABLE containers ADD COLUMN gateway INTEGER NOT NULL DEFAULT 0;  -- as of a session
    """,
    """
    CREATE TABLE secrets (              -- what all who share these records have in common
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL
    );
    """,
    """
    ALTER TABLE containers ADD COLUMN term INTEGER NOT NULL DEFAULT 0;  -- as of a session
    """,
)


def version_of(database: sqlite3.Connection) -> int:
    version: int = database.execute("PRAGMA user_version").fetchone()[0]
    return version


def update(database: sqlite3.Connection, versions: Sequence[str] = VERSIONS) -> None:
    """Bring the tables to the newest version, in one transaction for each step."""
    version = version_of(database)
    for number, statements in enumerate(versions[version:], start=version + 1):
        try:
            database.executescript(f"BEGIN; {statements} PRAGMA user_version = {number}; COMMIT;")
        except sqlite3.OperationalError:
            if database.in_transaction:
                database.execute("ROLLBACK")
            if version_of(database) < number:  # else another program has done so meanwhile
                raise


def check(database: sqlite3.Connection, versions: Sequence[str] = VERSIONS) -> None:
    """Raise sqlite3.DatabaseError where the file isn't whole, or lacks something of the tables."""
    (found,) = database.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise sqlite3.DatabaseError(found.replace("\n", " "))
    with closing(sqlite3.connect(":memory:")) as whole:
        whole.executescript("".join(versions))
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
