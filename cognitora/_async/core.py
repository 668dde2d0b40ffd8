"""One connection by httpcore, the engine of httpx; with proxies of every kind that it knows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import httpcore

from .._http.proxies import certificates, proxy_for
from ..deadline import Deadline, Moment
from ..messages import Headers, Request
from .backend import AsyncDeadlineBackend

if TYPE_CHECKING:
    from httpcore import AsyncConnectionInterface


class AsyncCoreConnection:
    """A connection of httpcore's, used for one request at a time.

    Args:
        inner: The connection.
        proxied: Whether a proxy is on the way.
    """

    status: int
    headers: Headers

    def __init__(self, inner: AsyncConnectionInterface, proxied: bool) -> None:
        self._inner = inner
        self._proxied = proxied
        self._answer: httpcore.Response

    async def send(self, request: Request, host: str, connect: float, deadline: Deadline) -> None:
        """As that of `AsyncConnection`."""
        # httpcore hands these on to the backend, which knows what they are, as if they were seconds.
        times = {"connect": Moment(connect), "read": deadline, "write": deadline}
        answer = self._answer = await self._inner.handle_async_request(
            httpcore.Request(
                request.method,
                _url(request.url, self._proxied),
                headers=[("Host", host), *request.headers.items()],
                content=request.body,
                extensions={"timeout": times},
            )
        )
        self.status = answer.status
        self.headers = Headers(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers
        )

    def pieces(self) -> AsyncIterator[bytes]:
        """The body of the answer, as it arrives."""
        return self._answer.aiter_stream()

    async def finish(self) -> None:
        """The answer has been read, or is given up."""
        await self._answer.aclose()

    def usable(self) -> bool:
        """Whether another request may follow."""
        return self._inner.is_available()

    def expired(self) -> bool:
        """Whether it has waited too long, or the server has hung up."""
        return self._inner.has_expired()

    async def aclose(self) -> None:
        """Closes it."""
        await self._inner.aclose()


class AsyncCoreConnections:
    """Makes connections of httpcore's.

    Args:
        base_url: Where to.
        idle_seconds: How long they are good for after a use.
    """

    def __init__(self, base_url: str, idle_seconds: float) -> None:
        backend = AsyncDeadlineBackend()
        trust = certificates() if base_url.startswith("https:") else None
        proxy = proxy_for(base_url)
        self._proxied = proxy is not None
        self._origin = _url(base_url, self._proxied).origin
        # Used for what it makes, never to send: its own pool costs more with each connection in it.
        self._pool: httpcore.AsyncConnectionPool
        if proxy is None:
            self._pool = httpcore.AsyncConnectionPool(
                ssl_context=trust, network_backend=backend, keepalive_expiry=idle_seconds
            )
        else:
            self._pool = httpcore.AsyncHTTPProxy(
                proxy.url,
                proxy_auth=proxy.credentials,
                ssl_context=trust,
                proxy_ssl_context=certificates() if proxy.url.startswith("https:") else None,
                network_backend=backend,
                keepalive_expiry=idle_seconds,
            )

    def make(self) -> AsyncCoreConnection:
        """A connection that opens with its first request."""
        return AsyncCoreConnection(self._pool.create_connection(self._origin), self._proxied)


def _url(text: str, proxied: bool) -> httpcore.URL:
    """An address as httpcore has it, which forgets the brackets of IPv6 in what it says to a proxy."""
    url = httpcore.URL(text)
    if proxied and b":" in url.host:
        url.host = b"[%b]" % url.host
    return url
