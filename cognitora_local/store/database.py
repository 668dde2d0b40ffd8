"""The SQLite file of the records: how it is opened, and the thread that reads and writes it."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial, wraps
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from .schema import VERSIONS, check, update, version_of

SET_ASIDE = "--set-aside-damaged-records"

START_SECONDS = 5.0
"""How long the start waits for another program that has the records."""

RETRY_SECONDS = 1.0
"""Between two attempts to write down what couldn't be."""

T = TypeVar("T")
P = ParamSpec("P")
R = TypeVar("R", bound="HasDatabase")

log = logging.getLogger("cognitora_local")


class DatabaseError(Exception):
    """The records can't be used: the message says why, and what to do."""


class DamagedError(DatabaseError):
    """The records' file isn't whole, or is none."""


class Database:
    """The records' database, open. Everything that keeps records shares its one connection.

    A thread of its own has that, and does what is asked for in the order in which it was asked, long
    work last: the event loop never waits for a disk. What has that thread do it, `do` and `eventually`,
    is for the event loop; all else is for the work that is done there. No other program can lock the
    file, nor look into it, until this is closed.

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
        self._unwritten: dict[str, tuple[Callable[[], object], object]] = {}
        self._asked: SimpleQueue[bool] = SimpleQueue()  # one for each work; False: close
        self._short: deque[Callable[[], None]] = deque()
        self._long: deque[Callable[[], None]] = deque()
        self._thread = threading.Thread(target=self._work, name="records", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Do what is still to be done, and let go of the file."""
        self._asked.put(False)
        self._thread.join()

    def do(self, work: Callable[[], T], *, long: bool = False) -> asyncio.Future[T]:
        """Have this done after all that was asked for before; its result.

        It is done however soon one stops waiting for it. What is `long` (a piece of much: some
        milliseconds) is done when nothing else is to be done, so that short work never waits for
        more than one of these.
        """
        result: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        (self._long if long else self._short).append(partial(settle, result, work))
        self._asked.put(True)
        return result

    def eventually(
        self, name: str, change: Callable[[], object], latest: object = None
    ) -> asyncio.Future[None]:
        """Make a change now, or as soon as it can be: what has happened is never left unwritten.

        Until then nothing new is begun (`begin`), so that no more waits than what had begun before.

        Args:
            name: what is changed. A later change of the same name replaces one that still waits.
            change: does it; may be called again.
            latest: what `unwritten` is to say until then.

        Returns:
            What is done once the change was made, or is known to wait.
        """
        return self.do(partial(self._eventually, name, change, latest))

    def execute(
        self, statement: str, values: Sequence[Any] | Mapping[str, Any] = ()
    ) -> sqlite3.Cursor:
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

    @contextmanager
    def beginning(self) -> Iterator[None]:
        """A transaction that records what is about to begin: not before all that has happened.

        Raises:
            sqlite3.OperationalError: there is something that still can't be written.
        """
        self._write_again()
        with self.transaction():
            yield

    def unwritten(self, name: str) -> object:
        """What is true of `name` and not in the records yet; None where nothing is."""
        return self._unwritten.get(name, (None, None))[1]

    def _work(self) -> None:
        """All that is asked for, in its order, and every now and then what couldn't be written."""
        again = 0.0
        while True:
            with suppress(Empty):
                if not self._asked.get(timeout=RETRY_SECONDS if self._unwritten else None):
                    break
                (self._short or self._long).popleft()()
            if self._unwritten and time.monotonic() >= again:
                with suppress(sqlite3.OperationalError):
                    self._write_again()
                again = time.monotonic() + RETRY_SECONDS
        with suppress(sqlite3.OperationalError):
            self._write_again()
        if self._unwritten:
            log.error("%d changes of the records couldn't be written", len(self._unwritten))
        self._connection.close()

    def _eventually(self, name: str, change: Callable[[], object], latest: object) -> None:
        try:
            change()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_ERROR:  # the statement is wrong
                raise
            if not self._unwritten:
                log.error("The records can't be written (%s), which is tried again", error)
            self._unwritten[name] = (change, latest)
        else:
            self._unwritten.pop(name, None)

    def _write_again(self) -> None:
        """Write what waits, in its order.

        Raises:
            sqlite3.OperationalError: it still can't be.
        """
        for name, (change, _) in list(self._unwritten.items()):
            try:
                change()
            except sqlite3.OperationalError:
                raise
            except sqlite3.Error:  # it can never be made; those behind it can
                log.exception("A change of the records was lost: %s", name)
            del self._unwritten[name]


class HasDatabase(Protocol):
    """Some of the records, kept in a database."""

    _database: Database


def in_database(
    method: Callable[Concatenate[R, P], T], *, long: bool = False
) -> Callable[Concatenate[R, P], asyncio.Future[T]]:
    """Have a method done by the database's thread."""

    @wraps(method)
    def do(store: R, /, *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[T]:
        return store._database.do(partial(method, store, *args, **kwargs), long=long)

    return do


def long_in_database(
    method: Callable[Concatenate[R, P], T],
) -> Callable[Concatenate[R, P], asyncio.Future[T]]:
    """Have a method done by the database's thread as a piece of long work."""
    return in_database(method, long=True)


def settle(result: asyncio.Future[T], work: Callable[[], T]) -> None:
    """Do the work, and tell the loop of who asked what came of it."""
    try:
        tell = partial(result.set_result, work())
    except BaseException as error:  # noqa: BLE001  # whatever it is, it is for who asked
        tell = partial(result.set_exception, error)
    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
        result.get_loop().call_soon_threadsafe(unless_cancelled, result, tell)


def unless_cancelled(result: asyncio.Future[T], tell: Callable[[], None]) -> None:
    if not result.done():
        tell()


def connect(path: Path) -> sqlite3.Connection:
    """Open the database for this program alone, and make or update its tables.

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
            database.execute("PRAGMA locking_mode = EXCLUSIVE")
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            database.execute("PRAGMA foreign_keys = ON")
            check_version(database, path)
            update(database)
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


def check_version(database: sqlite3.Connection, path: Path) -> None:
    if (version := version_of(database)) > len(VERSIONS):
        raise DatabaseError(
            f"The records in {path} were made by a newer runtime (their version is {version}, "
            f"this one knows {len(VERSIONS)}). Update cognitora, or choose another --data-dir."
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
