"""Connections of callers: those that haven't shown a key are given little time, and are few.

Who has a key may hold as many as there are files for. Who has shown none is cut off after a moment,
and when too many of them come the oldest of them goes: so a new caller is always let in, and one who
sends his request at once is never the oldest for long.
"""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

HEAD_SECONDS = 15.0
"""How long a request's head may take, from the connection or from its first byte on."""

MAX_HEAD_BYTES = 64 * 1024
"""Bytes of a request's head that are kept until its end has come."""

UNAUTHENTICATED_OF_A_PEER = 256
"""Connections of one address that have shown no key."""

SHARE_OF_FILES = 4
"""All those that have shown no key take at most one of so many files that there may be."""


class HttpConnection(h11.Connection):
    """HTTP that sends an answer's head together with the first piece of its body.

    Its caller wakes once for both. The body of an answer without a length (a stream) may be long in
    coming, so that its head goes by itself.
    """

    _head: list[bytes] = []  # noqa: RUF012  # never changed, only replaced

    def send_with_data_passthrough(self, event: h11.Event) -> list[bytes] | None:
        data = super().send_with_data_passthrough(event)
        if data is None:
            return None
        data, self._head = self._head + data, []
        if isinstance(event, h11.Response) and b"content-length" in dict(event.headers):
            data, self._head = [], data
        return data


class Connection(H11Protocol):
    """A caller's connection, until it is closed."""

    unauthenticated: Unauthenticated

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        # In the scope of each request, so that the application can say whom it knows.
        super().__init__(config, server_state, {**app_state, "connection": self}, _loop)
        self.conn = HttpConnection(h11.SERVER, MAX_HEAD_BYTES)
        self._waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._await_head()
        self.unauthenticated.add(self, self.client[0] if self.client else "")

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_here()
        self.unauthenticated.discard(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._look_for_head()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._look_for_head()

    def authenticated(self) -> None:
        """A request on it has shown a key."""
        self.unauthenticated.discard(self)

    def cut(self) -> None:
        self.transport.abort()

    def _look_for_head(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._head_is_here()
        elif self._waiting is None and self.conn.trailing_data[0]:
            self._await_head()

    def _await_head(self) -> None:
        self._waiting = self.loop.call_later(HEAD_SECONDS, self.cut)

    def _head_is_here(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None


class Unauthenticated:
    """The connections that have shown no key, in the order in which they came."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._peers: dict[Connection, str] = {}
        self._count: dict[str, int] = {}

    def add(self, connection: Connection, peer: str) -> None:
        self._peers[connection] = peer
        self._count[peer] = self._count.get(peer, 0) + 1
        if self._count[peer] > UNAUTHENTICATED_OF_A_PEER:
            self._cut(next(each for each, of in self._peers.items() if of == peer))
        elif len(self._peers) > self._most:
            self._cut(next(iter(self._peers)))

    def discard(self, connection: Connection) -> None:
        peer = self._peers.pop(connection, None)
        if peer is not None:
            self._count[peer] -= 1
            if self._count[peer] == 0:
                del self._count[peer]

    def _cut(self, connection: Connection) -> None:
        self.discard(connection)
        connection.cut()


def protocol_class(unauthenticated: Unauthenticated) -> type[Connection]:
    """The class of the connections of one server."""
    return type("Connection", (Connection,), {"unauthenticated": unauthenticated})
