"""Sockets that keep to a deadline as a whole, however slowly the other side drips.

httpcore gives a time-out anew to each read, so a server that sends a byte a second would hold a call for
ever. It passes on untouched what it is given, though: here that is a point on the monotonic clock, or a
deadline.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore

from .._http.async_sockets import async_stream
from ..deadline import Deadline

PIECE = 64 * 1024


def left(end: float | Deadline | None, error: type[httpcore.TimeoutException]) -> float | None:
    """Seconds until a point in time. Raises `error` if it has passed."""
    if end is None:
        return None
    seconds = (end.at if isinstance(end, Deadline) else end) - time.monotonic()
    if seconds <= 0:
        raise error("the deadline has passed")
    return seconds


class AsyncDeadlineBackend(httpcore.AsyncNetworkBackend):
    """Opens sockets whose time-outs are points in time."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        assert timeout is not None
        return AsyncDeadlineStream(await async_stream(host, port, timeout))


class AsyncDeadlineStream(httpcore.AsyncNetworkStream):
    """A socket whose time-outs are points in time."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._stream.read(max_bytes, left(timeout, httpcore.ReadTimeout))

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if len(buffer) <= PIECE:
            await self._stream.write(buffer, left(timeout, httpcore.WriteTimeout))
            return
        for start in range(0, len(buffer), PIECE):
            piece = buffer[start : start + PIECE]
            await self._stream.write(piece, left(timeout, httpcore.WriteTimeout))

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        seconds = left(timeout, httpcore.ConnectTimeout)
        name = server_hostname.strip("[]") if server_hostname else None  # behind a proxy
        return AsyncDeadlineStream(await self._stream.start_tls(ssl_context, name, seconds))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
