"""What stands between two: it passes on what they say to each other, until it is cut."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

PIECE_BYTES = 65536
CONNECT_SECONDS = 10


class Relay:
    """Takes connections of `listener`, each to what `connect` gives, while the block runs.

    While it is cut nothing goes either way, and neither side is told: as with a cable. When it is broken
    both sides are told, and nobody gets through: as with something between that was started anew.
    """

    def __init__(self, listener: socket.socket, connect: Callable[[], socket.socket]) -> None:
        self._listener, self._connect = listener, connect
        self._passes = threading.Event()
        self._passes.set()
        self._broken = False
        self._open = set[socket.socket]()
        self._lock = threading.Lock()

    def __enter__(self) -> Relay:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # so that accept() ends
        self._listener.close()
        self._passes.set()

    @contextlib.contextmanager
    def cut(self) -> Iterator[None]:
        """For as long as the block runs."""
        self._passes.clear()
        try:
            yield
        finally:
            self._passes.set()

    @contextlib.contextmanager
    def broken(self) -> Iterator[None]:
        """For as long as the block runs."""
        with self._lock:
            self._broken = True
            for each in self._open:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
        try:
            yield
        finally:
            self._broken = False

    def _accept(self) -> None:
        while True:
            try:
                taken, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[taken], daemon=True).start()

    def _serve(self, taken: socket.socket) -> None:
        self._passes.wait()
        with contextlib.suppress(OSError), taken, self._connect() as made:
            with self._lock:
                if self._broken:
                    return
                self._open |= {taken, made}
            back = threading.Thread(target=self._pass_on, args=[made, taken], daemon=True)
            back.start()
            self._pass_on(taken, made)
            back.join()
            with self._lock:
                self._open -= {taken, made}

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(PIECE_BYTES):
                self._passes.wait()
                target.sendall(data)
        for each, how in ((target, socket.SHUT_WR), (source, socket.SHUT_RD)):
            with contextlib.suppress(OSError):
                each.shutdown(how)


def local(path: str | None = None) -> socket.socket:
    """What listens: at a socket's path, or at a port of the loopback."""
    if path is None:
        return socket.create_server(("127.0.0.1", 0))
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    return listener


def to(address: str | tuple[str, int]) -> Callable[[], socket.socket]:
    """Makes connections to a socket's path, or to a host and port."""

    def connect() -> socket.socket:
        if isinstance(address, tuple):
            return _connected(address)
        made = socket.socket(socket.AF_UNIX)
        try:
            made.connect(address)
        except OSError:
            made.close()
            raise
        return made

    return connect


def to_any(addresses: Callable[[], list[tuple[str, int]]]) -> Callable[[], socket.socket]:
    """Makes connections to one after the other of those that are there, as a balancer does."""
    turn = iter(range(10**9))

    def connect() -> socket.socket:
        there = addresses()
        first = next(turn)
        for number in range(len(there)):
            with contextlib.suppress(OSError):
                return _connected(there[(first + number) % len(there)])
        raise ConnectionRefusedError("no gateway is there")

    return connect


def _connected(address: tuple[str, int]) -> socket.socket:
    made = socket.create_connection(address, CONNECT_SECONDS)
    made.settimeout(None)  # what it says may take as long as it likes
    return made
