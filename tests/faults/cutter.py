"""Passes bytes on between a client and a server, and breaks connections off after some number of them."""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from urllib.parse import urlsplit

from tests.faults.strikes import reset_now

PIECE = 64 * 1024


class Cutter:
    """Stands before a server. `cut` tells it where connections are to break.

    Attributes:
        made: How many it has broken off.
    """

    def __init__(self, base_url: str) -> None:
        where = urlsplit(base_url)
        self._upstream = (where.hostname, where.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._places: Iterator[int] = iter(())
        self._left: int | None = None
        self.made = 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def cut(self, places: Iterable[int]) -> None:
        """Break a connection after so many bytes, of both directions and of all connections, and again."""
        with self._lock:
            self._places = iter(places)
            self._left = next(self._places, None)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        with near, socket.create_connection(self._upstream) as far, suppress(OSError):
            selector = selectors.DefaultSelector()
            selector.register(near, selectors.EVENT_READ, far)
            selector.register(far, selectors.EVENT_READ, near)
            while True:
                for key, _ in selector.select():
                    source: socket.socket = key.fileobj  # type: ignore[assignment]
                    data = source.recv(PIECE)
                    passed, ends = self._pass(data)
                    key.data.sendall(passed)
                    if not data or ends:
                        self._end(near, far, rudely=ends and self.made % 2 == 0)
                        return

    def _pass(self, data: bytes) -> tuple[bytes, bool]:
        """What of it goes on, and whether the connection breaks then."""
        with self._lock:
            if self._left is None or len(data) < self._left:
                self._left = self._left and self._left - len(data)
                return data, False
            passed, self._left = data[: self._left], next(self._places, None)
            self.made += 1
            return passed, True

    def _end(self, near: socket.socket, far: socket.socket, *, rudely: bool) -> None:
        for each in (near, far):
            if rudely:
                reset_now(each)
            else:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
