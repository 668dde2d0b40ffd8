"""The database of the records, and the thread that reads and writes it."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial, wraps
from queue import Empty, SimpleQueue
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from .connection import Connection, RecordsError, Unusable, Values

RETRY_SECONDS = 1.0
"""Between two attempts to write down what couldn't be."""

T = TypeVar("T")
P = ParamSpec("P")
R = TypeVar("R", bound="HasDatabase")

log = logging.getLogger("cognitora_local")


class Database:
    """The records' database, open. Everything that keeps records shares its one connection.

    A thread of its own has that, and does what is asked for in the order in which it was asked, long
    work last: the event loop never waits for a disk. What has that thread do it, `do` and `eventually`,
    is for the event loop; all else is for the work that is done there.
    """

    def __init__(self, connection: Connection) -> None:
        """`connection` is closed with this."""
        self._connection = connection
        self._unwritten: dict[str, tuple[Callable[[], object], object]] = {}
        self._asked: SimpleQueue[bool] = SimpleQueue()  # one for each work; False: close
        self._short: deque[Callable[[], None]] = deque()
        self._long: deque[Callable[[], None]] = deque()
        self._thread = threading.Thread(target=self._work, name="records", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Do what is still to be done, and let go of the records."""
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

    @property
    def has_metadata(self) -> str:
        """As a connection's."""
        return self._connection.has_metadata

    @property
    def epoch(self) -> int:
        """As a connection's."""
        return self._connection.epoch

    def execute(self, statement: str, values: Values = ()) -> Iterator[Any]:
        """As a connection's."""
        return self._connection.execute(statement, values)

    def executemany(self, statement: str, rows: Iterable[Values]) -> None:
        """As a connection's."""
        self._connection.executemany(statement, rows)

    def transaction(self) -> AbstractContextManager[None]:
        """As a connection's."""
        return self._connection.transaction()

    @contextmanager
    def beginning(self, id: str, undo: Callable[[], object]) -> Iterator[None]:
        """A transaction that records what is about to begin: not before all that has happened.

        `undo` takes that record of this id away again, if it is there: what was begun by a transaction of
        which nobody knows whether it was committed has never been.

        Raises:
            Unusable: there is something that still can't be written.
        """
        self.write_again()
        try:
            with self.transaction():
                yield
        except Unusable as error:
            if error.doubtful:
                self._unwritten[f"{id} undone"] = (undo, None)
            raise

    def write_again(self) -> None:
        """Write what waits, in its order.

        Raises:
            Unusable: it still can't be.
        """
        for name, (change, _) in list(self._unwritten.items()):
            try:
                change()
            except Unusable:
                raise
            except RecordsError:  # it can never be made; those behind it can
                log.exception("A change of the records was lost: %s", name)
            del self._unwritten[name]

    @property
    def behind(self) -> int:
        """How many changes wait to be written."""
        return len(self._unwritten)

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
                with suppress(Unusable):
                    self.write_again()
                again = time.monotonic() + RETRY_SECONDS
        with suppress(Unusable):
            self.write_again()
        if self._unwritten:
            log.error("%d changes of the records couldn't be written", len(self._unwritten))
        self._connection.close()

    def _eventually(self, name: str, change: Callable[[], object], latest: object) -> None:
        try:
            change()
        except Unusable as error:
            if not self._unwritten:
                log.error("The records can't be written (%s), which is tried again", error)
            self._unwritten[name] = (change, latest)
        else:
            self._unwritten.pop(name, None)


class HasDatabase(Protocol):
    """Some of the records, kept in a database."""

    _database: Database


async def patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """What the records say, once they can be asked: for what can't be left undone meanwhile."""
    while True:
        try:
            return await ask()
        except Unusable as error:
            log.warning("The records can't be read now (%s), which is tried again", error)
            await asyncio.sleep(RETRY_SECONDS)


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
