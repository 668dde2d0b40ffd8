"""Servers that mean harm: a call ends with an error of ours, soon and in little memory."""

from __future__ import annotations

import gzip
import socket
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from cognitora import APIConnectionError, RateLimitError
from cognitora_openapi.content_decoder import ContentDecoder
from tests.facade.conftest import MakeClient
from tests.facade.server import Behaviour, Received, Server, reply

MIB = 1024 * 1024
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
ENDLESS = {
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X-Filler: x\r\n"),
    "one header": (b"HTTP/1.1 200 OK\r\nX-Filler: ", b"x"),
    "the reason": (b"HTTP/1.1 200 ", b"x"),
    "a chunk's extension": (CHUNKED + b"2;", b"x"),
    "answers before the answer": (b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
    "answers of no status": (b"", b"HTTP/1.1 099 X\r\nContent-Length: 9999\r\n\r\n" + b"x" * 9999),
    "trailers": (CHUNKED + b"2\r\n{}\r\n0\r\n", b"X-Filler: x\r\n"),
    "one trailer": (CHUNKED + b"2\r\n{}\r\n0\r\nX-Filler: ", b"x"),
}


@pytest.fixture
def hostile() -> Iterator[Server]:
    """A server to be told what to send."""
    with closing(Server()) as server:
        yield server


def endless(start: bytes, unit: bytes) -> Behaviour:
    """A start, and then the same until the client hangs up."""
    more = unit * (MIB // 16 // len(unit))

    def behave(connection: socket.socket, _: Received) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(more)

    return behave


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(("start", "unit"), ENDLESS.values(), ids=ENDLESS)
def test_what_does_not_end_is_left_off(
    hostile: Server, make_client: MakeClient, start: bytes, unit: bytes
) -> None:
    hostile.answers(endless(start, unit))
    client = make_client(hostile.url, timeout=120)
    tracemalloc.start()
    try:
        # Long before the deadline, whose error would be another.
        with pytest.raises(APIConnectionError, match=r"don't end|too long|is no HTTP"):
            client.code_interpreter.execute("1", request_timeout=120)
        assert tracemalloc.get_traced_memory()[1] < 16 * MIB
    finally:
        tracemalloc.stop()


@pytest.mark.usefixtures("parser")
def test_many_small_chunks_are_no_header_without_end(
    hostile: Server, make_client: MakeClient
) -> None:
    row = b'{"data": {"session_id": "ses_1", "status": "completed", "outputs": []}}'
    body = b"".join(b"1;x=%d\r\n \r\n" % number for number in range(20_000))
    body += b"%x\r\n%b\r\n0\r\nX-Trailer: x\r\n\r\n" % (len(row), row)

    def behave(connection: socket.socket, _: Received) -> None:
        connection.sendall(CHUNKED + body)

    hostile.answers(behave)
    assert make_client(hostile.url).code_interpreter.execute("1").ok


ODD_MOMENTS = (
    "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
    "Mon, 01 Jan 2099 00:00:00 +99999999999999",
    "1e400",
    "nan",
    "-5",
)


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize("value", ODD_MOMENTS)
def test_a_moment_that_cannot_be_is_no_moment(
    hostile: Server, make_client: MakeClient, value: str
) -> None:
    hostile.otherwise = reply(429, {"error": "slowly"}, headers={"Retry-After": value})
    client: Any = make_client(hostile.url)
    with pytest.raises(RateLimitError, match="slowly") as raised:
        client.code_interpreter.list_sessions()
    assert raised.value.retry_after is None


def test_packing_without_content_takes_no_time() -> None:
    began = time.monotonic()
    assert b"".join(ContentDecoder("gzip", None).feed(gzip.compress(b"") * 100_000)) == b""
    assert time.monotonic() - began < 4  # by quadratic copying it takes 14
