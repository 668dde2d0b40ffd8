"""The records in PostgreSQL, for one runtime alone or for gateways that share them."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any, LiteralString

from .connection import DatabaseError, Fenced, RecordsError, Unusable, Values
from .gateways import JOIN, LEASE_SECONDS, LEAVE
from .postgresql_schema import VERSIONS

if TYPE_CHECKING:
    import psycopg

log = logging.getLogger("cognitora_local")

START_SECONDS = 5.0
"""How long the start waits for another runtime that has the records."""

CONNECT_SECONDS = 5
"""How long a server may take to answer."""

PAUSE_SECONDS = 0.5
"""Between two attempts to reach a server that is gone; what is asked for meanwhile fails at once."""

DOUBT_SECONDS = 10.0
"""How long it is asked whether a transaction was committed, of which the connection was lost."""

IDLE_SECONDS = LEASE_SECONDS / 3
"""How long a gateway may stop in the middle of a transaction. It holds what the others need, who wait for it,
and don't renew their leases meanwhile."""

FULL = "53100"  # SQLSTATE disk_full
FENCED = "CG001"  # the one of check_epoch() in the schema

ENCODINGS = ("UTF8", "SQL_ASCII")  # the second takes all that it is given

SCHEMA = "cognitora"
ALONE = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
SHARED = "SELECT pg_try_advisory_lock_shared(hashtextextended(%s, 0))"
UPDATING = "SELECT pg_advisory_xact_lock(hashtextextended('tables of ' || %s, 0))"
VERSION = "SELECT max(version) FROM versions"

# Text of PostgreSQL's can't have NUL in it, which code and what it prints may have.
NUL, ESCAPE = "\0", "\x10"
ESCAPED = {ESCAPE: ESCAPE + "p", NUL: ESCAPE + "z"}
UNESCAPED = re.compile(f"{ESCAPE}[pz]")


class PostgresqlConnection:
    """A schema of a database, open. No other runtime can have it until this is closed, unless both share it.

    A connection that is lost is made again when it is next used. A transaction whose end was not heard of is
    asked about then: it counts as what became of it.

    Args:
        url: `postgresql://…`, as libpq has it. What it leaves out is taken from libpq's variables and files.
        schema: a name of lower-case letters, digits and -; made when it is missing.
        gateway: where other runtimes that share the records reach this one; None: it has them alone.
        tables: what is in the schema, by versions; others than the records' are for any programs at a time.
        on_fenced: called when others took this one for dead. Every change raises Fenced from then on.

    Raises:
        DatabaseError: there is no such database or no package for it, a newer runtime made the records, or
            another runtime has them.
    """

    has_metadata = "(metadata::jsonb ->> ?::text) = ?"

    def __init__(
        self,
        url: str,
        schema: str = SCHEMA,
        *,
        gateway: str | None = None,
        tables: Sequence[str] = VERSIONS,
        on_fenced: Callable[[], None] = lambda: None,
    ) -> None:
        try:
            import psycopg
        except ImportError as error:
            raise DatabaseError(
                'Records in PostgreSQL need a package more: pip install "cognitora[postgresql]>=2".'
            ) from error
        if not is_url(url):
            raise DatabaseError(
                "The URL of --database can't be understood. What is special in its password, or elsewhere "
                "in it, must be percent-encoded: %25 for %, %2F for /, %40 for @, %20 for a space."
            )
        self._psycopg = psycopg
        self._url = url
        self._schema = schema
        self._gateway = gateway
        self._tables = tables
        self._on_fenced = on_fenced
        self.epoch = 0
        self._failed = -PAUSE_SECONDS
        try:
            self._server = self._connect()
        except psycopg.Error as error:
            raise DatabaseError(
                f"The records can't be had from PostgreSQL: {one_line(error)}. "
                "See to the server, or to the URL of --database."
            ) from error

    def execute(self, statement: str, values: Values = ()) -> Iterator[Any]:
        with self._telling():
            named = isinstance(values, Mapping)
            found = self._open().execute(translated(statement, named=named), stored(values))
            return iter([read(row) for row in found] if found.description else ())

    def executemany(self, statement: str, rows: Iterable[Values]) -> None:
        with self._telling(), self._open().cursor() as cursor:
            cursor.executemany(translated(statement, named=False), map(stored, rows))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._telling():
            begun = self._open().execute("BEGIN; SELECT pg_current_xact_id()::text")
            begun.nextset()
            (number,) = begun.fetchone() or ("",)
        try:
            yield
        except BaseException:
            with suppress(self._psycopg.Error):  # else it is the end of the connection, and of this
                self._server.execute("ROLLBACK")
            raise
        with self._telling():
            try:
                self._server.execute("COMMIT")
            except self._psycopg.OperationalError as error:
                if not self._was_committed(number, error):
                    raise

    def close(self) -> None:
        with suppress(self._psycopg.Error):  # else the others find out by themselves
            if self.epoch:
                self._server.execute(LEAVE, (self.epoch,))
        self._server.close()

    def _open(self) -> psycopg.Connection[Any]:
        """The connection, made again where it was lost."""
        if self._server.closed:
            if time.monotonic() < self._failed + PAUSE_SECONDS:
                raise self._psycopg.OperationalError("the server was lost a moment ago")
            try:
                self._server = self._connect()
            except BaseException:
                self._failed = time.monotonic()
                raise
        return self._server

    def _connect(self) -> psycopg.Connection[Any]:
        server = self._psycopg.connect(
            self._url,
            autocommit=True,
            client_encoding="UTF8",
            connect_timeout=CONNECT_SECONDS,
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
            tcp_user_timeout=30_000,  # milliseconds
        )
        try:
            check_encoding(server)
            ours = self._tables is VERSIONS
            if ours:
                take(server, self._schema, ALONE if self._gateway is None else SHARED)
            server.execute(f'SET search_path TO "{self._schema}"'.encode())
            server.execute("SET statement_timeout TO '30s'")
            if self._gateway is not None:
                server.execute(
                    f"SET idle_in_transaction_session_timeout TO '{IDLE_SECONDS:g}s'".encode()
                )
            update(server, self._schema, self._tables)
            if self._gateway is not None:
                self._join(server, self._gateway)
            elif ours:
                server.execute("DELETE FROM gateways")
        except BaseException:
            server.close()
            raise
        return server

    def _join(self, server: psycopg.Connection[Any], url: str) -> None:
        """Be one of the gateways on this connection: the one that this was, unless it is the first."""
        if not self.epoch:
            (self.epoch,) = server.execute(JOIN, (url, LEASE_SECONDS)).fetchone() or (0,)
        server.execute("SELECT set_config('cognitora.epoch', %s, false)", (str(self.epoch),))

    def _was_committed(self, number: str, lost: Exception) -> bool:
        """Whether that transaction was, whose connection was `lost` at its end.

        Raises Unusable: nobody could be asked.
        """
        deadline = time.monotonic() + DOUBT_SECONDS
        while True:
            try:
                (status,) = self._open().execute(
                    "SELECT pg_xact_status(%s::xid8)", (number,)
                ).fetchone() or ("",)
            except (self._psycopg.OperationalError, DatabaseError):
                if time.monotonic() > deadline:
                    log.warning("PostgreSQL was lost at a transaction's end: %s", one_line(lost))
                    raise Unusable("PostgreSQL was lost meanwhile", doubtful=True) from lost
            else:
                if status != "in progress":  # its server process hasn't noticed yet
                    return bool(status == "committed")
            time.sleep(PAUSE_SECONDS / 10)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """What psycopg raises, as what all databases of the records raise."""
        try:
            yield
        except (self._psycopg.OperationalError, self._psycopg.InterfaceError) as error:
            # Where the database is is nothing for callers, who may be strangers to one another.
            log.warning("PostgreSQL can't do it now: %s", one_line(error))
            why = "PostgreSQL can't do it: the runtime's log says why"
            raise Unusable(why, full=error.sqlstate == FULL) from error
        except DatabaseError as error:  # another runtime has the records meanwhile
            raise Unusable(one_line(error)) from error
        except self._psycopg.Error as error:
            if error.sqlstate == FENCED:
                self._on_fenced()
                raise Fenced(one_line(error)) from error
            if (
                self._server.closed
            ):  # the server ended it, as it does with one that holds up the others
                raise Unusable(one_line(error)) from error
            raise RecordsError(one_line(error)) from error


def is_url(url: str) -> bool:
    """Whether it is one, and libpq doesn't take a piece of its password for something else.

    Of one that isn't nothing may be told, nor what libpq says of it, which quotes that piece.
    """
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        found = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    except (psycopg.Error, UnicodeError):
        return False
    host, port, name = (found.get(each, "") for each in ("host", "port", "dbname"))
    # After a password's own / or @, what should be before the @ of the URL is in one of these.
    misread = [each for each in (host, name) if "@" in each and not each.startswith("/")]
    return not any(each in url for each in misread) and re.fullmatch("[0-9,]*", port) is not None


def check_encoding(server: psycopg.Connection[Any]) -> None:
    (encoding,) = server.execute("SHOW server_encoding").fetchone() or ("",)
    if encoding not in ENCODINGS:
        raise DatabaseError(
            f"The records can't be kept in a PostgreSQL database whose encoding is {encoding}: "
            "create one with ENCODING 'UTF8'."
        )


def take(server: psycopg.Connection[Any], schema: str, lock: LiteralString) -> None:
    """Have the records for this connection, ALONE or SHARED: until it ends, however it does.

    Raises DatabaseError where another has them in a way that excludes this.
    """
    deadline = time.monotonic() + START_SECONDS
    while server.execute(lock, (schema,)).fetchone() != (True,):
        if time.monotonic() > deadline:
            raise DatabaseError(
                "The records in PostgreSQL are used by another runtime: end it, or choose another database. "
                "Only runtimes whose sandboxes are pods of one cluster share records."
            )
        time.sleep(0.05)


def update(server: psycopg.Connection[Any], schema: str, versions: Sequence[str]) -> None:
    """Bring the tables to the newest version, at once, while nobody else does."""
    with server.transaction():
        server.execute(UPDATING, (schema,))
        make(server, schema, versions)


def make(server: psycopg.Connection[Any], schema: str, versions: Sequence[str]) -> None:
    if server.execute("SELECT to_regclass(%s)", (f'"{schema}".versions',)).fetchone() == (None,):
        # Somebody may have made it for us.
        server.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'.encode())
        server.execute("CREATE TABLE versions (version INTEGER PRIMARY KEY)")
    (version,) = server.execute(VERSION).fetchone() or (0,)
    version = version or 0
    if version > len(versions):
        raise DatabaseError(
            f"The records in PostgreSQL were made by a newer runtime (their version is {version}, "
            f"this one knows {len(versions)}). Update cognitora, or choose another database."
        )
    for number, statements in enumerate(versions[version:], start=version + 1):
        server.execute(statements.encode())
        server.execute("INSERT INTO versions VALUES (%s)", (number,))


@lru_cache(maxsize=256)
def translated(statement: str, *, named: bool) -> bytes:
    """With psycopg's places for values."""
    text = statement.replace("%", "%%")
    text = re.sub(r"(?<!:):(\w+)", r"%(\1)s", text) if named else text.replace("?", "%s")
    return text.encode()


def stored(values: Values) -> Any:
    """Values as text of PostgreSQL's can have them."""
    if isinstance(values, Mapping):
        return {name: escaped(value) for name, value in values.items()}
    return [escaped(value) for value in values]


def escaped(value: Any) -> Any:
    if isinstance(value, str) and (NUL in value or ESCAPE in value):
        for character, instead in ESCAPED.items():
            value = value.replace(character, instead)
    return value


def read(row: Iterable[Any]) -> tuple[Any, ...]:
    """A row's values as they were before they were stored."""
    return tuple(
        UNESCAPED.sub(lambda found: ESCAPE if found[0][1] == "p" else NUL, value)
        if isinstance(value, str) and ESCAPE in value
        else value
        for value in row
    )


def one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
