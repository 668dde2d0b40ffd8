"""A small HTTP server on a real socket that answers as a test tells it and remembers what it got."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.contract import Contract


@dataclass
class Received:
    """A request that arrived whole."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.target).query).items()}

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Behaviour = Callable[[socket.socket, Received], None]


def head(status: int, headers: Mapping[str, str]) -> bytes:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    lines = [
        f"HTTP/1.1 {status} {phrase}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def reply(
    status: int = 200,
    data: Any = None,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Behaviour:
    """An ordinary answer: JSON, or any body."""
    content = body if body is not None else (b"" if data is None else json.dumps(data).encode())
    kind = {"Content-Type": "application/json"} if body is None else {}
    sent = {**kind, **({} if status == 204 else {"Content-Length": str(len(content))})}
    sent |= headers or {}

    def behave(connection: socket.socket, _: Received) -> None:
        connection.sendall(head(status, sent) + content)

    return behave


def raw(content: bytes, *, reset: bool = False) -> Behaviour:
    """Bytes, whatever they are, then the end of the connection."""

    def behave(connection: socket.socket, _: Received) -> None:
        connection.sendall(content)
        if reset:
            linger = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        raise ConnectionAbortedError

    return behave


def drip(content: bytes, gap: float, *, over: threading.Event, first: bytes = b"") -> Behaviour:
    """One byte at a time, with a gap between, until all is sent or the test is over."""

    def behave(connection: socket.socket, _: Received) -> None:
        connection.sendall(first)
        for byte in content:
            connection.sendall(bytes([byte]))
            if over.wait(gap):
                return

    return behave


def silent(connection: socket.socket, _: Received) -> None:
    """No answer: it waits until the client hangs up."""
    connection.recv(1)


@dataclass
class Server:
    """Answers each request with the next of `script`; with `otherwise` when that is used up."""

    script: deque[Behaviour] = field(default_factory=deque)
    otherwise: Behaviour = field(default_factory=lambda: reply(500, {"error": "no more answers"}))
    received: list[Received] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    connections: int = 0
    in_contract: bool = True
    """Whether each request is to be one of the contract's; a test that sends others says so."""
    greet: Callable[[socket.socket], socket.socket] = lambda connection: connection

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._lock = threading.Condition()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def answers(self, *behaviours: Behaviour) -> Self:
        self.script.extend(behaviours)
        return self

    @property
    def last(self) -> Received:
        return self.received[-1]

    @property
    def count(self) -> int:
        return len(self.received)

    @property
    def open(self) -> int:
        """How many connections have not ended."""
        with self._lock:
            return len(self._open)

    def wait_until_closed(self, seconds: float = 30) -> None:
        """Return when every connection has ended."""
        with self._lock:
            assert self._lock.wait_for(lambda: not self._open, seconds), "a connection stays open"

    def check(self, contract: Contract) -> None:
        """Raises ContractError if a request was outside the contract and nobody has said so."""
        if not self.in_contract:
            return
        for request in {(r.method, r.target, r.body): r for r in self.received}.values():
            kind = request.headers.get("content-type", "")
            contract.check_request(request.method, request.target, kind, request.body)

    def close(self) -> None:
        self.over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                connection.close()
        self._thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            with self._lock:
                self._open.add(connection)
            number = self.connections
            threading.Thread(target=self._serve, args=(connection, number), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        try:
            connection = self.greet(connection)
            with connection, connection.makefile("rb") as stream:
                while (request := _read(stream, number)) is not None:
                    with self._lock:
                        self.received.append(request)
                        behave = self.script.popleft() if self.script else self.otherwise
                    self.arrived.release()
                    behave(connection, request)
        except OSError:
            pass
        finally:
            with self._lock:
                self._open.discard(connection)
                self._lock.notify_all()


def _read(stream: Any, number: int) -> Received | None:
    line = stream.readline()
    if not line:
        return None
    method, target, _ = line.decode("latin-1").split(" ", 2)
    headers: dict[str, str] = {}
    while (line := stream.readline().strip()) != b"":
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    body = b""
    if headers.get("transfer-encoding") == "chunked":
        while size := int(stream.readline() or b"-1", 16):
            if size < 0:
                return None  # the client left off
            body += stream.read(size)
            stream.readline()
        stream.readline()
    else:
        size = int(headers.get("content-length", 0))
        body = stream.read(size)
        if len(body) < size:
            return None
    return Received(method, target, headers, body, number)
