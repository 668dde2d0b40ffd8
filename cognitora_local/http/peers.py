"""The other gateways: a call that is one's of them is handed to it, and its answer handed back.

What a gateway serves (a session and all in it, the work of an idempotency key) is said by its records, so
that callers may ask any. When the one that serves it is lost, who asked waits until another has it.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.responses import Response

from ..store.connection import Unusable
from ..store.gateways import LEASE_SECONDS, RENEW_SECONDS, Gateways
from .disconnect import cancel_on_disconnect
from .errors import ApiError, unavailable
from .requests import Call
from .responses import StreamedResponse, write_json

if TYPE_CHECKING:
    # At run time it is imported where it is used: only who has other gateways needs it, and it would be a
    # third of what all imports take at a start.
    import httpx

T = TypeVar("T")

GATEWAY = "X-Cognitora-Gateway"
"""The header of a call that was handed on: the epoch of the gateway that it is for, which doesn't do so."""

NOT_HERE = 421
"""Answered by a gateway that isn't the one, or doesn't serve any more what the call is about."""

CONNECT_SECONDS = 3.0
CUT_OFF_SECONDS = 20
"""A connection is over when the other's machine hasn't answered for so long: else a call for which nothing
comes would wait for ever, though the way is cut."""

PATIENCE_SECONDS = 3 * LEASE_SECONDS
"""How long a call waits for another gateway to take over from one that is lost."""

LOOK_SECONDS = 0.25
"""Between two looks who serves it now."""

LOST = "The gateway that this was handed to was lost."

RETRY_AFTER = {"Retry-After": "1"}
OF_ONE_CONNECTION = {
    *("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding"),
    *("upgrade", "host", "date", "server", "expect"),
}


class InProgress(ApiError):
    """The work of an idempotency key isn't done yet, by the gateway of this epoch."""

    def __init__(self, gateway: int = 0) -> None:
        message = (
            "The first call with this Idempotency-Key is still running. Ask again in a moment."
        )
        super().__init__(409, "in_progress", message, headers=RETRY_AFTER)
        self.gateway = gateway


class NotReached(Exception):
    """The other gateway hasn't done it, or it does no harm to have it done again."""


class Lost(Exception):
    """The gateway that works for us is alive no more."""


class Peers:
    """The other gateways, as one of them sees them.

    Args:
        gateways: all.
        whose: the epoch of the one that a call is for; this one's where it is any's.
    """

    def __init__(self, gateways: Gateways, whose: Callable[[Call], Awaitable[int]]) -> None:
        self._gateways = gateways
        self._whose = whose
        self._client: httpx.AsyncClient | None = None

    async def answer(
        self,
        call: Call,
        handler: Callable[[Call], Awaitable[Response]],
        *,
        repeatable: bool,
        has_json: bool,
    ) -> Response:
        """The answer of `handler`, or that of the gateway whose call it is.

        Args:
            call: what is asked for.
            handler: answers it here. It may find out that it is another's, by raising InProgress.
            repeatable: whether it does no harm to have it done twice, or has a key that prevents that.
            has_json: whether its body is JSON, which was read; else nothing of that was.

        Raises:
            ApiError: 503, the other was lost and nobody has taken over from it, or whether it has done it
                isn't known; 421, it was handed here by mistake.
        """
        ours = self._gateways.epoch
        if not ours:
            return await handler(call)
        if (named := call.request.headers.get(GATEWAY)) is not None:
            if named != str(ours) or await self._whose(call) != ours:
                raise ApiError(NOT_HERE, "not_here", "Another gateway serves this. Ask again.")
            return await handler(call)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE_SECONDS
        hand = partial(self._hand, call, repeatable=repeatable, has_json=has_json)
        while (epoch := await self._whose(call)) != ours:
            try:
                return await hand(epoch)
            except NotReached:
                if loop.time() > deadline:
                    said = f"{LOST} No other has taken over yet."
                    raise unavailable("gateway_lost", said) from None
            await asyncio.sleep(LOOK_SECONDS)
        try:
            return await handler(call)
        except InProgress as error:
            if error.gateway in (0, ours):
                raise
            try:
                return await hand(error.gateway)  # so that it knows that its caller is still there
            except NotReached:
                raise error from None

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def _hand(self, call: Call, epoch: int, *, repeatable: bool, has_json: bool) -> Response:
        import httpx

        url = await self._gateways.url(epoch)
        if url is None:
            raise NotReached
        request = call.request
        body: bytearray | AsyncIterator[bytes] | None = None
        if has_json:
            body = bytearray()
            await write_json(call.body, body.extend)
        elif "content-length" in request.headers or "transfer-encoding" in request.headers:
            body = request.stream()
        left_out = OF_ONE_CONNECTION | ({"content-length"} if has_json else set[str]())
        headers = [pair for pair in request.headers.raw if pair[0].decode() not in left_out]
        headers.append((GATEWAY.encode(), str(epoch).encode()))
        where = request.scope["raw_path"]
        if query := request.scope["query_string"]:
            where += b"?" + query
        client = self._connected()
        asked = client.build_request(
            request.method,
            httpx.URL(url).copy_with(raw_path=where),
            headers=headers,
            content=bytes(body) if isinstance(body, bytearray) else body,
        )
        work = self._while_alive(client.send(asked, stream=True), epoch)
        streamed = body is not None and not has_json
        try:
            if streamed:  # which takes what its caller says, that he has left too
                response = await work
            else:
                response = await cancel_on_disconnect(request.receive, work, lambda: 0.0)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise NotReached from error
        except (httpx.TransportError, Lost) as error:
            if repeatable and not streamed:
                raise NotReached from error
            raise unavailable("gateway_lost", f"{LOST} Whether it was done isn't known.") from error
        if response.status_code == NOT_HERE:
            await response.aclose()
            if streamed:
                raise unavailable("gateway_lost", f"{LOST} Send it again.")
            raise NotReached
        kept = {
            name: value
            for name, value in response.headers.items()
            if name.lower() not in OF_ONE_CONNECTION
        }
        return StreamedResponse(self._pieces(response, epoch), response.status_code, kept)

    def _connected(self) -> httpx.AsyncClient:
        import httpx

        if self._client is None:
            tcp = socket.IPPROTO_TCP
            cut_off = (
                (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
                (tcp, socket.TCP_KEEPIDLE, CUT_OFF_SECONDS // 4),
                (tcp, socket.TCP_KEEPINTVL, CUT_OFF_SECONDS // 4),
                (tcp, socket.TCP_USER_TIMEOUT, CUT_OFF_SECONDS * 1000),
            )
            self._client = httpx.AsyncClient(
                timeout=httpx.Timeout(None, connect=CONNECT_SECONDS),
                transport=httpx.AsyncHTTPTransport(
                    limits=httpx.Limits(max_connections=None, max_keepalive_connections=64),
                    socket_options=cut_off,
                    trust_env=False,
                ),
                trust_env=False,
            )
        return self._client

    async def _pieces(self, response: httpx.Response, epoch: int) -> AsyncIterator[bytes]:
        import httpx

        try:
            pieces = response.aiter_raw()
            while piece := await self._while_alive(_next(pieces), epoch):
                yield piece
        except (httpx.TransportError, Lost) as error:
            raise unavailable("gateway_lost", f"{LOST} The rest can't be had.") from error
        finally:
            await response.aclose()

    async def _while_alive(self, work: Coroutine[Any, Any, T], epoch: int) -> T:
        """What comes of it, while that gateway is alive: one that stands still answers nothing.

        Raises Lost, and what the work raises.
        """
        task = asyncio.create_task(work)
        try:
            while not (await asyncio.wait({task}, timeout=RENEW_SECONDS))[0]:
                with suppress(Unusable):  # else it isn't known, and it may well be alive
                    if await self._gateways.url(epoch) is None:
                        raise Lost
            return task.result()
        finally:
            task.cancel()


async def _next(pieces: AsyncIterator[bytes]) -> bytes:
    return await anext(pieces, b"")
