"""The HTTP server: uvicorn, on a socket of ours, stopped by us."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from ..system import raise_limit_of_files
from .connections import SHARE_OF_FILES, Unauthenticated, protocol_class

KEEP_ALIVE_SECONDS = 75  # longer than clients keep idle connections, so that they close them first
AT_ONCE = 2  # connections that are accepted before anything else goes on
WAITING = 2048  # connections that the kernel keeps until then
GRACE_SECONDS = 2  # for answers that are under way when the runtime is stopped


class AddressError(Exception):
    """The runtime can't listen where it was told to."""


class Server(uvicorn.Server):
    """Serves the application on a bound socket until `stop()`.

    Args:
        on_ready: called once, when connections are accepted.
    """

    def __init__(self, app: ASGIApp, on_ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=protocol_class(Unauthenticated(raise_limit_of_files() // SHARE_OF_FILES)),
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                backlog=AT_ONCE,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for each in sockets or ():
            each.listen(WAITING)
        self._on_ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone: the runtime has kernels to stop before its server."""
        yield

    def stop(self) -> None:
        self.should_exit = True


def bind(host: str, port: int) -> socket.socket:
    """A bound socket.

    Raises:
        AddressError: the address isn't this machine's, or the port is taken.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = found[0]
        bound = socket.socket(family, kind, protocol)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(address)
        except BaseException:
            bound.close()
            raise
    except (OSError, OverflowError) as error:
        raise AddressError(f"It can't listen on {host}:{port} ({error}).") from error
    return bound


def url_of(bound: socket.socket) -> str:
    """The base URL that reaches the socket from this machine."""
    address, port = bound.getsockname()[:2]
    host = str(address)
    return _url({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port)


def outside_url_of(bound: socket.socket) -> str:
    """The base URL that reaches it from other machines, as far as this one knows: by its name's address."""
    address, port = bound.getsockname()[:2]
    if address not in ("0.0.0.0", "::"):
        return _url(str(address), port)
    try:
        found = socket.getaddrinfo(socket.gethostname(), port, bound.family, socket.SOCK_STREAM)
    except OSError:  # it has no name that is known
        return url_of(bound)
    return _url(str(found[0][4][0]), port)


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
