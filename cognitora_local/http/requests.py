"""A request on its way to a handler: what is checked of it, and its body, read while it comes."""

from __future__ import annotations

import asyncio
import codecs
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..concurrency.time_slices import TimeSlices
from ..store.idempotency import Claim
from .errors import bad_request, too_large
from .json_body import STEP, JsonBody

STALL_SECONDS = 60.0
"""Who sends nothing of a file for so long is taken for gone."""


@dataclass(frozen=True, slots=True)
class Call:
    """A checked request.

    Attributes:
        path: the parameters in the path.
        query: those of the query, in their types, with the contract's defaults.
        body: the JSON body, valid against the contract; empty where there is none.
        request: the request itself, for bodies that are read piece by piece.
        claim: the idempotency key that the call has, while its work is done.
    """

    path: dict[str, Any]
    query: dict[str, Any]
    body: dict[str, Any]
    request: Request
    claim: Claim | None = None


Handler = Callable[[Call], Coroutine[Any, Any, Response]]


async def read_json(request: Request, limit: int) -> Any:
    """The body as JSON.

    Raises:
        ApiError: 413, when it is longer than `limit` bytes; 400, when it isn't JSON, strictly:
            UTF-8, no NaN, nothing that UTF-8 can't carry back, and of a moderate shape.
    """
    check_length(request, limit, "body")
    body, slices, length = JsonBody(), TimeSlices(), 0
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        async for piece in request.stream():
            length += len(piece)
            if length > limit:
                raise body_too_large(limit, "body")
            for start in range(0, len(piece), STEP):
                body.feed(decoder.decode(piece[start : start + STEP]))
                await slices.give_way()
        body.feed(decoder.decode(b"", final=True))
        if body.excess is None:
            return body.value()
    except UnicodeError as error:
        raise bad_request(f"The body isn't valid UTF-8: {error}.", "invalid_json") from None
    except (ValueError, RecursionError) as error:
        message = f"The body isn't JSON ({error}). Send a JSON object, as application/json."
        raise bad_request(message, "invalid_json") from None
    message = f"The body has {body.excess}, which no call needs. Send large data as a file."
    raise bad_request(message, "body_too_complex")


class FileBody:
    """A file that is sent as a body, read piece by piece, in constant memory, once.

    Attributes:
        begun: whether somebody has begun to read it.
    """

    def __init__(self, request: Request, limit: int) -> None:
        self.begun = False
        self._request = request
        self._limit = limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Its pieces.

        Raises:
            ApiError: 413, when it is longer than `limit` bytes; 400, when nothing comes for STALL_SECONDS.
            starlette.requests.ClientDisconnect: the caller went away in the middle.
        """
        self.begun = True
        check_length(self._request, self._limit, "file")
        seen = 0
        async with aclosing(self._request.stream()) as stream:
            while (piece := await _next(stream)) is not None:
                seen += len(piece)
                if seen > self._limit:
                    raise body_too_large(self._limit, "file")
                if piece:
                    yield piece


async def _next(stream: AsyncGenerator[bytes, None]) -> bytes | None:
    """The next piece; None at the end."""
    try:
        async with asyncio.timeout(STALL_SECONDS):
            return await anext(stream, None)
    except TimeoutError:
        message = (
            f"Nothing of the body has come for {STALL_SECONDS:.0f} seconds, so it was given up."
        )
        raise bad_request(f"{message} Send it again, without a pause.", "upload_stalled") from None


def check_length(request: Request, limit: int, what: str) -> None:
    """Refuse by the announced length, before anything is read."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise body_too_large(limit, what)


def body_too_large(limit: int, what: str) -> Exception:
    advice = "Send large files with `upload`." if what == "body" else "Send it in parts."
    return too_large(f"{what}_too_large", f"The {what} is longer than {limit} bytes. {advice}")
