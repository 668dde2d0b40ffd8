"""HTTP/1.1 with no I/O: what a request looks like, and what an answer says.

An answer as nearly all are, a head that comes whole and a body of a known size, is read here. Any other is
left to `httptools` (llhttp, the parser of node) where it is installed and to `h11` elsewhere, as uvicorn does
it. Nothing above knows which.
"""

from __future__ import annotations

import os
import re
from collections import deque
from functools import cache
from http import HTTPStatus
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from .proxies import Hop, Proxy
from .types import Headers, ProtocolError, ProxyError, Request, UnsendableError

if TYPE_CHECKING:
    import h11

MAX_HEAD = 100 * 1024
"""The most bytes of an answer before its body, between two pieces of it, or behind it."""

TARGET = re.compile(r"[!-~]+")
FIELDS = re.compile(r"[\x01-\x09\x0b\x0c\x0e-\x7f]*")

USUAL_HEAD = re.compile(
    rb"HTTP/1\.1 (20[0-2]|[45]\d\d) [\t -~]*+\r\n"
    rb"((?:[!#$%&'*+.^_`|~0-9A-Za-z-]++:[\t -~]*+(?<![\t ])\r\n)++)\r\n"
)
USUAL_FIELD = re.compile(r"([^:]++):[\t ]*+([^\r]*+)\r\n")
SIZE = re.compile(r"[0-9]{1,15}")
ODD_METHODS = ("HEAD", "CONNECT")


def request_head(request: Request, host: str, proxy: Proxy | None = None) -> bytes:
    """All of a request that goes before its body.

    Args:
        request: The request.
        host: The header.
        proxy: Who reads it and hands it on, if anyone does.

    Raises:
        UnsendableError: It would be another request than was meant, as with a line break in a header.
    """
    parts = urlsplit(request.url)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    if proxy is not None:
        target = f"{parts.scheme}://{parts.netloc}{target}"
    headers = request.headers
    # No variable has a value, the key among them: a Ctrl-C would show it.
    if not TARGET.fullmatch(target) or not FIELDS.fullmatch("".join([*headers, *headers.values()])):
        raise UnsendableError("a header or the address has characters that HTTP doesn't allow")
    return "".join(
        [
            f"{request.method} {target} HTTP/1.1\r\nHost: {host}\r\n",
            *map("%s: %s\r\n".__mod__, headers.items()),
            "" if proxy is None else proxy.authorization(),
            "\r\n",
        ]
    ).encode("ascii")


def tunnel_head(server: Hop, proxy: Proxy) -> bytes:
    """What asks a proxy for a way through to a server."""
    name = f"[{server.host}]" if ":" in server.host else server.host
    to = f"{name}:{server.port}"
    return f"CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n{proxy.authorization()}\r\n".encode("ascii")


class Parser(Protocol):
    """Reads one answer and tells `Incoming` what it says."""

    def __init__(self, incoming: Incoming) -> None: ...

    def feed(self, data: bytes) -> None:
        """Takes what has arrived.

        Raises:
            Malformed: It is no HTTP.
        """
        ...


class Malformed(Exception):
    """What arrives is no HTTP. The reason quotes nothing of it: it might echo the key."""


def parser() -> type[Parser]:
    """The parser of this environment. `COGNITORA_FAST=0` does without httptools."""
    wanted = os.environ.get("COGNITORA_FAST", "").strip() != "0"
    return Httptools if wanted and find_spec("httptools") is not None else H11


class Incoming:
    """The answer to one request, put together from the bytes that arrive.

    Args:
        parser: What reads it, where it is an unusual one.
        method: Of the request.

    Attributes:
        method: Of the request.
        status: The HTTP status.
        headers: Its headers.
        headed: Whether both are known.
        complete: Whether the body has arrived whole.
        reusable: Whether another request may follow on the connection.
        surplus: Whether more has arrived than the answer.
    """

    def __init__(self, parser: type[Parser], method: str) -> None:
        self.method = method
        self.status = 0
        self.headers = Headers(())
        self.headed = self.complete = self.reusable = self.surplus = False
        self._pieces: deque[bytes] = deque()
        self._to_the_end = self._last = False
        self._broken = ""
        self._head = 0
        self._make = parser
        self._parser: Parser | Counted | None = None

    def feed(self, data: bytes) -> None:
        """Takes what has arrived; `b""` for the end of the connection.

        Raises:
            ProtocolError: It is no HTTP, or cut off.
        """
        if not data:
            self._end()
            return
        self._head += len(data)
        try:
            if self._parser is None:
                self._parser, data = self._begin(data)
            self._parser.feed(data)
        except Malformed as error:
            self.more()
            self._broken = f"its answer is no HTTP: {error}"
            if not self.headed:
                raise ProtocolError(self._broken) from None
        if self._head > MAX_HEAD and not self.complete:
            # Of a trailer or a chunk's extension, llhttp would hold as much as comes.
            self.reusable = False
            raise ProtocolError("its headers don't end")

    def take(self) -> bytes:
        """The next piece of the body; `b""` if none has arrived.

        Raises:
            ProtocolError: What came after the last piece is no HTTP.
        """
        if self._pieces:
            return self._pieces.popleft()
        if self._broken and not self.complete:
            raise ProtocolError(self._broken)
        return b""

    def tunnel(self) -> None:
        """Sees whether it is a proxy's yes to a tunnel.

        Raises:
            ProxyError: It isn't.
        """
        if self.status >= 300:
            known = self.status in HTTPStatus._value2member_map_
            phrase = f" {HTTPStatus(self.status).phrase}" if known else ""
            raise ProxyError(f"{self.status}{phrase}")
        if self.surplus:
            raise ProxyError("it said more than it was asked")

    def _begin(self, data: bytes) -> tuple[Parser | Counted, bytes]:
        """Who reads the answer, by how it begins, and what is left to read."""
        usual = None if self.method in ODD_METHODS else usual_head(data)
        if usual is None:
            return self._make(self), data
        status, headers, end = usual
        self.head(status, headers)
        return Counted(self, int(headers["content-length"])), data[end:]

    def _end(self) -> None:
        self.reusable = False
        if self.headed and self._to_the_end:
            self.complete = True
        elif not self.complete:
            raise ProtocolError(
                "it hung up in the middle of the answer"
                if self.headed or self._head
                else "it hung up unanswered"
            )

    # What parsers tell.

    def head(self, status: int, headers: Headers) -> None:
        """The head of an answer, perhaps of an interim one: then the real one follows."""
        if self.complete or status < 200:
            return
        self.status, self.headers, self.headed = status, headers, True
        known, coded = "content-length" in headers, "transfer-encoding" in headers
        self._to_the_end = not (known or coded)
        leaves = headers.get("proxy-connection", "keep-alive").lower() != "keep-alive"
        self._last = leaves or (known and coded)
        if self.method == "HEAD" or (self.method == "CONNECT" and status < 300):
            self.complete = True  # there is no body, whatever the headers say

    def body(self, piece: bytes) -> None:
        """A piece of the body."""
        if not self.headed:
            return  # of an answer below 100, which llhttp takes for one
        self._head = 0
        if self.complete:
            self.more()
        else:
            self._pieces.append(piece)

    def end(self, *, stays: bool) -> None:
        """The end of an answer, and whether the server keeps the connection."""
        if self.headed and not self.complete:
            self.complete = True
            self.reusable = stays and not self._last

    def more(self) -> None:
        """Something follows that nobody has asked for, if the answer is complete."""
        self.reusable = False
        self.surplus = self.complete


def usual_head(data: bytes) -> tuple[int, Headers, int] | None:
    """The status and headers that `data` begins with, and where its body does.

    None where they aren't there whole, or there is more in them for a parser to judge: a body of no known
    size, a word on the connection, bytes beyond ASCII.
    """
    found = USUAL_HEAD.match(data)
    if found is None:
        return None
    headers = Headers(USUAL_FIELD.findall(found[2].decode("ascii")))
    usual = (
        SIZE.fullmatch(headers.get("content-length", ""))
        and headers.get("connection", "keep-alive").lower() == "keep-alive"
        and "transfer-encoding" not in headers
    )
    return (int(found[1]), headers, found.end()) if usual else None


class Counted:
    """Reads a body of so many bytes."""

    def __init__(self, incoming: Incoming, size: int) -> None:
        self._incoming, self._left = incoming, size

    def feed(self, data: bytes) -> None:
        """As that of `Parser`."""
        piece = data[: self._left]
        self._left -= len(piece)
        if piece:
            self._incoming.body(piece)
        if not self._left:
            self._incoming.end(stays=True)
        if len(data) > len(piece):
            self._incoming.more()


class Httptools:
    """Reads answers by httptools, which calls the methods named `on_`."""

    def __init__(self, incoming: Incoming) -> None:
        import httptools

        self._incoming = incoming
        self._fields: list[tuple[str, str]] = []
        self._parser = httptools.HttpResponseParser(self)
        self._errors = (httptools.HttpParserError, httptools.HttpParserUpgrade)

    def feed(self, data: bytes) -> None:
        """As that of `Parser`."""
        try:
            self._parser.feed_data(data)
        except self._errors as error:
            if error.__context__ is not None:
                raise error.__context__ from None  # a Ctrl-C in a method below, say
            raise Malformed(str(error)) from None

    def on_message_begin(self) -> None:
        if self._incoming.complete:
            self._incoming.more()

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._incoming.headed:  # later ones are trailers
            value = value.rstrip(b" \t")
            self._fields.append((name.decode("latin-1"), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        self._incoming.head(self._parser.get_status_code(), Headers(self._fields))
        self._fields = []

    def on_body(self, body: bytes) -> None:
        self._incoming.body(body)

    def on_message_complete(self) -> None:
        self._incoming.end(stays=self._parser.should_keep_alive())


@cache
def _asked(method: str) -> tuple[h11.Event, ...]:
    """What h11 is told of a request: of it nothing but the method matters for the answer."""
    import h11

    target = "h:1" if method == "CONNECT" else "/"
    return h11.Request(method=method, target=target, headers=[("Host", "h")]), h11.EndOfMessage()


class H11:
    """Reads answers by h11."""

    def __init__(self, incoming: Incoming) -> None:
        import h11

        self._incoming = incoming
        self._current = False  # whether it speaks the version that we know
        self._parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD)
        for event in _asked(incoming.method):
            self._parser.send(event)

    def feed(self, data: bytes) -> None:
        """As that of `Parser`."""
        import h11

        incoming = self._incoming
        if incoming.complete:
            incoming.more()
            return
        try:
            self._parser.receive_data(data)
            while True:
                event = self._parser.next_event()
                if isinstance(event, h11.Data):
                    incoming.body(bytes(event.data))
                elif isinstance(event, h11.Response):
                    self._current = event.http_version == b"1.1"
                    fields = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in event.headers]
                    incoming.head(event.status_code, Headers(fields))
                elif isinstance(event, h11.EndOfMessage):
                    stays = self._current and self._parser.their_state is h11.DONE
                    incoming.end(stays=stays)
                    break
                elif event is h11.NEED_DATA or event is h11.PAUSED:
                    break
            if self._parser.trailing_data[0]:
                incoming.more()
        except h11.RemoteProtocolError as error:
            raise Malformed(str(error).partition(":")[0]) from None
