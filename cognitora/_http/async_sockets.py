"""Sockets on asyncio that keep to a deadline; `sockets` has the same for ordinary programs."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import suppress
from functools import partial
from time import monotonic
from typing import cast

from .._concurrency.tasks import apart
from .sockets import EYEBALLS_SECONDS, Addresses, look_up, readable
from .types import ConnectError, ConnectTimeout, ExchangeTimeout, NetworkError, WriteError

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
        self._held = self._full = self._resuming = False
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
            ConnectTimeout: It took too long.
            ConnectError: It was refused, or the certificate is wrong.
        """
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(end - monotonic()):
                inner = await async_reach(host, port)
                name = host if trust else None
                _, made = await loop.create_connection(
                    cls, sock=inner, ssl=trust, server_hostname=name
                )
        except TimeoutError as error:
            if error.errno:  # the system's own, and earlier
                raise ConnectError(str(error)) from error
            raise ConnectTimeout("it took too long") from None
        except Exception as error:  # whatever it is: nothing has been sent
            raise ConnectError(str(error) or "it hung up") from error
        return made

    async def start_tls(self, trust: ssl.SSLContext, host: str, end: float) -> None:
        """Goes on with TLS, within what there is of it, and is closed where that fails.

        Raises:
            ConnectTimeout: It took too long.
            ConnectError: It hung up, or the certificate is wrong.
        """
        try:
            if self._arrived or self._over:  # what has arrived would count as what came by TLS
                raise ConnectionError(
                    "it said more than it was asked" if self._arrived else "it hung up"
                )
            async with asyncio.timeout(end - monotonic()):
                made = await self._loop.start_tls(
                    self._transport, self, trust, server_hostname=host
                )
        except BaseException as error:
            self._abort()
            if isinstance(error, TimeoutError):
                raise ConnectTimeout("it took too long") from None
            if isinstance(error, Exception):  # a TypeError is asyncio's own, before Python 3.12.2
                raise ConnectError(str(error) or "it hung up") from error
            raise
        if made is None:
            raise ConnectError("it hung up")
        self._transport = made

    def _abort(self) -> None:
        # asyncio's own of Python 3.11.2 fails where TLS has ended before.
        with suppress(AttributeError):
            self._transport.abort()

    async def write(self, data: memoryview, end: float) -> None:
        """Sends what no repr shows, and waits until most of it has left.

        Raises:
            ExchangeTimeout: It took too long.
            WriteError: The connection broke.
        """
        if not self._over:
            self._transport.write(data)
            while self._full and not self._over:
                await self._wait(end)
        if self._over:  # who hangs up has said all, and may read no more
            raise WriteError(str(self._failure or "it hung up"))

    async def read(self, end: float) -> bytes:
        """What has arrived, and at least a byte; `b""` at the end of the connection.

        Raises:
            ExchangeTimeout: Nothing came in time.
            NetworkError: The connection broke.
        """
        while not self._arrived and not self._over:
            await self._wait(end)
        if not self._arrived:
            if self._failure is not None:
                raise NetworkError(str(self._failure)) from self._failure
            return b""
        data = bytes(self._arrived)
        self._arrived.clear()
        if self._held and not self._closed.done():
            self._held = False
            self._transport.resume_reading()
            # What TLS has held back meanwhile comes with the loop's next step, just before this.
            self._resuming = True
            self._loop.call_soon(self._resumed)
        return data

    def quiet(self) -> bool:
        """Whether it is open and nothing has arrived that nobody has asked for."""
        if self._over or self._arrived or self._resuming or self._transport.is_closing():
            return False
        return not readable(self._transport.get_extra_info("socket").fileno())

    async def close(self) -> None:
        """Closes it at once, whatever is still to be sent."""
        self._abort()
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

    async def _wait(self, end: float) -> None:
        """Until something happens."""
        if self._alarm is None or self._alarm_at > end:
            self._set_alarm(end)
        waiter = self._waiter = self._loop.create_future()
        try:
            await waiter
        finally:
            self._waiter = None
        if monotonic() >= end:
            raise ExchangeTimeout("the deadline has passed")

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

    def _resumed(self) -> None:
        self._resuming = False

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


async def async_reach(host: str, port: int) -> socket.socket:
    """A connection to the first address of a host that takes one, whichever order they answer in.

    Raises:
        OSError: All have refused, or the host has none.
    """
    loop = asyncio.get_running_loop()
    found = look_up(host, port)
    if found.done():  # at once, for what is an address already
        waiting = list(found.result())
    else:
        addresses: asyncio.Future[Addresses] = asyncio.wrap_future(found)
        waiting = list(await addresses)
    trying: dict[asyncio.Task[None], socket.socket] = {}
    refusal: BaseException = OSError("it has no address")
    try:
        while waiting or trying:
            if waiting:
                family, kind, protocol, _, address = waiting.pop(0)
                try:
                    attempt = socket.socket(family, kind, protocol)
                except OSError as error:  # this machine has no IPv6, say
                    refusal = error
                    continue
                attempt.setblocking(False)
                # Apart, as clean-up that goes on at the end of `asyncio.run` may need it.
                trying[apart(loop.sock_connect(attempt, address))] = attempt
            ended, _ = await asyncio.wait(
                trying,
                timeout=EYEBALLS_SECONDS if waiting else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for task in ended:
                failure = task.exception()
                if failure is None:
                    return trying.pop(task)
                trying.pop(task).close()
                refusal = failure
        raise refusal
    finally:
        for task, attempt in trying.items():
            # Closed when the loop watches it no longer, and not before.
            task.add_done_callback(partial(_give_up, attempt))
            task.cancel()


def _give_up(attempt: socket.socket, task: asyncio.Task[None]) -> None:
    if not task.cancelled():
        task.exception()  # seen: nobody asks any more
    attempt.close()
