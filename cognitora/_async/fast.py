"""One connection on sockets of our own.

Raises httpcore's errors, so that one place turns both into ours.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import AsyncIterable, AsyncIterator
from typing import cast
from urllib.parse import urlsplit

import httpcore

from .._http.async_sockets import AsyncSocket
from .._http.http11 import Incoming, Parser, parser, request_head
from .._http.proxies import certificates
from ..deadline import Deadline
from ..messages import Headers, Request


class AsyncFastConnection:
    """A connection that is made with its first request.

    Args:
        host: Where to.
        port: Of the server.
        trust: For TLS; None for plain HTTP.
        parser: What reads the answers.
        idle_seconds: How long it is good for after a use.
    """

    def __init__(
        self,
        host: str,
        port: int,
        trust: ssl.SSLContext | None,
        parser: type[Parser],
        idle_seconds: float,
    ) -> None:
        self._host, self._port, self._trust, self._parser = host, port, trust, parser
        self._idle_seconds = idle_seconds
        self._used = 0.0
        self._written = False
        self._deadline: Deadline
        self._socket: AsyncSocket | None = None
        self._incoming: Incoming | None = None

    async def send(self, request: Request, host: str, connect: float, deadline: Deadline) -> None:
        """Sends a request and waits for the head of its answer.

        Args:
            request: What to send.
            host: The header.
            connect: When the connection must be there.
            deadline: When the answer must.

        Raises:
            httpcore.ConnectError: And the like: nothing was sent.
            httpcore.NetworkError: And the like: it may have been.
        """
        self._written, self._deadline = False, deadline
        if self._socket is None:
            self._socket = await AsyncSocket.connect(self._host, self._port, self._trust, connect)
        incoming = self._incoming = Incoming(self._parser, request.method)
        try:
            await self._write(self._socket, request, host, deadline.at)
            self._written = True
        except httpcore.WriteError:
            pass  # a server may refuse before it has read all, and hang up
        while not incoming.headed:
            incoming.feed(await self._socket.read(deadline.at))

    async def _write(self, socket: AsyncSocket, request: Request, host: str, end: float) -> None:
        # The head holds the key: no variable keeps it, where a debugger or an error report would show it.
        body = request.body
        if isinstance(body, bytes):
            await socket.write(request_head(request, host) + body, end)
            return
        await socket.write(request_head(request, host), end)
        chunked = "Transfer-Encoding" in request.headers
        size = 0
        async for piece in cast(AsyncIterable[bytes], body):
            size += len(piece)
            if piece:
                framed = b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece
                await socket.write(framed, end)
        if chunked:
            await socket.write(b"0\r\n\r\n", end)
        elif size != int(request.headers["Content-Length"]):
            raise httpcore.LocalProtocolError("the body isn't as long as was said")

    @property
    def status(self) -> int:
        """Of the answer."""
        return self._answer.status

    @property
    def headers(self) -> Headers:
        """Of the answer."""
        return self._answer.headers

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body of the answer, as it arrives."""
        incoming = self._answer
        assert self._socket is not None
        while True:
            while piece := incoming.take():
                yield piece
            if incoming.complete:
                return
            incoming.feed(await self._socket.read(self._deadline.at))

    async def finish(self) -> None:
        """The answer has been read, or is given up."""
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


class AsyncFastConnections:
    """Makes connections.

    Args:
        base_url: Where to.
        idle_seconds: How long they are good for after a use.
    """

    def __init__(self, base_url: str, idle_seconds: float) -> None:
        parts = urlsplit(base_url)
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._trust = certificates() if parts.scheme == "https" else None
        if self._trust is not None:
            self._trust.set_alpn_protocols(["http/1.1"])
        self._parser, self._idle_seconds = parser(), idle_seconds

    def make(self) -> AsyncFastConnection:
        """A connection that opens with its first request."""
        return AsyncFastConnection(
            self._host, self._port, self._trust, self._parser, self._idle_seconds
        )
