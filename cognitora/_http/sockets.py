"""Sockets that keep to a deadline; `async_sockets` has the same for asyncio."""

from __future__ import annotations

import errno
import os
import select
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from copy import copy
from functools import partial
from typing import Any, TypeVar, cast

from .._concurrency.settle import settle
from .types import ConnectError, ConnectTimeout, ExchangeTimeout, NetworkError, WriteError

PIECE = 64 * 1024
SELECTOR = getattr(selectors, "PollSelector", selectors.SelectSelector)
"""Windows has no poll."""
BEGUN = (0, errno.EINPROGRESS, getattr(errno, "WSAEWOULDBLOCK", 0))
"""What says of a connection that it is made, or being made; the last is Windows' word for it."""
EYEBALLS_SECONDS = 0.25
"""After so long without an answer the next address of a host is tried as well (RFC 8305)."""

T = TypeVar("T")
Addresses = list[tuple[Any, ...]]
LOOK_UPS: dict[tuple[int | str, ...], Future[Addresses]] = {}
"""Those under way. Who asks for the same host within the same second waits for the same one."""


class Socket:
    """A connection to a server. Times are points on the monotonic clock.

    It belongs to one thread at a time.
    """

    def __init__(self, inner: socket.socket | Tls) -> None:
        self._inner = inner

    @classmethod
    def connect(cls, host: str, port: int, trust: ssl.SSLContext | None, end: float) -> Socket:
        """Opens a connection, with TLS if there is someone to trust.

        Raises:
            ConnectTimeout: It took too long.
            ConnectError: It was refused, or the certificate is wrong.
        """
        try:
            made = cls(reach(host, port, end))
        except TimeoutError:
            raise ConnectTimeout("it took too long") from None
        except Exception as error:  # whatever it is: nothing has been sent
            raise ConnectError(str(error)) from error
        if trust is not None:
            made.start_tls(trust, host, end)
        return made

    def start_tls(self, trust: ssl.SSLContext, host: str, end: float) -> None:
        """Goes on with TLS, within what there is of it, and is closed where that fails.

        Raises:
            ConnectTimeout: It took too long.
            ConnectError: It hung up, or the certificate is wrong.
        """
        inner = self._inner
        try:
            self._inner = Tls(inner, trust, host, end)
        except BaseException as error:
            inner.close()
            if isinstance(error, TimeoutError):
                raise ConnectTimeout("it took too long") from None
            if isinstance(error, Exception):
                raise ConnectError(str(error)) from error
            raise

    def write(self, data: memoryview, end: float) -> None:
        """Sends what no repr shows.

        Raises:
            ExchangeTimeout: It took too long.
            WriteError: The connection broke.
        """
        unsent = data
        try:
            while unsent:
                self._inner.settimeout(_left(end))
                unsent = unsent[self._inner.send(unsent[:PIECE]) :]
        except TimeoutError:
            raise ExchangeTimeout("the deadline has passed") from None
        except OSError as error:
            raise WriteError(str(error)) from error

    def read(self, end: float) -> bytes:
        """What has arrived, and at least a byte; `b""` at the end of the connection.

        Raises:
            ExchangeTimeout: Nothing came in time.
            NetworkError: The connection broke.
        """
        try:
            self._inner.settimeout(_left(end))
            return self._inner.recv(PIECE)
        except TimeoutError:
            raise ExchangeTimeout("the deadline has passed") from None
        except OSError as error:
            raise NetworkError(str(error)) from error

    def quiet(self) -> bool:
        """Whether it is open and nothing has arrived that nobody has asked for."""
        unread = isinstance(self._inner, Tls) and self._inner.unread()
        return not unread and not readable(self._inner.fileno())

    def close(self) -> None:
        """Closes it at once."""
        self._inner.close()


class Tls:
    """TLS over a socket or, to a server behind a proxy to which one speaks TLS, over TLS.

    The sockets of `ssl` can't do the second, and stay open where the other side resets too early. It has
    those methods of a socket that are used here; a time-out is that of a call as a whole.
    """

    def __init__(
        self, outer: socket.socket | Tls, trust: ssl.SSLContext, host: str, end: float
    ) -> None:
        self._outer, self._end = outer, end
        self._arrived, self._leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = trust.wrap_bio(self._arrived, self._leaving, server_hostname=host)
        self._carry_out(self._tls.do_handshake)

    def settimeout(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def fileno(self) -> int:
        return self._outer.fileno()

    def close(self) -> None:
        self._outer.close()

    def send(self, data: memoryview) -> int:
        return self._carry_out(self._tls.write, data)

    def recv(self, size: int) -> bytes:
        try:
            return self._carry_out(self._tls.read, size)
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):  # as sockets of ssl do it
            return b""

    def unread(self) -> bool:
        """Whether something has arrived that isn't on the socket any more."""
        return bool(self._arrived.pending or self._tls.pending())

    def _carry_out(self, act: Callable[..., T], *arguments: object) -> T:
        while True:
            try:
                done = act(*arguments)
            except ssl.SSLWantReadError:
                self._flush()
            else:
                self._flush()
                return done
            self._outer.settimeout(_left(self._end))
            if data := self._outer.recv(PIECE):
                self._arrived.write(data)
            else:
                self._arrived.write_eof()

    def _flush(self) -> None:
        unsent = memoryview(self._leaving.read())
        while unsent:
            self._outer.settimeout(_left(self._end))
            unsent = unsent[self._outer.send(unsent) :]


def reach(host: str, port: int, end: float) -> socket.socket:
    """A connection to the first address of a host that takes one, whichever order they answer in.

    Raises:
        TimeoutError: None has until `end`.
        OSError: All have refused, or the host has none.
    """
    waiting = list(look_up(host, port).result(_left(end)))
    trying = SELECTOR()
    refusal = OSError("it has no address")
    next_at = 0.0
    try:
        while waiting or trying.get_map():
            if waiting and (not trying.get_map() or time.monotonic() >= next_at):
                family, kind, protocol, _, address = waiting.pop(0)
                try:
                    attempt = socket.socket(family, kind, protocol)
                except OSError as error:  # this machine has no IPv6, say
                    refusal = error
                    continue
                attempt.setblocking(False)
                code = attempt.connect_ex(address)
                if code not in BEGUN:
                    attempt.close()
                    refusal = OSError(code, os.strerror(code))
                    continue
                trying.register(attempt, selectors.EVENT_WRITE)
                next_at = time.monotonic() + EYEBALLS_SECONDS
            pause = _left(end)
            if waiting:
                pause = min(pause, max(0.0, next_at - time.monotonic()))
            for key, _ in trying.select(pause):
                attempt = cast(socket.socket, key.fileobj)
                trying.unregister(attempt)
                code = attempt.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if code == 0:
                    attempt.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    return attempt
                attempt.close()
                refusal, next_at = OSError(code, os.strerror(code)), 0.0
        raise refusal
    finally:
        for key in trying.get_map().values():
            cast(socket.socket, key.fileobj).close()
        trying.close()


def look_up(host: str, port: int) -> Future[Addresses]:
    """The addresses of a host, as `getaddrinfo` has them.

    Nothing can interrupt the system's resolver: it has a thread of its own, for which nobody has to wait, not
    even the end of the program. What it finds is shared, but each caller has a future of its own.
    """
    mine: Future[Addresses] = Future()
    mine.set_running_or_notify_cancel()  # who gives up can't cancel it under the thread's hands
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with suppress(OSError, ValueError):  # where it is no address already
        socket.inet_pton(family, host)
        mine.set_result([(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, port))])
        return mine
    key = (os.getpid(), host, port, int(time.monotonic()))
    begun: Future[Addresses] = Future()
    found = LOOK_UPS.setdefault(key, begun)
    found.add_done_callback(partial(_hand_on, mine))

    def ask() -> Addresses:
        try:
            return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        finally:
            LOOK_UPS.pop(key, None)

    work = partial(settle, begun, ask)
    if found is begun:
        try:
            threading.Thread(target=work, name="cognitora-look-up", daemon=True).start()
        except RuntimeError:  # the program is ending, or has no thread left
            work()
    return mine


def _hand_on(mine: Future[Addresses], found: Future[Addresses]) -> None:
    error = found.exception()
    if error is None:
        mine.set_result(found.result())
    else:
        # One of its own: raising it adds to its traceback, and to what it was raised in.
        mine.set_exception(copy(error))


def readable(number: int) -> bool:
    """Whether something can be read from a file descriptor, the end of its connection included."""
    if not hasattr(select, "poll"):
        return bool(select.select([number], [], [], 0)[0])
    poll = select.poll()
    poll.register(number, select.POLLIN)
    return bool(poll.poll(0))


def _left(end: float) -> float:
    seconds = end - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds
