"""What an answer says, by either parser, however its bytes arrive: whole, in two parts, one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec

import pytest

from cognitora import InvalidRequestError
from cognitora._http import http11
from cognitora._http.errors import from_network
from cognitora._http.http11 import H11, MAX_HEAD, Httptools, Incoming, Parser, request_head
from cognitora._http.types import ProtocolError, Request, UnsendableError
from cognitora.deadline import Deadline

PARSERS = pytest.mark.parametrize("parser", [Httptools, H11])
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
HI = OK + b"Content-Length: 2\r\n\r\nhi"
BODILESS = b"HTTP/1.1 %d X\r\n%b\r\n"


@dataclass
class Case:
    """An answer, and what it comes to.

    Attributes:
        name: Of the case.
        data: What arrives.
        body: The body that is read, up to the trouble if there is one.
        status: Of the answer; 0 if its head is never known.
        stays: Whether another request may follow.
        ends: Whether the server hangs up after it.
        trouble: What the error says, if there is one.
        headers: Some of the answer's.
        method: Of the request.
    """

    name: str
    data: bytes
    body: bytes = b""
    status: int = 200
    stays: bool = False
    ends: bool = False
    trouble: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "POST"


def kept(name: str, data: bytes, body: bytes = b"hi", **facts: object) -> Case:
    """An answer after which the connection is as good as before."""
    return Case(name, data, body, stays=True, **facts)  # type: ignore[arg-type]


def closed(name: str, data: bytes, body: bytes = b"hi", **facts: object) -> Case:
    """An answer that is good, on a connection that isn't any more."""
    return Case(name, data, body, **facts)  # type: ignore[arg-type]


def bad(name: str, data: bytes, trouble: str = "is no HTTP", **facts: object) -> Case:
    """No answer, or none that ends."""
    return Case(name, data, trouble=trouble, **{"status": 0, **facts})  # type: ignore[arg-type]


def cut(name: str, data: bytes, body: bytes = b"", status: int = 200) -> Case:
    """An answer that the server leaves off."""
    return Case(name, data, body, status, ends=True, trouble="in the middle of the answer")


def with_fields(*lines: bytes, body: bytes = b"hi") -> bytes:
    return OK + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body


INTERIM = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"

CASES = [
    # Bodies.
    kept("a length", HI),
    kept("a length of 0", OK + b"Content-Length: 0\r\n\r\n", b""),
    kept("chunks", CHUNKED + b"1\r\nh\r\n1\r\ni\r\n0\r\n\r\n"),
    kept("no chunk but the last", CHUNKED + b"0\r\n\r\n", b""),
    kept("a chunk whose size is in upper case", CHUNKED + b"0A\r\n0123456789\r\n0\r\n\r\n", b"0123456789"),
    kept("a chunk's extension", CHUNKED + b'2;name="value"\r\nhi\r\n0\r\n\r\n'),
    kept("a trailer", CHUNKED + b"2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n"),
    kept(
        "a trailer that is a header too",
        with_fields(b"X-Id: 1", b"Transfer-Encoding: chunked", body=b"2\r\nhi\r\n0\r\nX-Id: 2\r\n\r\n"),
        headers={"x-id": "1"},
    ),
    kept("line breaks in the body", OK + b"Content-Length: 8\r\n\r\n\r\n\r\n\r\n\r\n", b"\r\n" * 4),
    kept("a body that looks like an answer", OK + b"Content-Length: %d\r\n\r\n" % len(HI) + HI, HI),
    closed("neither length nor chunks", OK + b"\r\nhi", ends=True),
    closed("neither, and no body", OK + b"\r\n", b"", ends=True),
    closed("HTTP/1.0 with neither", b"HTTP/1.0 200 OK\r\n\r\nhi", ends=True),
    # No body, whatever the headers say.
    kept("204", BODILESS % (204, b""), b"", status=204),
    kept("204 with a length", BODILESS % (204, b"Content-Length: 5\r\n"), b"", status=204),
    kept("304 with a length", BODILESS % (304, b"Content-Length: 5\r\n"), b"", status=304),
    kept("304 with chunks", BODILESS % (304, b"Transfer-Encoding: chunked\r\n"), b"", status=304),
    closed("HEAD", OK + b"Content-Length: 5\r\n\r\n", b"", method="HEAD"),
    closed("HEAD with chunks", CHUNKED, b"", method="HEAD"),
    closed("a tunnel", OK + b"\r\n", b"", method="CONNECT"),
    closed("a tunnel with a length", OK + b"Content-Length: 5\r\n\r\n", b"", method="CONNECT"),
    kept("a tunnel that is refused", BODILESS % (407, b"Content-Length: 2\r\n") + b"hi",
         status=407, method="CONNECT"),
    # Interim answers.
    kept("interim answers", INTERIM + HI),
    kept("an interim answer's headers are its own", INTERIM + HI, headers={"link": ""}),
    cut("only an interim answer", INTERIM, status=0),
    bad("another protocol", b"HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nx"),
    kept(
        "another protocol on offer",
        with_fields(b"Upgrade: h2c", b"Connection: Upgrade", b"Content-Length: 2"),
    ),
    # Whether the connection stays.
    closed("Connection: close", with_fields(b"Connection: close", b"Content-Length: 2")),
    closed("Connection: CLOSE", with_fields(b"Connection: CLOSE", b"Content-Length: 2")),
    closed("close among others", with_fields(b"Connection: x, close", b"Content-Length: 2")),
    kept("Connection: keep-alive", with_fields(b"Connection: keep-alive", b"Content-Length: 2")),
    kept("Connection: Keep-Alive", with_fields(b"Connection: Keep-Alive", b"Content-Length: 2")),
    closed("a proxy's word", with_fields(b"Proxy-Connection: close", b"Content-Length: 2")),
    kept("another", with_fields(b"Proxy-Connection: Keep-Alive", b"Content-Length: 2")),
    closed("HTTP/1.0", b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
    closed("an answer that nobody has asked for", HI + HI),
    closed("one after an empty one", BODILESS % (204, b"") + HI, b"", status=204),
    closed("one after chunks", CHUNKED + b"2\r\nhi\r\n0\r\n\r\n" + HI),
    closed("garbage after the answer", HI + b"garbage"),
    closed("the end of the connection", HI, ends=True),
    # Headers.
    kept("a name in upper case", with_fields(b"X-ID: 1", b"CONTENT-LENGTH: 2"), headers={"x-id": "1"}),
    kept("a name in lower case", with_fields(b"x-id: 1", b"content-length: 2"), headers={"X-Id": "1"}),
    kept("a header twice", with_fields(b"A: 1", b"a: 2", b"Content-Length: 2"), headers={"a": "1, 2"}),
    kept("a header with no value", with_fields(b"A:", b"Content-Length: 2"), headers={"a": ""}),
    kept("blanks around a value", with_fields(b"A: \t 1 \t ", b"Content-Length: 2"), headers={"a": "1"}),
    kept("a value in latin-1", with_fields(b"A: \xe9", b"Content-Length: 2"), headers={"a": "\xe9"}),
    kept("no reason", b"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nhi"),
    kept("not even a blank for it", b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi"),
    kept("a status of nobody's", b"HTTP/1.1 599 Odd\r\nContent-Length: 2\r\n\r\nhi", status=599),
    bad("a header without a colon", with_fields(b"what", b"Content-Length: 2")),
    bad("a header without a name", with_fields(b": 1", b"Content-Length: 2")),
    bad("a blank before the colon", with_fields(b"A : 1", b"Content-Length: 2")),
    bad("a zero byte in a value", with_fields(b"A: \0", b"Content-Length: 2")),
    # Sizes that are none, or two.
    bad("a length below 0", with_fields(b"Content-Length: -1")),
    bad("a length that is no number", with_fields(b"Content-Length: two")),
    bad("two lengths", with_fields(b"Content-Length: 2", b"Content-Length: 3")),
    bad("a chunk's size that is no number", CHUNKED + b"zz\r\nhi\r\n0\r\n\r\n", status=200),
    bad("a chunk that is longer than it says", CHUNKED + b"2\r\nhiX\r\n0\r\n\r\n", status=200, body=b"hi"),
    # No HTTP at all.
    bad("TLS", b"\x15\x03\x01\x00\x02\x02\x46" + b"\0" * 20),
    bad("a greeting of another protocol", b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
    bad("a page without a head", b"<html>\r\n</html>\r\n\r\n"),
    bad("a request", b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"),
    bad("a status that is no number", b"HTTP/1.1 abc OK\r\n\r\n"),
    # Cut off.
    Case("nothing at all", b"", status=0, ends=True, trouble="it hung up unanswered"),
    cut("in the first line", b"HTTP/1.1 2", status=0),
    cut("in the headers", OK + b"Content-Le", status=0),
    cut("before the empty line", OK + b"Content-Length: 2\r\n", status=0),
    cut("before the body", OK + b"Content-Length: 2\r\n\r\n"),
    cut("in the body", OK + b"Content-Length: 3\r\n\r\nhi", b"hi"),
    cut("in a chunk", CHUNKED + b"5\r\nhi", b"hi"),
    cut("between chunks", CHUNKED + b"2\r\nhi\r\n", b"hi"),
    cut("in a chunk's size", CHUNKED + b"2\r\nhi\r\n1", b"hi"),
    cut("before the last line break", CHUNKED + b"2\r\nhi\r\n0\r\n", b"hi"),
    # Without an end.
    bad("a first line", b"HTTP/1.1 200 " + b"x" * 2 * MAX_HEAD, "don't end|too long"),
    bad("headers", OK + b"X: x\r\n" * (MAX_HEAD // 3), "don't end|too long"),
    bad("a header", OK + b"X: " + b"x" * 2 * MAX_HEAD, "don't end|too long"),
    bad("interim answers without end", INTERIM * (MAX_HEAD // 20), "don't end"),
    bad("a chunk's extension without end", CHUNKED + b"2;" + b"x" * 2 * MAX_HEAD,
        "don't end|too long", status=200),
    bad("trailers", CHUNKED + b"2\r\nhi\r\n0\r\n" + b"X: x\r\n" * (MAX_HEAD // 3),
        "don't end|too long", status=200, body=b"hi"),
]  # fmt: skip


def whole(data: bytes) -> Iterator[bytes]:
    """As sockets give it, in large pieces."""
    for start in range(0, len(data), 64 * 1024):
        yield data[start : start + 64 * 1024]


def in_two(data: bytes) -> Iterable[bytes]:
    return filter(None, (data[: len(data) // 2], data[len(data) // 2 :]))


def one_by_one(data: bytes) -> Iterator[bytes]:
    for byte in data:
        yield bytes([byte])


WAYS = [whole, in_two, one_by_one]
RUNS = [
    pytest.param(case, way, id=f"{case.name}-{way.__name__}")
    for case in CASES
    for way in WAYS
    if len(case.data) < 1000 or way is whole
]


def read(incoming: Incoming, pieces: Iterable[bytes], *, ends: bool) -> Iterator[bytes]:
    """What a connection does: it reads until the answer is complete, and no further."""
    for piece in pieces:
        if incoming.complete:
            # It is still there when the next request is about to be sent: the socket isn't quiet then.
            incoming.reusable = False
            return
        incoming.feed(piece)
        while incoming.headed and (taken := incoming.take()):
            yield taken
    if ends and not incoming.complete:
        incoming.feed(b"")
    elif ends:
        incoming.reusable = False


@PARSERS
@pytest.mark.parametrize(("case", "way"), RUNS)
def test_an_answer(parser: type[Parser], case: Case, way: object) -> None:
    incoming = Incoming(parser, case.method)
    taken: list[bytes] = []
    trouble = ""
    try:
        for piece in read(incoming, way(case.data), ends=case.ends):  # type: ignore[operator]
            taken.append(piece)  # noqa: PERF402 - what came before an error counts
    except ProtocolError as error:
        trouble = str(error)
    assert b"".join(taken) == case.body
    assert incoming.status == case.status
    if case.trouble:
        assert any(words in trouble for words in case.trouble.split("|")), trouble
        assert not incoming.reusable
        return
    assert trouble == ""
    assert incoming.complete
    assert incoming.reusable == case.stays
    assert {name: incoming.headers.get(name, "") for name in case.headers} == case.headers


def test_an_answer_as_nearly_all_are_needs_no_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    for parser in (Httptools, H11):
        monkeypatch.setattr(parser, "feed", lambda *_: pytest.fail("it was asked"))
        incoming = Incoming(parser, "POST")
        pieces = [with_fields(b"A: 1", b"Content-Length: 4", b"Connection: keep-alive"), b"!", b"!"]
        assert b"".join(read(incoming, pieces, ends=False)) == b"hi!!"
        assert (incoming.status, incoming.headers["a"]) == (200, "1")
        assert (incoming.complete, incoming.reusable) == (True, True)


DOUBTFUL = {
    "both a length and chunks": with_fields(
        b"Content-Length: 2", b"Transfer-Encoding: chunked", body=b"2\r\nhi\r\n0\r\n\r\n"
    ),
    "a chunk's size without end": CHUNKED + b"f" * 17 + b"\r\nhi\r\n0\r\n\r\n",
    "a coding that isn't chunked": with_fields(b"Transfer-Encoding: gzip"),
    "an odd version": HI.replace(b"1.1", b"2.0"),
    "a status below 100": HI.replace(b"200", b"099"),
}
"""What one parser reads and the other doesn't; with neither does anything follow on the connection."""


@PARSERS
@pytest.mark.parametrize("data", DOUBTFUL.values(), ids=DOUBTFUL)
def test_a_doubtful_answer_is_the_last_on_its_connection(parser: type[Parser], data: bytes) -> None:
    incoming = Incoming(parser, "POST")
    try:
        for _ in read(incoming, [data], ends=False):
            pass
    except ProtocolError:
        pass
    assert not incoming.reusable


@PARSERS
def test_an_answer_takes_no_body_of_what_is_before_it(parser: type[Parser]) -> None:
    incoming = Incoming(parser, "POST")
    odd = b"HTTP/1.1 099 X\r\nContent-Length: 3\r\n\r\nodd"
    with suppress(ProtocolError):
        assert b"".join(read(incoming, [odd + HI], ends=False)) == b"hi"
    with pytest.raises(ProtocolError):
        list(read(Incoming(parser, "POST"), [odd] * MAX_HEAD, ends=False))


@PARSERS
def test_an_error_quotes_nothing_of_the_answer(parser: type[Parser]) -> None:
    for data in (b"secret\r\n\r\n", OK + b"secret\r\n\r\n", CHUNKED + b"secret\r\n"):
        incoming = Incoming(parser, "POST")
        with pytest.raises(ProtocolError) as raised:
            list(read(incoming, [data], ends=False))
        assert "secret" not in str(raised.value)


def test_the_parser_is_httptools_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COGNITORA_FAST", raising=False)
    assert http11.parser() is Httptools
    monkeypatch.setenv("COGNITORA_FAST", "0")
    assert http11.parser() is H11
    monkeypatch.delenv("COGNITORA_FAST")
    monkeypatch.setattr(
        http11, "find_spec", lambda name: None if name == "httptools" else find_spec(name)
    )
    assert http11.parser() is H11


def request(url: str = "http://h/a?b=c", **headers: str) -> Request:
    return Request("POST", url, headers)


def test_a_request() -> None:
    assert (
        request_head(request(Accept="x"), "h")
        == b"POST /a?b=c HTTP/1.1\r\nHost: h\r\nAccept: x\r\n\r\n"
    )
    assert request_head(request("http://h"), "h") == b"POST / HTTP/1.1\r\nHost: h\r\n\r\n"


@pytest.mark.parametrize(
    "wrong",
    [
        request(A="1\r\nB: 2"),
        request(A="1\nB: 2"),
        request(A="1\0"),
        request(**{"A: 1\r\nB": "2"}),
        request(A="\xe9"),
        request("http://h/a b"),
        request("http://h/\xe9"),
    ],
    ids=lambda wrong: ascii((wrong.url, dict(wrong.headers))),
)
def test_a_request_that_would_be_another(wrong: Request) -> None:
    with pytest.raises(UnsendableError, match="characters"):
        request_head(wrong, "h")


def test_what_cannot_be_sent_has_not_been_sent() -> None:
    error = from_network(UnsendableError("that is why"), "http://h", Deadline(1))
    assert isinstance(error, InvalidRequestError)
    assert "can't be sent: that is why" in str(error)
    assert not error.may_have_run
    assert not error.is_retryable
