"""What processes are given by the facade comes once, whatever becomes of a call."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from cognitora import APIConnectionError, ConflictError, ExecutionError, WaitTimeoutError
from tests.facade.server import Received, Server, head
from tests.facade.test_processes import EVENTS, end, piece, process, stream, text, told


class Taker:
    """A process's standard input, which takes at most so much at a time."""

    def __init__(self, most: int = 10**9) -> None:
        self.taken = bytearray()
        self.closed = False
        self.most = most
        self.lost = 0
        """How many of the next answers are lost, once the work is done."""

    def __call__(self, connection: socket.socket, request: Received) -> None:
        offset = int(request.query["offset"])
        assert offset <= len(self.taken), "a gap"
        new = request.body[len(self.taken) - offset :][: self.most]
        self.taken += new
        all_of_it = offset + len(request.body) <= len(self.taken)
        self.closed |= request.query["close"] == "true" and all_of_it
        if self.lost:
            self.lost -= 1
            raise ConnectionAbortedError
        told(offset=len(self.taken), closed=self.closed)(connection, request)


def test_a_write_sends_again_only_what_wasnt_taken(client: Any, server: Server) -> None:
    running, taker = process(client, server), Taker(most=3)
    server.otherwise = taker
    running.write(b"abcdefgh")
    running.write("é")
    assert [each.body for each in server.received] == [b"abcdefgh", b"defgh", b"gh", "é".encode()]
    assert [each.query["offset"] for each in server.received] == ["0", "3", "6", "8"]
    running.close_stdin()
    assert (bytes(taker.taken), taker.closed) == ("abcdefghé".encode(), True)


def test_one_that_was_given_something_before_is_given_what_follows(
    client: Any, server: Server
) -> None:
    taker = Taker()
    taker.taken += b"before"
    running = process(client, server, stdin_bytes=6)
    server.otherwise = taker
    running.write(b"after")
    assert bytes(taker.taken) == b"beforeafter"


@pytest.mark.usefixtures("no_pauses")
def test_an_answer_that_is_lost_gives_nothing_twice(client: Any, server: Server) -> None:
    running, taker = process(client, server), Taker()
    server.otherwise, taker.lost = taker, 1
    running.write(b"once")
    assert (bytes(taker.taken), server.count) == (b"once", 2)


@pytest.mark.usefixtures("no_pauses")
def test_after_a_write_that_failed_the_next_follows_what_was_taken(
    client: Any, server: Server
) -> None:
    running, taker = process(client, server), Taker()
    server.otherwise, taker.lost = taker, 100
    with pytest.raises(APIConnectionError):
        running.write(b"lost")
    taker.lost = 0
    running.write(b"kept")
    assert bytes(taker.taken) == b"lostkept"


def test_one_that_takes_nothing_in_time(client: Any, server: Server) -> None:
    running, taker = process(client, server), Taker(most=2)
    server.otherwise = taker
    running.write(b"ab")
    taker.most = 0
    with pytest.raises(WaitTimeoutError, match="0 of 3 bytes") as raised:
        running.write(b"cde", request_timeout=0.3)
    assert raised.value.last.offset == 2
    taker.most = 9
    running.write(b"xyz")
    assert bytes(taker.taken) == b"abxyz"


def test_one_that_takes_no_more(client: Any, server: Server) -> None:
    running = process(client, server)
    server.otherwise = told(409, error="The process takes no more.", code="stdin_closed")
    with pytest.raises(ConflictError):
        running.write(b"x")


def test_communicate(client: Any, server: Server) -> None:
    running, taker = process(client, server), Taker()
    output = stream(piece(0, b"out"), piece(3, b"err", "stderr"), text(6, "!"), end())
    server.answers(taker, output)
    result = running.communicate("in")
    assert (result.stdout, result.stderr, result.exit_code, result.ok) == ("out!", "err", 0, True)
    assert (bytes(taker.taken), taker.closed) == (b"in", True)
    assert result.raise_for_error() is result


def test_communicate_with_one_that_doesnt_take_its_input(client: Any, server: Server) -> None:
    running = process(client, server)
    closed = told(409, error="The process takes no more.", code="stdin_closed")
    failed = {"status": "FAILED", "exit_code": 1, "reason": "The process ended with exit code 1."}
    server.answers(closed, stream(piece(0, b"bad\n", "stderr"), end(**failed)))
    result = running.communicate(b"much")
    assert (result.stderr, result.exit_code) == ("bad\n", 1)
    with pytest.raises(ExecutionError, match=r"(?s)exit code 1.*bad"):
        result.raise_for_error()
    server.answers(told(409, error="There is a gap.", code="stdin_gap"))
    with pytest.raises(ConflictError):
        running.communicate(b"much")


@pytest.mark.parametrize("limit", [None, 30])
def test_communicate_with_a_server_that_falls_silent(
    make_client: Any, server: Server, monkeypatch: pytest.MonkeyPatch, limit: float | None
) -> None:
    """Also where nobody has set a time."""
    for kind in ("_async", "_sync"):
        monkeypatch.setattr(f"cognitora.{kind}.process.SILENCE_SECONDS", 0.2)
        monkeypatch.setattr(f"cognitora.{kind}.process.FIRST_PAUSE", 0.0)
    client = make_client(server.url, timeout=0.3)
    running = process(client, server)

    def quiet(connection: socket.socket, _: Received) -> None:
        connection.sendall(head(200, EVENTS))
        server.over.wait(20)

    server.answers(Taker(), quiet, stream(piece(0, b"x"), end()))
    assert running.communicate(b"", request_timeout=limit).stdout == "x"
