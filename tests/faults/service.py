"""A service on a real socket that does its work and counts it, until a fault strikes."""

from __future__ import annotations

import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.facade.server import Behaviour, Received, Server, head, reply

# list_sessions, execute_code and update_container, one of each retry class, whose answers are spoilt as well.
GOOD: dict[str, dict[str, Any]] = {
    "GET": {"data": {"sessions": [{"session_id": "ses_1", "status": "active"}]}},
    "POST": {
        "data": {
            "session_id": "ses_1",
            "status": "completed",
            "outputs": [{"type": "stdout", "data": "x"}],
        }
    },
    "PATCH": {"id": "ctr_1", "status": "RUNNING"},
    "DELETE": {"success": True},
    "PUT": {},
}
PROCESS = {"id": "p", "command": ["x"], "status": "RUNNING"}
OTHERS: list[tuple[str, dict[str, Any]]] = [
    ("PUT .*/stdin", {"offset": 0, "closed": True}),
    ("(GET|POST) .*/processes.*", PROCESS),
    (
        "(POST|PUT) .*/ports.*",
        {"port": 8000, "url": "http://127.0.0.1:1", "address": "127.0.0.1:1"},
    ),
    ("(GET|PUT) .*/egress", {"egress": ["a"], "refused": []}),
    ("(GET|POST) .*/filesystem/.*", {"path": "f", "type": "file", "size": 1}),
    ("PATCH .*/sessions/[^/]*", {"data": GOOD["GET"]["data"]["sessions"][0]}),
]
"""The other operations' answers, by their method and path."""

ANNOUNCED = "files, filesystem, processes, ports, egress, update"


def good(request: Received) -> dict[str, Any]:
    """The ordinary answer."""
    asked = f"{request.method} {request.path}"
    found = (answer for pattern, answer in OTHERS if re.fullmatch(pattern, asked))
    return next(found, GOOD[request.method])


@dataclass(frozen=True)
class Fault:
    """What goes wrong.

    Attributes:
        answer: What happens to a request that has arrived; None for the ordinary answer.
        greet: What happens to a connection before anything is read; it closes it.
        work: Whether the work is done before it strikes.
        kept: Whether it strikes a connection that has served a call before.
        farewell: How that connection ends once it has.
    """

    answer: Callable[[Service], Behaviour] | None = None
    greet: Callable[[socket.socket], None] | None = None
    work: bool = True
    kept: bool = False
    farewell: Callable[[socket.socket], None] | None = None


@dataclass
class Service(Server):
    """Answers well; where `strikes` is above 0, that many times with the fault.

    Attributes:
        fault: What strikes.
        strikes: How often it will.
        honours: Whether it does the work for one idempotency key once only.
        secure: For TLS.
        asked: How many requests it got, and connections that a fault ended before they held one.
        work: How often it did what was asked for.
        earliest: The time before which it has asked not to be asked again.
        early: How many requests came earlier.
        elsewhere: Another origin.
        parted: Set when the connection of the first call has ended by the fault's farewell.
    """

    fault: Fault = Fault()
    strikes: float = 0
    honours: bool = False
    secure: ssl.SSLContext | None = None
    asked: int = 0
    work: int = 0
    earliest: float = 0.0
    early: int = 0
    elsewhere: Server = field(default_factory=Server)
    parted: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._keys: set[str] = set()
        self._counting = threading.Lock()
        self.otherwise = self._serve_one
        self.greet = self._welcome
        super().__post_init__()

    @property
    def url(self) -> str:
        return super().url.replace("http:", "https:") if self.secure else super().url

    @property
    def announced(self) -> dict[str, str]:
        """The header that says what it knows, and whether it honours keys."""
        also = ", idempotency" if self.honours else ""
        return {"X-Cognitora-Features": f"{ANNOUNCED}{also}"}

    def close(self) -> None:
        super().close()
        self.elsewhere.close()

    def ask_not_before(self, moment: float) -> None:
        self.earliest = moment

    def _welcome(self, connection: socket.socket) -> socket.socket:
        if self.fault.greet is not None and self._strikes():
            self.asked += 1
            self.fault.greet(connection)
            raise ConnectionAbortedError
        if self.secure is not None:
            self.asked += 1
            connection = self.secure.wrap_socket(connection, server_side=True)
            self.asked -= 1  # the request will count
        return connection

    def _serve_one(self, connection: socket.socket, request: Received) -> None:
        self.asked += 1
        self.early += time.time() < self.earliest
        strikes = self.fault.answer is not None and self._strikes()
        if self.fault.work or not strikes:
            self._do_work(request)
        if strikes and self.fault.answer is not None:
            self.fault.answer(self)(connection, request)
        else:
            headers = {"X-Request-Id": "req_good", **self.announced}
            reply(200, good(request), headers=headers)(connection, request)
        if self.fault.farewell is not None and not self.parted.is_set():
            self.fault.farewell(connection)
            self.parted.set()

    def _strikes(self) -> bool:
        with self._counting:
            self.strikes -= 1
            return self.strikes >= 0

    def _do_work(self, request: Received) -> None:
        key = request.headers.get("idempotency-key")
        with self._counting:
            if key is None or not self.honours or key not in self._keys:
                self.work += 1
            self._keys.add(key or "")


def whole(request: Received, headers: Mapping[str, str]) -> bytes:
    """The bytes of the ordinary answer, with more headers."""
    body = json.dumps(good(request)).encode()
    return head(200, {"Content-Length": str(len(body)), **headers}) + body
