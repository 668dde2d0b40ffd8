"""What passes between the base client and the transport below it: plain data, and what goes wrong."""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cognitora_openapi.content_decoder import MAX_ANSWER_BYTES as MAX_ANSWER_BYTES
from cognitora_openapi.content_decoder import ContentDecoder as ContentDecoder
from cognitora_openapi.content_decoder import ContentError as ContentError
from cognitora_openapi.secret import Secret

from ..errors import InvalidRequestError, InvalidResponseError

ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))

Body = bytes | Iterable[bytes] | AsyncIterable[bytes]
"""A request's body. One that isn't bytes gives the same pieces each time it is iterated."""


class NetworkError(Exception):
    """An exchange broke: the request may have arrived."""


class ExchangeTimeout(NetworkError):
    """It took too long."""


class WriteError(NetworkError):
    """The connection broke while the request was sent."""


class ProtocolError(NetworkError):
    """What arrived is no HTTP, or what was sent is not what it should have been."""


class ConnectError(NetworkError):
    """There was no connection: nothing of the request was sent."""


class UnsendableError(ConnectError):
    """The request can't be sent as it is."""


class ConnectTimeout(ConnectError):
    """It took too long to make one."""


class ProxyError(ConnectError):
    """The proxy on the way makes none."""


class Headers(Mapping[str, str]):
    """The headers of an answer, read without regard to case. Repeated ones are joined by commas."""

    __slots__ = ("_values",)

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        values: dict[str, str] = {}
        for name, value in pairs:
            name = name.lower()
            values[name] = f"{values[name]}, {value}" if name in values else value
        self._values = values

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Headers({', '.join(self._values)})"  # the values may echo anything


class RequestHeaders(dict[str, str]):
    """The headers of a request. The key is among them: their values show in no repr."""

    def __repr__(self) -> str:
        return f"RequestHeaders({', '.join(self)})"


@dataclass(frozen=True, slots=True)
class Request:
    """One attempt, ready for the wire.

    Attributes:
        method: In upper case.
        url: Whole, with its query.
        headers: The API key among them: they show in no repr.
        body: The bytes, or what gives them piece by piece.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: Body = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Response:
    """An answer of status 2xx, read whole.

    Attributes:
        status: The HTTP status.
        headers: Its headers.
        body: Its body.
        operation: What was asked for.
        attempts: How many attempts it took.
        secret: The API key, to keep it out of errors.
    """

    status: int
    headers: Headers
    body: bytes = field(repr=False)
    operation: str = ""
    attempts: int = 1
    secret: Secret | None = field(default=None, repr=False)

    @property
    def request_id(self) -> str | None:
        """The server's name for the request."""
        return self.headers.get("x-request-id")

    def json(self) -> Any:
        """The body, decoded.

        Raises:
            InvalidResponseError: It isn't JSON.
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise self.unreadable(f"the body is no JSON ({describe(self.body)})") from None

    def hide(self, text: str) -> str:
        """A text of the answer with the API key blotted out."""
        return text if self.secret is None else self.secret.hide(text)

    def unreadable(self, why: str) -> InvalidResponseError:
        """The error for an answer that says success and can't be understood."""
        start = self.body[:10_000].decode("utf-8", "replace")
        return InvalidResponseError(
            f"The server's answer can't be read: {self.hide(why)}. Is base_url the address of a "
            "Cognitora server?",
            self.status,
            self.hide(start) or None,
            request_id=self.request_id and self.hide(self.request_id),
            operation=self.operation,
            attempts=self.attempts,
            may_have_run=True,
        )


def encode(value: object) -> bytes:
    """A request's body in JSON.

    Raises:
        InvalidRequestError: Something in it can't be written as JSON in UTF-8.
    """
    try:
        return ENCODER.encode(value).encode()
    except UnicodeEncodeError:
        why = "a text in it has half of a surrogate pair, which isn't Unicode"
    except (TypeError, ValueError, RecursionError) as error:
        why = str(error)
    raise InvalidRequestError(f"The request can't be written as JSON: {why}.")


def describe(body: bytes) -> str:
    """A body in a few words, for messages."""
    if not body:
        return "it is empty"
    start = body[:200].decode("utf-8", "replace").strip()
    if start[:1] == "<":
        return "it is an HTML page, perhaps of a proxy on the way"
    return f"it starts with {start[:60]!r}"
