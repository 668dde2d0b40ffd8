# Derived from ../_async/connections.py by `make generate`: change that, not this.
"""The transport over httpcore, the engine of httpx: a free list of connections, one request each.

httpcore's own pool costs more with each connection in it, so only its connections are used.
"""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpcore

from ..deadline import Deadline, Moment
from ..errors import APIConnectionError, APITimeoutError
from ..failures import connection_error
from ..messages import Headers, Request
from ..network import certificates, proxy_for
from ..threads import Home, Slots, to_the_end
from .backend import DeadlineBackend

if TYPE_CHECKING:
    from httpcore import ConnectionInterface

MAX_CONNECTIONS = 256
MAX_IDLE = 64
# Shorter than the 5 s after which uvicorn and node hang up: a connection that dies as a request is sent
# leaves open whether the work was done.
IDLE_SECONDS = 4.0
CONNECT_SECONDS = 10.0


class Connections:
    """A transport with at most 256 connections, 64 of them kept for 4 s after their last use.

    Args:
        base_url: Where all requests go.
    """

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._host = urlsplit(base_url).netloc
        self._idle: list[ConnectionInterface] = []
        self._home = Home()
        self._slots = Slots(MAX_CONNECTIONS)
        # Used for what it makes, never to send.
        self._factory: httpcore.ConnectionPool | None = None

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
        self._come_home()
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
        connection = self._connection(request)
        try:
            answer = connection.handle_request(self._wire(request, deadline))
        except Exception as error:  # noqa: BLE001 - whatever it is becomes an error of ours
            failure = connection_error(error, self._base_url, deadline)
            connection.close()
        except BaseException:
            # httpcore leaves it open when it is cancelled between connecting and sending.
            to_the_end(connection.close)
            raise
        else:
            return ConnectionAnswer(self, connection, answer, deadline, slots)
        # Raised out here, it doesn't drag along the frames below, where the headers are.
        raise failure

    def _connection(self, request: Request) -> ConnectionInterface:
        while self._idle:
            connection = self._idle.pop()
            if not connection.has_expired():
                return connection
            connection.close()
        if self._factory is None:
            self._factory = self._make_factory()
        return self._factory.create_connection(httpcore.URL(request.url).origin)

    def _make_factory(self) -> httpcore.ConnectionPool:
        backend = DeadlineBackend()
        secure = self._base_url.startswith("https:")
        trust: ssl.SSLContext | None = certificates() if secure else None
        proxy = proxy_for(self._base_url)
        if proxy is None:
            return httpcore.ConnectionPool(
                ssl_context=trust, network_backend=backend, keepalive_expiry=IDLE_SECONDS
            )
        return httpcore.HTTPProxy(
            proxy.url,
            proxy_auth=proxy.credentials,
            ssl_context=trust,
            proxy_ssl_context=certificates() if proxy.url.startswith("https:") else None,
            network_backend=backend,
            keepalive_expiry=IDLE_SECONDS,
        )

    def _wire(self, request: Request, deadline: Deadline) -> httpcore.Request:
        # httpcore hands these numbers on to the backend, which takes them as points in time.
        end = deadline.at
        connect = min(end, end - deadline.remaining() + CONNECT_SECONDS)
        times = {"connect": Moment(connect), "read": Moment(end), "write": Moment(end)}
        return httpcore.Request(
            request.method,
            request.url,
            headers=[("Host", self._host), *request.headers.items()],
            content=request.body,
            extensions={"timeout": times},
        )

    def put_back(self, connection: ConnectionInterface, slots: Slots) -> None:
        """Takes a connection whose answer has been read, or given up."""
        slots.give_back()
        here = slots is self._slots and connection.is_available()
        if here and len(self._idle) < MAX_IDLE:
            self._idle.append(connection)
        else:
            connection.close()


class ConnectionAnswer:
    """The answer on one connection."""

    def __init__(
        self,
        connections: Connections,
        connection: ConnectionInterface,
        answer: httpcore.Response,
        deadline: Deadline,
        slots: Slots,
    ) -> None:
        self.status = answer.status
        self.headers = Headers(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers
        )
        self._connections = connections
        self._connection = connection
        self._answer = answer
        self._deadline = deadline
        self._slots: Slots | None = slots

    def __iter__(self) -> Iterator[bytes]:
        failure: APIConnectionError | None = None
        try:
            for piece in self._answer.iter_stream():
                yield piece
        except Exception as error:  # noqa: BLE001 - whatever it is becomes an error of ours
            failure = connection_error(error, self._connections._base_url, self._deadline)
        if failure is not None:
            raise failure

    def close(self) -> None:
        slots, self._slots = self._slots, None
        if slots is None:
            return
        try:
            self._answer.close()
        finally:
            self._connections.put_back(self._connection, slots)
