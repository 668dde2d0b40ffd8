"""Server-sent events: an answer whose parts are sent while they come."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from .responses import StreamedResponse, write_json

MEDIA_TYPE = "text/event-stream"

KEEP_ALIVE = b": keep-alive\n\n"

KEEP_ALIVE_SECONDS = 10.0
"""Between two of these comments, while there is nothing to tell."""

HEAD_SECONDS = 1.0
"""How long the answer's head waits for the first event: what fails before is an ordinary error."""

PIECE_BYTES = 64 * 1024


class EventStream(StreamedResponse):
    """An answer of events.

    Args:
        events: as `event` makes them.
        on_close: called when no more are sent: all are, or the reader has gone away.
    """

    def __init__(
        self,
        events: AsyncIterator[bytes],
        on_close: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        super().__init__(events, headers={"Cache-Control": "no-store"}, media_type=MEDIA_TYPE)
        self._on_close = on_close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            if self._on_close is not None:
                await self._on_close()


def wants_events(request: Request) -> bool:
    """Whether the caller asks for events."""
    accepted = request.headers.get("accept", "").lower().split(",")
    return any(each.partition(";")[0].strip() == MEDIA_TYPE for each in accepted)


async def event(name: str, value: Any) -> AsyncIterator[bytes]:
    """An event, in pieces: how fast a long one is taken shows that its reader is there."""
    text = bytearray(b"event: %s\ndata: " % name.encode())
    await write_json(value, text.extend)
    text += b"\n\n"
    for start in range(0, len(text), PIECE_BYTES):
        yield bytes(text[start : start + PIECE_BYTES])
