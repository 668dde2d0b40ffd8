"""Sockets on asyncio that keep to a deadline; `sockets` has the same for ordinary programs."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from time import monotonic
from typing import cast

import httpcore

from .sockets import EYEBALLS_SECONDS, readable

HIGH = 1 << 20
"""Bytes that may wait to be read before the other side is held back."""


class AsyncSocket(asyncio.Protocol):
    """A connection to a server. Times are points on the monotonic clock.

    It belongs to one task at a time.
    """

    def __init__(self) -> None:
        self._transport: asyncio.Transport
        self._loop = asyncio.get_running_loop()
        self._arrived = bytearray()
        self._over = False  # nothing more will arrive
        self._failure: Exception | None = None
        self._held = self._full = False
        self._waiter: asyncio.Future[None] | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at = 0.0
        self._closed = self._loop.create_future()

    @classmethod
    async def connect(
        cls, host: str, port: int, trust: ssl.SSLContext | None, end: float
    ) -> AsyncSocket:
        """Opens a connection, with TLS if there is someone to trust.

        Raises:
            httpcore.ConnectTimeout: It took too long.
            httpcore.ConnectError: It was refused, or the certificate is wrong.
        """
        loop = asyncio.get_running_loop()
        # asyncio's race between addresses leaves a socket open when it is cancelled as somebody wins it.
        race = None if host.replace(".", "").isdigit() or ":" in host else EYEBALLS_SECONDS
        try:
            async with asyncio.timeout(end - monotonic()):
                _, made = await loop.create_connection(
                    cls, host, port, ssl=trust, happy_eyeballs_delay=race
                )
        except TimeoutError as error:
            if error.errno:  # the system's own, and earlier
                raise httpcore.ConnectError(str(error)) from error
            raise httpcore.ConnectTimeout("it took too long") from None
        except OSError as error:  # TLS's errors are of this kind too
            raise httpcore.ConnectError(str(error)) from error
        return made

    async def write(self, data: bytes, end: float) -> None:
        """Sends, and waits until most of it has left.

        Raises:
            httpcore.WriteTimeout: It took too long.
            httpcore.WriteError: The connection broke.
        """
        if not self._closed.done():
            self._transport.write(data)
            del (
                data
            )  # not to be seen in a traceback of what comes while waiting: it may hold the key
            while self._full and not self._closed.done():
                await self._wait(end, httpcore.WriteTimeout)
        if self._closed.done():
            raise httpcore.WriteError(str(self._failure or "it hung up"))

    async def read(self, end: float) -> bytes:
        """What has arrived, and at least a byte; `b""` at the end of the connection.

        Raises:
            httpcore.ReadTimeout: Nothing came in time.
            httpcore.ReadError: The connection broke.
        """
        while not self._arrived and not self._over:
            await self._wait(end, httpcore.ReadTimeout)
        if not self._arrived:
            if self._failure is not None:
                raise httpcore.ReadError(str(self._failure)) from self._failure
            return b""
        data = bytes(self._arrived)
        self._arrived.clear()
        if self._held and not self._closed.done():
            self._held = False
            self._transport.resume_reading()
        return data

    def quiet(self) -> bool:
        """Whether it is open and nothing has arrived that nobody has asked for."""
        if self._over or self._arrived or self._transport.is_closing():
            return False
        return not readable(self._transport.get_extra_info("socket").fileno())

    async def close(self) -> None:
        """Closes it at once, whatever is still to be sent."""
        self._transport.abort()
        await asyncio.shield(self._closed)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._arrived += data
        if len(self._arrived) > HIGH and not self._held:
            self._held = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        self._over = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._over = True
        self._failure = exc
        if self._alarm is not None:
            self._alarm.cancel()
        self._closed.set_result(None)
        self._wake()

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        self._wake()

    async def _wait(self, end: float, late: Callable[[str], Exception]) -> None:
        """Until something happens."""
        if self._alarm is None or self._alarm_at > end:
            self._set_alarm(end)
        waiter = self._waiter = self._loop.create_future()
        try:
            await waiter
        finally:
            self._waiter = None
        if monotonic() >= end:
            raise late("the deadline has passed")

    def _set_alarm(self, end: float) -> None:
        # One stays for the next wait, which ends later as a rule and sets another when this has rung: a new
        # one for each costs more than all the rest of a wait.
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = self._loop.call_later(max(0.0, end - monotonic()), self._ring)
        self._alarm_at = end

    def _ring(self) -> None:
        self._alarm = None
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
