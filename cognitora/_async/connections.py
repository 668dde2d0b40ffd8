"""The transport over httpcore, the engine of httpx: a free list of connections, one request each.

httpcore's own pool costs more with each connection in it, so only its connections are used.
"""

from __future__ import annotations

import ssl
import warnings
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpcore

from ..deadline import Deadline, Moment
from ..errors import APIConnectionError, APITimeoutError
from ..failures import connection_error
from ..messages import Headers, Request
from ..network import certificates, proxy_for
from ..tasks import AsyncHome, AsyncSlots, async_to_the_end
from .backend import AsyncDeadlineBackend

if TYPE_CHECKING:
    from httpcore import AsyncConnectionInterface

MAX_CONNECTIONS = 256
MAX_IDLE = 64
# Shorter than the 5 s after which uvicorn and node hang up: a connection that dies as a request is sent
# leaves open whether the work was done.
IDLE_SECONDS = 4.0
CONNECT_SECONDS = 10.0


class AsyncConnections:
    """A transport with at most 256 connections, 64 of them kept for 4 s after their last use.

    Args:
        base_url: Where all requests go.
    """

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._host = urlsplit(base_url).netloc
        self._idle: list[AsyncConnectionInterface] = []
        self._home = AsyncHome()
        self._slots = AsyncSlots(MAX_CONNECTIONS)
        # Used for what it makes, never to send.
        self._factory: httpcore.AsyncConnectionPool | None = None

    async def open(self, request: Request, deadline: Deadline) -> AsyncConnectionAnswer:
        """Sends a request and waits for the head of its answer.

        Raises:
            APITimeoutError: The deadline has passed.
            APIConnectionError: There is no connection, or it broke.
        """
        self._come_home()
        slots = self._slots
        if not await slots.take(deadline.remaining()):
            raise APITimeoutError(
                f"No connection was free: all {MAX_CONNECTIONS} are in use.", is_retryable=True
            )
        try:
            return await self._send(request, deadline, slots)
        except BaseException:
            slots.give_back()
            raise

    async def close(self) -> None:
        """Closes the idle connections; those in use close when their answer has been read."""
        self._come_home()
        while self._idle:
            await self._idle.pop().aclose()

    def _come_home(self) -> None:
        if self._home.moved():
            # Sockets of another process or of a dead event loop: not ours to use or to close.
            self._idle.clear()
            self._slots = AsyncSlots(MAX_CONNECTIONS)

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

        async def close() -> None:
            for connection in idle:
                await connection.aclose()

        self._home.leave(close)

    async def _send(
        self, request: Request, deadline: Deadline, slots: AsyncSlots
    ) -> AsyncConnectionAnswer:
        connection = await self._connection(request)
        try:
            answer = await connection.handle_async_request(self._wire(request, deadline))
        except Exception as error:  # noqa: BLE001 - whatever it is becomes an error of ours
            failure = connection_error(error, self._base_url, deadline)
            await connection.aclose()
        except BaseException:
            # httpcore leaves it open when it is cancelled between connecting and sending.
            await async_to_the_end(connection.aclose)
            raise
        else:
            return AsyncConnectionAnswer(self, connection, answer, deadline, slots)
        # Raised out here, it doesn't drag along the frames below, where the headers are.
        raise failure

    async def _connection(self, request: Request) -> AsyncConnectionInterface:
        while self._idle:
            connection = self._idle.pop()
            if not connection.has_expired():
                return connection
            await connection.aclose()
        if self._factory is None:
            self._factory = self._make_factory()
        return self._factory.create_connection(httpcore.URL(request.url).origin)

    def _make_factory(self) -> httpcore.AsyncConnectionPool:
        backend = AsyncDeadlineBackend()
        secure = self._base_url.startswith("https:")
        trust: ssl.SSLContext | None = certificates() if secure else None
        proxy = proxy_for(self._base_url)
        if proxy is None:
            return httpcore.AsyncConnectionPool(
                ssl_context=trust, network_backend=backend, keepalive_expiry=IDLE_SECONDS
            )
        return httpcore.AsyncHTTPProxy(
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

    async def put_back(self, connection: AsyncConnectionInterface, slots: AsyncSlots) -> None:
        """Takes a connection whose answer has been read, or given up."""
        slots.give_back()
        here = slots is self._slots and connection.is_available()
        if here and len(self._idle) < MAX_IDLE:
            self._idle.append(connection)
        else:
            await connection.aclose()


class AsyncConnectionAnswer:
    """The answer on one connection."""

    def __init__(
        self,
        connections: AsyncConnections,
        connection: AsyncConnectionInterface,
        answer: httpcore.Response,
        deadline: Deadline,
        slots: AsyncSlots,
    ) -> None:
        self.status = answer.status
        self.headers = Headers(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers
        )
        self._connections = connections
        self._connection = connection
        self._answer = answer
        self._deadline = deadline
        self._slots: AsyncSlots | None = slots

    async def __aiter__(self) -> AsyncIterator[bytes]:
        failure: APIConnectionError | None = None
        try:
            async for piece in self._answer.aiter_stream():
                yield piece
        except Exception as error:  # noqa: BLE001 - whatever it is becomes an error of ours
            failure = connection_error(error, self._connections._base_url, self._deadline)
        if failure is not None:
            raise failure

    async def close(self) -> None:
        slots, self._slots = self._slots, None
        if slots is None:
            return
        try:
            await self._answer.aclose()
        finally:
            await self._connections.put_back(self._connection, slots)
