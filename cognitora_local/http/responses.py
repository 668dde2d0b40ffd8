"""Answers: JSON, of which none has everybody else wait, and what is sent piece by piece."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, aclosing
from typing import Any, Protocol

from starlette.requests import ClientDisconnect
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from ..concurrency.time_slices import TimeSlices
from ..untrusted_json import RawJson
from .disconnect import cancel_on_disconnect
from .json_body import PIECE

SHORT = 8192
"""Characters of an answer that is written in one step."""

STALL_SECONDS = 60.0
"""A reader who takes nothing for so long is taken for gone."""

SENT_BYTES = 64 * 1024
"""What is sent at once, of which a slow reader has to take something."""

SHORT_VALUE = 32
"""Characters of text that take as long as any other value does."""

ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Model(Protocol):
    """An answer of the generated package."""

    def to_dict(self) -> dict[str, Any]: ...


def model_response(model: Model, status: int = 200) -> Response:
    """The JSON answer that a generated model describes."""
    return json_response(model.to_dict(), status)


def json_response(value: Any, status: int = 200) -> Response:
    return Response(json_bytes(value), status, media_type="application/json")


async def large_response(value: dict[str, Any]) -> Response:
    """The JSON answer of a value that may be large, written and sent while others are served."""
    pieces = [bytearray()]

    def write(piece: bytes) -> None:
        if len(pieces[-1]) > PIECE:
            pieces.append(bytearray())
        pieces[-1].extend(piece)

    await write_json(value, write)
    if len(pieces) == 1:
        return Response(bytes(pieces[0]), media_type="application/json")
    return PiecewiseResponse(pieces)


class StreamedResponse(StreamingResponse):
    """An answer sent piece by piece, until its caller has gone away, or reads no more: that is told once.

    Starlette's own tells it in every round of the loop until what sends has ended, which keeps
    everybody else waiting for as long as that has something to finish.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_soon(message: Message) -> None:
            for part in _parts(message):
                try:
                    async with asyncio.timeout(STALL_SECONDS):
                        await send(part)
                except TimeoutError:
                    raise ClientDisconnect from None

        await cancel_on_disconnect(receive, self.stream_response(send_soon), lambda: 0.0)


def _parts(message: Message) -> Iterator[Message]:
    """A message, or of a long piece of a body several."""
    body = message.get("body", b"")
    last = max(len(body) - 1, 0) // SENT_BYTES * SENT_BYTES
    for start in range(0, last, SENT_BYTES):
        yield {**message, "body": body[start : start + SENT_BYTES], "more_body": True}
    yield {**message, "body": body[last:]} if last else message


class PiecewiseResponse(StreamedResponse):
    """JSON that is there already, sent piece by piece: no step of it copies all of it."""

    def __init__(self, pieces: list[bytearray]) -> None:
        async def sent() -> AsyncIterator[bytes]:
            for piece in pieces:
                yield bytes(piece)

        headers = {"Content-Length": str(sum(map(len, pieces)))}
        super().__init__(sent(), headers=headers, media_type="application/json")


async def write_json(
    value: Any, write: Callable[[bytes], object], slices: TimeSlices | None = None
) -> None:
    """Write a value as `json_bytes` has it, its entries one by one, and long texts in pieces."""
    slices = slices or TimeSlices()
    await slices.give_way()
    if is_short(value):
        write(json_bytes(value))
        return
    if isinstance(value, dict):
        for number, (name, each) in enumerate(value.items()):
            write(b"," if number else b"{")
            write(json_bytes(name) + b":")
            await write_json(each, write, slices)
        write(b"}" if value else b"{}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            write(b"," if number else b"[")
            await write_json(each, write, slices)
        write(b"]" if value else b"[]")
    elif isinstance(value, str) and len(value) > PIECE:
        write(b'"')
        for start in range(0, len(value), PIECE):
            write(json_bytes(value[start : start + PIECE])[1:-1])
            await slices.give_way()
        write(b'"')
    elif isinstance(value, RawJson):
        for start in range(0, len(value.text), PIECE):
            write(value.text[start : start + PIECE].encode())
            await slices.give_way()
    else:
        write(json_bytes(value))


def is_short(value: Any) -> bool:
    """Whether it is written in a moment: of few values, none of them long."""
    left, waiting = SHORT, [value]
    while waiting and left >= 0:
        match waiting.pop():
            case str(text):
                left -= len(text)
            case RawJson():
                return False
            case (dict() | list()) as entries if len(entries) <= left:
                waiting += entries.values() if isinstance(entries, dict) else entries
            case dict() | list():
                return False
        left -= SHORT_VALUE
    return left >= 0


def json_bytes(value: Any) -> bytes:
    # What user code printed may hold lone surrogates, which UTF-8 can't carry.
    return ENCODER.encode(value).encode("utf-8", "replace")


class FileResponse(StreamedResponse):
    """A file's bytes as they are read. However their sending ends, the file is closed with it."""

    def __init__(
        self,
        pieces: AsyncGenerator[bytes, None],
        size: int,
        close: Callable[[], None] = lambda: None,
    ) -> None:
        headers = {"Content-Length": str(size)}
        super().__init__(pieces, headers=headers, media_type="application/octet-stream")
        self._pieces = pieces
        self._close = close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with aclosing(self._pieces):
                await super().__call__(scope, receive, send)
        finally:
            self._close()  # when it had ended before the first piece


class VisitResponse(StreamedResponse):
    """What a program sends as it comes. However that ends, the program ends with it."""

    def __init__(
        self,
        pieces: AsyncGenerator[bytes, None],
        visit: AsyncExitStack,
        media_type: str,
        size: int | None = None,
    ) -> None:
        headers = {} if size is None else {"Content-Length": str(size)}
        super().__init__(pieces, headers=headers, media_type=media_type)
        self._pieces = pieces
        self._visit = visit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._visit, aclosing(self._pieces):
            await super().__call__(scope, receive, send)
