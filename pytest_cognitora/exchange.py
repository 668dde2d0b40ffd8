"""A request and its answer, as they pass between a client and the API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came.

    Attributes:
        method: Such as `"POST"`.
        target: The path, with what is asked behind it, such as `"/api/v1/compute/containers?limit=10"`.
        headers: By names in lower case. The key is among them, so they are in no repr.
        body: Whole.
    """

    method: str
    target: str
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def path(self) -> str:
        """The path alone."""
        return urlsplit(self.target).path


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, whose body comes in pieces. `close` ends it early as well."""

    status: int
    headers: list[tuple[str, str]]
    body: AsyncIterator[bytes]
    close: Callable[[], Awaitable[None]]


Handler = Callable[[Request], Awaitable[Response]]


class BrokenOff(Exception):
    """The connection is to end here: by a reset, or as if all had been sent."""

    def __init__(self, *, reset: bool) -> None:
        super().__init__()
        self.reset = reset


def response(status: int, body: bytes, headers: list[tuple[str, str]]) -> Response:
    """An answer that is here already."""

    async def pieces() -> AsyncIterator[bytes]:
        yield body

    async def close() -> None:
        pass

    return Response(status, [*headers, ("Content-Length", str(len(body)))], pieces(), close)
