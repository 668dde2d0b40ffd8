"""One connection to the server, perhaps through a proxy; it carries one request at a time."""

from __future__ import annotations

import time
from collections.abc import AsyncIterable
from typing import cast

from .._concurrency.tasks import async_to_the_end
from .._http.async_sockets import AsyncSocket
from .._http.http11 import Incoming, Parser, request_head, tunnel_head
from .._http.proxies import Proxy, Route
from .._http.types import (
    ConnectTimeout,
    ExchangeTimeout,
    Headers,
    NetworkError,
    ProtocolError,
    ProxyError,
    Request,
    WriteError,
)
from ..deadline import Deadline


class AsyncConnection:
    """A connection that is made with its first request.

    Args:
        route: The way to the server.
        parser: What reads the answers.
        connect_seconds: How long making it may take.
        idle_seconds: How long it is good for after a use.
    """

    def __init__(
        self, route: Route, parser: type[Parser], connect_seconds: float, idle_seconds: float
    ) -> None:
        self._route, self._parser = route, parser
        self._reader = route.reader
        self._connect_seconds, self._idle_seconds = connect_seconds, idle_seconds
        self._used = 0.0
        self._written = False
        self._deadline: Deadline
        self._socket: AsyncSocket | None = None
        self._incoming: Incoming | None = None

    async def send(self, request: Request, host: str, deadline: Deadline) -> None:
        """Sends a request and waits for the head of its answer.

        Args:
            request: What to send.
            host: The header.
            deadline: When the answer must have been read; it may be renewed meanwhile.

        Raises:
            ConnectError: Nothing was sent.
            NetworkError: Any other: the request may have arrived.
        """
        self._written, self._deadline = False, deadline
        if self._socket is None:
            latest = min(deadline.at, time.monotonic() + self._connect_seconds)
            self._socket = await self._connect(latest)
        incoming = self._incoming = Incoming(self._parser, request.method)
        try:
            await self._write(self._socket, request, host, deadline.at)
            self._written = True
        except WriteError:
            pass  # a server may refuse before it has read all, and hang up
        while not incoming.headed:
            incoming.feed(await self._socket.read(deadline.at))

    async def _connect(self, end: float) -> AsyncSocket:
        first, server, proxy = self._route.first, self._route.server, self._route.proxy
        socket = await AsyncSocket.connect(first.host, first.port, first.trust, end)
        if proxy is None or server.trust is None:
            return socket
        try:
            await self._tunnel(socket, proxy, end)
        except BaseException:
            await async_to_the_end(socket.close)
            raise
        await socket.start_tls(server.trust, server.host, end)
        return socket

    async def _tunnel(self, socket: AsyncSocket, proxy: Proxy, end: float) -> None:
        """Asks a proxy for a way through: until it gives one nothing of the request has been sent."""
        incoming = Incoming(self._parser, "CONNECT")
        try:
            await socket.write(memoryview(tunnel_head(self._route.server, proxy)), end)
            while not incoming.headed:
                incoming.feed(await socket.read(end))
        except ExchangeTimeout:
            raise ConnectTimeout("it took too long") from None
        except NetworkError as error:
            raise ProxyError(str(error)) from error
        incoming.tunnel()

    async def _write(self, socket: AsyncSocket, request: Request, host: str, end: float) -> None:
        # The head holds the key: no variable shows it, where a debugger or an error report would see it.
        body = request.body
        if isinstance(body, bytes):
            head = memoryview(request_head(request, host, self._reader) + body)
            await socket.write(head, end)
            return
        await socket.write(memoryview(request_head(request, host, self._reader)), end)
        chunked = "Transfer-Encoding" in request.headers
        size = 0
        async for piece in cast(AsyncIterable[bytes], body):
            size += len(piece)
            if piece:
                framed = b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece
                await socket.write(memoryview(framed), end)
        if chunked:
            await socket.write(memoryview(b"0\r\n\r\n"), end)
        elif size != int(request.headers["Content-Length"]):
            raise ProtocolError("the body isn't as long as was said")

    @property
    def status(self) -> int:
        """Of the answer."""
        return self._answer.status

    @property
    def headers(self) -> Headers:
        """Of the answer."""
        return self._answer.headers

    async def piece(self) -> bytes:
        """The next piece of the answer's body, when it has arrived; `b""` at the end."""
        incoming = self._answer
        while not (piece := incoming.take()) and not incoming.complete:
            assert self._socket is not None
            incoming.feed(await self._socket.read(self._deadline.at))
        return piece

    def rest(self) -> None:
        """Nothing is asked of it for now: its time to wait begins."""
        self._used = time.monotonic()

    def usable(self) -> bool:
        """Whether another request may follow."""
        return self._written and self._answer.complete and self._answer.reusable

    def expired(self) -> bool:
        """Whether it has waited too long, or the server has hung up."""
        late = time.monotonic() > self._used + self._idle_seconds
        return late or self._socket is None or not self._socket.quiet()

    async def aclose(self) -> None:
        """Closes it."""
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()

    @property
    def _answer(self) -> Incoming:
        assert self._incoming is not None
        return self._incoming
