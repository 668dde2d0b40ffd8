"""The parser of server-sent events, by itself."""

from __future__ import annotations

import time

import pytest

from cognitora._http.types import ContentError
from cognitora.sse import Event, EventParser

STREAM = (
    b"\xef\xbb\xbfevent: output\ndata: one\n\n"
    b": keep-alive\n\n"
    b"event:end\r\ndata:two\r\ndata: \xc3\xa9\xf0\x9f\x90\x8d\r\n\r\n"
    b"data\rdata:  x: y\r\r"
)
EVENTS = [Event("output", "one"), Event("end", "two\né🐍"), Event("message", "\n x: y")]


def parsed(*pieces: bytes, limit: int = 10**9) -> list[Event]:
    parser = EventParser(limit)
    return [event for piece in pieces for event in parser.feed(piece)]


def test_events_are_read_with_every_kind_of_line_end() -> None:
    assert parsed(STREAM) == EVENTS


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_events_are_read_however_they_are_cut(size: int) -> None:
    pieces = [STREAM[start : start + size] for start in range(0, len(STREAM), size)]
    assert parsed(*pieces) == EVENTS


def test_events_are_read_wherever_they_are_cut_once() -> None:
    for place in range(len(STREAM) + 1):
        assert parsed(STREAM[:place], b"", STREAM[place:]) == EVENTS


def test_an_event_comes_as_soon_as_its_blank_line_does() -> None:
    parser = EventParser(1000)
    assert list(parser.feed(b"data: 1\n")) == []
    assert list(parser.feed(b"\n")) == [Event("message", "1")]
    assert list(parser.feed(b"data: 2\r\n\r")) == [Event("message", "2")]
    assert list(parser.feed(b"\ndata: 3\n\n")) == [Event("message", "3")]


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"", []),
        (b"\n\n\n", []),
        (b"data: cut off", []),
        (b"data: cut off\n", []),
        (b"event: no data\n\n", []),
        (b"event: no data\n\ndata: x\n\n", [Event("message", "x")]),
        (b": data: comment\n\n", []),
        (b"data:\n\n", [Event("message", "")]),
        (b"id: 7\nretry: 10\nunknown: x\ndata: x\n\n", [Event("message", "x")]),
        (b"event: a\nevent: b\ndata: x\n\n", [Event("b", "x")]),
        (b"data: \xef\xbb\xbfx\n\n", [Event("message", "\ufeffx")]),
        (b"data: \xff\n\n", [Event("message", "\ufffd")]),
    ],
)
def test_what_is_an_event_and_what_is_none(stream: bytes, events: list[Event]) -> None:
    assert parsed(stream) == events


def test_a_stream_that_is_too_large_is_refused() -> None:
    assert parsed(b"data: 12345\n\n", limit=13) == [Event("message", "12345")]
    with pytest.raises(ContentError, match="larger"):
        parsed(b"data: ", b"x" * 1000, b"x" * 1000, limit=1500)


def test_a_large_event_is_read_in_linear_time() -> None:
    def seconds(count: int) -> float:
        began = time.process_time()
        (event,) = parsed(b"data: ", *[b"x" * 1024] * count, b"\n\n")
        assert len(event.data) == 1024 * count
        return time.process_time() - began

    assert seconds(40_000) < 100 * max(seconds(4_000), 0.005)
