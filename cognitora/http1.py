"""HTTP/1.1 with no I/O, on llhttp, the parser of node: what a request looks like, what an answer says."""

from __future__ import annotations

import re
from collections import deque
from urllib.parse import urlsplit

import httptools
from httpcore import LocalProtocolError, RemoteProtocolError

from .messages import Headers, Request

MAX_HEAD = 100 * 1024
"""The most bytes of an answer before its body, between two pieces of it, or behind it."""

TARGET = re.compile(r"[!-~]+")


def request_head(request: Request, host: str) -> bytes:
    """All of a request that goes before its body.

    Raises:
        LocalProtocolError: It would be another request than was meant, as with a line break in a header.
    """
    parts = urlsplit(request.url)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    fields = "".join([f"{name}: {value}\r\n" for name, value in request.headers.items()])
    breaks = (fields.count("\r"), fields.count("\n"), fields.count("\0"))
    count = len(request.headers)
    if breaks != (count, count, 0) or not fields.isascii() or not TARGET.fullmatch(target):
        raise LocalProtocolError("a header or the address has characters that can't be sent")
    return f"{request.method} {target} HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n".encode("ascii")


class Incoming:
    """The answer to one request, put together from the bytes that arrive.

    Attributes:
        status: The HTTP status.
        headers: Its headers.
        headed: Whether both are known.
        complete: Whether the body has arrived whole.
        reusable: Whether another request may follow on the connection.
    """

    def __init__(self) -> None:
        self.status = 0
        self.headers = Headers(())
        self.headed = self.complete = self.reusable = False
        self._fields: list[tuple[str, str]] = []
        self._pieces: deque[bytes] = deque()
        self._to_the_end = False
        self._broken = ""
        self._head = 0
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        """Takes what has arrived; `b""` for the end of the connection.

        Raises:
            RemoteProtocolError: It is no HTTP, or cut off.
        """
        if not data:
            self._end()
            return
        self._head += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self.reusable = False
            self._broken = f"its answer is no HTTP: {error}"
            if not self.headed:
                raise RemoteProtocolError(self._broken) from None
        if self._head > MAX_HEAD and not self.complete:
            # Of a trailer or a chunk's extension, llhttp would hold as much as comes.
            self.reusable = False
            raise RemoteProtocolError("its headers don't end")

    def take(self) -> bytes:
        """The next piece of the body; `b""` if none has arrived.

        Raises:
            RemoteProtocolError: What came after the last piece is no HTTP.
        """
        if self._pieces:
            return self._pieces.popleft()
        if self._broken and not self.complete:
            raise RemoteProtocolError(self._broken)
        return b""

    def _end(self) -> None:
        self.reusable = False
        if self.headed and self._to_the_end:
            self.complete = True
        elif not self.complete:
            raise RemoteProtocolError(
                "it hung up in the middle of the answer"
                if self.headed or self._head
                else "it hung up unanswered"
            )

    def on_message_begin(self) -> None:
        if self.complete:
            self.reusable = False  # an answer that nobody has asked for

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.headed:  # later ones are trailers
            self._fields.append((name.decode("latin-1"), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if self.complete:
            return
        if status < 200:  # an interim answer: the real one follows
            self._fields.clear()
            return
        self.status, self.headers, self.headed = status, Headers(self._fields), True
        framed = "content-length" in self.headers or "transfer-encoding" in self.headers
        self._to_the_end = not framed

    def on_body(self, body: bytes) -> None:
        self._head = 0
        if not self.complete:
            self._pieces.append(body)

    def on_message_complete(self) -> None:
        if self.headed and not self.complete:
            self.complete = True
            self.reusable = self._parser.should_keep_alive()
