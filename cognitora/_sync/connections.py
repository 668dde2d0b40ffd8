# Derived from ../_async/connections.py by `make generate`: change that, not this.
"""The transport: a free list of connections, that carry one request each."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .._concurrency.slots import Slots
from .._concurrency.threads import Home, to_the_end
from .._http.errors import from_network
from .._http.types import Request
from ..deadline import Deadline
from ..errors import APITimeoutError, CognitoraError

if TYPE_CHECKING:
    from .connection import Connection

MAX_CONNECTIONS = 256
# As many: the calls of a `map` end in bursts, and closing connections after each takes a third of its speed.
MAX_IDLE = MAX_CONNECTIONS
# Shorter than the 5 s after which uvicorn and node hang up: a connection that dies as a request is sent
# leaves open whether the work was done.
IDLE_SECONDS = 4.0
CONNECT_SECONDS = 10.0


class Connections:
    """A transport with at most 256 connections, kept for 4 s after their last use.

    Args:
        base_url: Where all requests go.
    """

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._host = urlsplit(base_url).netloc
        self._idle: list[Connection] = []
        self._home = Home(self._close_idle)
        self._slots = Slots(MAX_CONNECTIONS)
        self._make: Callable[[], Connection] | None = None
        self._closed = False

    def open(self, request: Request, deadline: Deadline) -> ConnectionAnswer:
        """Sends a request and waits for the head of its answer.

        Raises:
            APITimeoutError: The deadline has passed.
            APIConnectionError: There is no connection, or it broke.
        """
        self._come_home()
        slots = self._slots
        if not slots.take(deadline.remaining()):
            raise APITimeoutError(
                f"No connection was free: all {MAX_CONNECTIONS} are in use.", is_retryable=True
            )
        try:
            return self._send(request, deadline, slots)
        except BaseException:
            slots.give_back()
            raise

    def close(self) -> None:
        """Closes the idle connections; those in use close when their answer has been read."""
        self._closed = True
        self._come_home()
        self._close_idle()

    def _close_idle(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _come_home(self) -> None:
        if self._home.moved():
            # Sockets of another process or of a dead event loop: not ours to use or to close.
            self._idle.clear()
            self._slots = Slots(MAX_CONNECTIONS)

    def __del__(self) -> None:
        idle, self._idle = self._idle, []
        if not idle:
            return
        warnings.warn(
            f"unclosed client of {self._base_url}: call close(), or use it in a with block",
            ResourceWarning,
            stacklevel=2,
            source=self,
        )

        def close() -> None:
            for connection in idle:
                connection.close()

        self._home.leave(close)

    def _send(self, request: Request, deadline: Deadline, slots: Slots) -> ConnectionAnswer:
        connection = self._connection()
        try:
            connection.send(request, self._host, deadline)
        except Exception as error:  # noqa: BLE001 - whatever it is becomes an error of ours
            failure = from_network(error, self._base_url, deadline)
            connection.close()
        except BaseException:
            to_the_end(connection.close)
            raise
        else:
            return ConnectionAnswer(self, connection, deadline, slots)
        # Raised out here, it doesn't drag along the frames below, where the headers are.
        raise failure

    def _connection(self) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            if not connection.expired():
                return connection
            connection.close()
        if self._make is None:
            self._make = _maker(self._base_url)
        return self._make()

    def put_back(self, connection: Connection, slots: Slots) -> None:
        """Takes a connection whose answer has been read, or given up."""
        slots.give_back()
        here = slots is self._slots and connection.usable()
        if here and len(self._idle) < MAX_IDLE:
            connection.rest()
            self._idle.append(connection)
            if self._closed:  # while it was in use, or just now by another thread
                self.close()
        else:
            connection.close()


class ConnectionAnswer:
    """The answer on one connection."""

    def __init__(
        self,
        connections: Connections,
        connection: Connection,
        deadline: Deadline,
        slots: Slots,
    ) -> None:
        self.status = connection.status
        self.headers = connection.headers
        self._connections = connections
        self._connection = connection
        self._deadline = deadline
        self._slots: Slots | None = slots

    def __iter__(self) -> Iterator[bytes]:
        failure: CognitoraError | None = None
        try:
            while piece := self._connection.piece():
                yield piece
        except Exception as error:  # noqa: BLE001 - whatever it is becomes an error of ours
            failure = from_network(error, self._connections._base_url, self._deadline)
        if failure is not None:
            raise failure

    def close(self) -> None:
        slots, self._slots = self._slots, None
        if slots is not None:
            self._connections.put_back(self._connection, slots)


def _maker(base_url: str) -> Callable[[], Connection]:
    from .._http.http11 import parser
    from .._http.proxies import route_to
    from .connection import Connection

    return partial(Connection, route_to(base_url), parser(), CONNECT_SECONDS, IDLE_SECONDS)
