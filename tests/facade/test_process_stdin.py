"""What processes are given by the facade comes once, whatever becomes of a call."""

from __future__ import annotations

import asyncio
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cognitora import (
    APIConnectionError,
    CognitoraAsync,
    ConflictError,
    ExecutionError,
    InvalidRequestError,
    WaitTimeoutError,
)
from tests.facade.conftest import KEY
from tests.facade.server import Behaviour, Received, Server, head, reply
from tests.facade.test_processes import (
    EVENTS,
    KNOWS,
    RUNNING,
    end,
    piece,
    process,
    stream,
    text,
    told,
)


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


def test_what_is_written_by_several_handles_follows_one_another(
    client: Any, server: Server
) -> None:
    one, other, taker = process(client, server), process(client, server), Taker()
    assert one.id == other.id
    server.otherwise = taker
    one.write(b"a")
    other.write(b"bc")
    one.write(b"def")
    taker.taken += b"by another program"
    process(client, server, stdin_bytes=len(taker.taken))
    server.otherwise = taker
    other.write(b"g")
    assert bytes(taker.taken) == b"abcdefby another programg"


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
    with pytest.raises(WaitTimeoutError, match=r"0 of 3 bytes within 0\.3 s") as raised:
        running.write(b"cde", timeout=0.3)
    assert raised.value.last.offset == 2
    taker.most = 9
    running.write(b"xyz")
    assert bytes(taker.taken) == b"abxyz"


def test_one_that_takes_no_more(client: Any, server: Server) -> None:
    running = process(client, server)
    server.otherwise = told(409, error="The process takes no more.", code="stdin_closed")
    with pytest.raises(ConflictError):
        running.write(b"x")


class Both:
    """A process that takes its input beside what reads its output."""

    def __init__(self, stdin: Behaviour, *outputs: Behaviour) -> None:
        self.stdin = stdin
        self.outputs = iter(outputs)

    def __call__(self, connection: socket.socket, request: Received) -> None:
        behave = self.stdin if request.path.endswith("/stdin") else next(self.outputs)
        behave(connection, request)


def going_on(server: Server, *first: bytes) -> Behaviour:
    """The output of one that doesn't end."""

    def behave(connection: socket.socket, _: Received) -> None:
        connection.sendall(head(200, EVENTS) + b"".join(first))
        while not server.over.wait(0.02):
            connection.sendall(b": keep-alive\n\n")

    return behave


def test_communicate(client: Any, server: Server) -> None:
    running, taker = process(client, server), Taker()
    output = stream(piece(0, b"out"), piece(3, b"err", "stderr"), text(6, "!"), end())
    server.otherwise = Both(taker, output)
    result = running.communicate("in")
    assert (result.stdout, result.stderr, result.exit_code, result.ok) == ("out!", "err", 0, True)
    assert (bytes(taker.taken), taker.closed) == (b"in", True)
    assert result.raise_for_error() is result


def test_communicate_reads_while_it_writes(client: Any, server: Server) -> None:
    """Neither ends before the other has got somewhere."""
    running, taker = process(client, server), Taker()
    prompted, given = threading.Event(), threading.Event()

    def stdin(connection: socket.socket, request: Received) -> None:
        assert prompted.wait(20)
        taker(connection, request)
        given.set()

    def output(connection: socket.socket, _: Received) -> None:
        connection.sendall(head(200, EVENTS) + text(0, "name? "))
        assert given.wait(20)
        connection.sendall(text(6, "hello") + end(output_bytes=11))
        raise ConnectionAbortedError

    server.otherwise = Both(stdin, output)
    result = running.communicate("you", on_stdout=lambda _: prompted.set(), timeout=30)
    assert (result.stdout, bytes(taker.taken)) == ("name? hello", b"you")


def test_communicate_ends_soon_where_it_cant_write(client: Any, server: Server) -> None:
    running = process(client, server)
    gap = told(409, error="There is a gap.", code="stdin_gap")
    server.otherwise = Both(gap, going_on(server))
    with pytest.raises(ConflictError, match="gap"):
        running.communicate(b"much")
    closed = told(409, error="Its standard input was closed.", code="stdin_closed")
    server.otherwise = Both(closed, stream(end()))
    with pytest.raises(ConflictError, match="was closed"):
        running.communicate(b"much")


def test_communicate_leaves_off_writing_where_its_caller_does(client: Any, server: Server) -> None:
    running, taker = process(client, server), Taker(most=0)
    server.otherwise = Both(taker, going_on(server, text(0, "x")))

    def stop(_: str) -> None:
        raise KeyError("the caller's")

    with pytest.raises(KeyError, match="the caller's"):
        running.communicate(b"much", on_stdout=stop)
    running.write(b"", timeout=10)  # has its turn when nobody writes any more
    taker.most = 9
    running.write(b"more", timeout=10)
    assert bytes(taker.taken) == b"more"


async def test_communicate_that_is_cancelled_leaves_nothing_behind(server: Server) -> None:
    server.answers(told(**RUNNING))
    server.otherwise = Both(Taker(most=0), going_on(server, text(0, "x")))
    async with CognitoraAsync(KEY, server.url) as client:
        running = await client.processes.attach("proc_1")
        before, begun = asyncio.all_tasks(), asyncio.Event()
        work = running.communicate(b"much", on_stdout=lambda _: begun.set())
        task = asyncio.create_task(work)
        await asyncio.wait_for(begun.wait(), 20)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert asyncio.all_tasks() == before
    server.wait_until_closed()


@pytest.mark.parametrize("most", [0, 99], ids=["it reads nothing", "it only runs"])
def test_communicate_gives_up_in_time(client: Any, server: Server, most: int) -> None:
    running = process(client, server)
    server.otherwise = Both(Taker(most=most), going_on(server, text(0, "so far")))
    with pytest.raises(WaitTimeoutError, match=r"proc_1 has not ended within 0\.4 s") as raised:
        running.communicate(b"much", timeout=0.4)
    assert raised.value.last.stdout == "so far"


def test_communicate_with_one_that_doesnt_take_its_input(client: Any, server: Server) -> None:
    running = process(client, server)
    gone = told(409, error="The process takes no more.", code="broken_pipe")
    failed = {"status": "FAILED", "exit_code": 1, "reason": "The process ended with exit code 1."}
    server.otherwise = Both(gone, stream(piece(0, b"bad\n", "stderr"), end(**failed)))
    result = running.communicate(b"much")
    assert (result.stderr, result.exit_code) == ("bad\n", 1)
    with pytest.raises(ExecutionError, match=r"(?s)exit code 1.*bad"):
        result.raise_for_error()


def test_input_for_one_that_takes_none_is_refused_before_anything_is_sent(
    client: Any, server: Server
) -> None:
    session = {"session_id": "ses_1", "status": "active"}
    server.answers(reply(201, {"data": session}, headers=KNOWS), told(**RUNNING))
    server.answers(told(success=True))
    with client.code_interpreter.session() as live:
        deaf = live.start(["cat"], stdin=False)
        for method in (deaf.write, deaf.communicate):
            with pytest.raises(InvalidRequestError, match="started with stdin=False"):
                method("x")
    running = process(client, server)
    server.answers(Taker())
    running.close_stdin()
    for method in (running.write, running.communicate):
        with pytest.raises(InvalidRequestError, match="its input was closed before"):
            method("x")
    assert server.count == 1
    server.otherwise = Both(told(offset=0, closed=True), stream(text(0, "x"), end()))
    assert running.communicate().stdout == "x"


@pytest.mark.parametrize("limit", [None, 30])
def test_communicate_with_a_server_that_falls_silent(
    make_client: Any, server: Server, monkeypatch: pytest.MonkeyPatch, limit: float | None
) -> None:
    """Also where nobody has set a time."""
    monkeypatch.setattr("cognitora.deadline.SILENCE_SECONDS", 0.2)
    for kind in ("_async", "_sync"):
        monkeypatch.setattr(f"cognitora.{kind}.process.FIRST_PAUSE", 0.0)
    client = make_client(server.url, timeout=0.3)
    running = process(client, server)

    def quiet(connection: socket.socket, _: Received) -> None:
        connection.sendall(head(200, EVENTS))
        server.over.wait(20)

    server.otherwise = Both(Taker(), quiet, stream(piece(0, b"x"), end()))
    assert running.communicate(b"", timeout=limit).stdout == "x"


def test_what_writes_follows_what_writes(make_client: Any, server: Server) -> None:
    running, taker = process(make_client(server.url), server), Taker(most=7)
    server.otherwise = taker
    lines = [f"{number}".encode() * 20 + b"\n" for number in range(8)]
    if hasattr(running, "inner"):

        async def all_at_once() -> None:
            await asyncio.gather(*(running.inner.write(line) for line in lines))

        running._runner.run(all_at_once())
    else:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(running.write, lines))
    assert sorted(bytes(taker.taken).splitlines(keepends=True)) == lines
