"""Processes by the facade: nothing of what they print comes twice, and nothing they are given is."""

from __future__ import annotations

import base64
import random
import signal
import socket
import time
from typing import Any

import pytest

from cognitora import (
    APIConnectionError,
    APITimeoutError,
    ExecutionError,
    InvalidRequestError,
    NotFoundError,
    StreamTruncatedError,
    UnsupportedError,
    WaitTimeoutError,
)
from cognitora.signals import NUMBERS
from tests.facade.answers import DELETED
from tests.facade.server import Behaviour, Received, Server, head, raw, reply, silent
from tests.facade.test_streaming import event

KNOWS = {"X-Cognitora-Features": "processes, wait"}
EVENTS = {**KNOWS, "Content-Type": "text/event-stream; charset=utf-8", "Connection": "close"}
RUNNING = {"id": "proc_1", "command": ["cat"], "status": "RUNNING"}
DONE = {**RUNNING, "status": "COMPLETED", "exit_code": 0}
PATH = "/api/v1/processes/proc_1"


def told(code: int = 200, /, **data: Any) -> Behaviour:
    return reply(code, data, headers=KNOWS)


def process(client: Any, server: Server, **more: Any) -> Any:
    """One that was started before."""
    server.answers(told(**RUNNING, **more))
    found = client.processes.attach("proc_1")
    server.received.clear()
    return found


def stream(*pieces: bytes) -> Behaviour:
    return raw(head(200, EVENTS) + b"".join(pieces))


def piece(offset: int, data: bytes, name: str = "stdout") -> bytes:
    said = {"stream": name, "offset": offset, "data": base64.b64encode(data).decode()}
    return event("output", {**said, "encoding": "base64"})


def text(offset: int, data: str) -> bytes:
    said = {"stream": "stdout", "offset": offset, "data": data, "encoding": "string"}
    return event("output", said)


def end(**more: Any) -> bytes:
    return event("end", {**DONE, **more})


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, no_pauses: None) -> None:
    """Nobody pauses before a broken stream is taken up again."""
    monkeypatch.setattr("cognitora._async.process.FIRST_PAUSE", 0.0)
    monkeypatch.setattr("cognitora._sync.process.FIRST_PAUSE", 0.0)


@pytest.mark.parametrize("kind", ["session", "container"])
def test_a_handle_starts_one(client: Any, server: Server, kind: str) -> None:
    if kind == "session":
        data = {"session_id": "ses_1", "status": "active"}
        server.answers(reply(201, {"data": data}, headers=KNOWS))
        handle = client.code_interpreter.session()
    else:
        server.answers(told(201, id="ctr_1", status="PENDING"))
        handle = client.containers.container("image", 1, 64, 5)
    with handle:
        server.answers(told(**RUNNING), told(**RUNNING), DELETED)
        first = handle.start(["cat"])
        assert (first.id, first.info.status, first.exit_code) == ("proc_1", "RUNNING", None)
        handle.start(
            ("sh", "-c", "x"),
            working_directory="w",
            environment={"A": "b"},
            timeout_seconds=5,
            stdin=False,
            terminal=(24, 80),
        )
    where = "interpreter/sessions/ses_1" if kind == "session" else "compute/containers/ctr_1"
    sent = server.received[1:3]
    assert [each.path for each in sent] == [f"/api/v1/{where}/processes"] * 2
    assert sent[0].json == {"command": ["cat"], "stdin": True}
    assert sent[1].json == {
        "command": ["sh", "-c", "x"],
        "working_directory": "w",
        "environment": {"A": "b"},
        "timeout_seconds": 5,
        "stdin": False,
        "terminal": {"rows": 24, "columns": 80},
    }
    assert len({each.headers["idempotency-key"] for each in sent}) == 2


def test_a_server_that_has_none_is_told_before_anything_is_sent(
    client: Any, server: Server
) -> None:
    data = {"session_id": "ses_1", "status": "active"}
    server.answers(reply(201, {"data": data}, headers={"X-Cognitora-Features": "wait"}), DELETED)
    with client.code_interpreter.session() as session:
        with pytest.raises(UnsupportedError, match="processes"):
            session.start(["cat"])
        with pytest.raises(UnsupportedError, match="processes"):
            client.processes.attach("proc_1")
    assert server.count == 2


def test_one_that_isnt_there(client: Any, server: Server) -> None:
    server.answers(told(404, error="There is none.", code="process_not_found"))
    with pytest.raises(NotFoundError):
        client.processes.attach("proc_1")


def test_pieces_are_bytes_and_text(client: Any, server: Server) -> None:
    running = process(client, server)
    server.answers(stream(text(0, "aé"), piece(3, b"ERR\xff", "stderr"), end(output_bytes=7)))
    found = [(each.stream, each.data, each.text, str(each)) for each in running]
    assert found == [
        ("stdout", "aé".encode(), "aé", "aé"),
        ("stderr", b"ERR\xff", "ERR\ufffd", "ERR\ufffd"),
    ]
    assert (running.exit_code, running.info.ok) == (0, True)


def test_a_character_in_two_pieces_comes_whole(client: Any, server: Server) -> None:
    euro = "€".encode()
    running = process(client, server)
    broken = stream(piece(0, euro[:1]), piece(1, b"!", "stderr"))
    server.answers(broken, stream(piece(2, euro[1:] + b"\xf0\x9f"), end()))
    found = list(running)
    assert b"".join(each.data for each in found) == euro[:1] + b"!" + euro[1:] + b"\xf0\x9f"
    assert "".join(each.text for each in found if each.stream == "stdout") == "€\ufffd"


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("seed", range(4))
def test_a_stream_that_breaks_anywhere_is_taken_up_where_it_was(
    client: Any, server: Server, seed: int
) -> None:
    dice = random.Random(seed)
    content = dice.randbytes(5000)
    running = process(client, server)
    breaks = 0

    def serve(connection: socket.socket, request: Received) -> None:
        """From the offset on, and often not to the end; once the end is reached, all of it."""
        nonlocal breaks
        offset = int(request.query["offset"])
        sent = head(200, EVENTS)
        # As the records have them: a piece may begin before what was asked for.
        position = offset - dice.randrange(min(offset, 5) + 1)
        while position < len(content):
            size = dice.randrange(1, 300)
            sent += piece(position, content[position : position + size])
            position += size
        sent += end(output_bytes=len(content))
        if breaks < 30:
            breaks += 1
            sent = sent[: dice.randrange(len(head(200, EVENTS)) + 1500)]
        raw(sent, reset=dice.random() < 0.2)(connection, request)

    server.otherwise = serve
    assert b"".join(each.data for each in running) == content
    assert running.exit_code == 0


@pytest.mark.usefixtures("quick")
def test_it_is_given_up_after_five_tries_with_nothing_new(client: Any, server: Server) -> None:
    running = process(client, server)
    broken = stream(piece(0, b"one"))
    server.answers(*[broken] * 2, stream(piece(3, b"two")), *[stream(piece(3, b"two"))] * 5)
    pieces = iter(running)
    found = [next(pieces).data for _ in range(2)]
    with pytest.raises(StreamTruncatedError) as raised:
        next(pieces)
    assert found == [b"one", b"two"]
    asked = [each.query["offset"] for each in server.received]
    # The one that brings something, and four more that don't, in a row.
    assert asked == ["0", "3", "3", "6", "6", "6", "6"]
    assert raised.value.is_retryable


@pytest.mark.usefixtures("quick")
def test_one_that_had_begun_is_told_as_broken_off_where_the_server_is_gone(
    client: Any, server: Server
) -> None:
    running = process(client, server)
    server.answers(stream(piece(0, b"x")))
    server.otherwise = raw(b"", reset=True)
    pieces = running.output()
    assert next(pieces).data == b"x"
    with pytest.raises(StreamTruncatedError) as raised:
        next(pieces)
    assert type(raised.value.__cause__) is APIConnectionError
    assert raised.value.is_retryable


@pytest.mark.usefixtures("quick")
def test_one_that_never_begins_is_told_as_what_kept_it_from_that(
    client: Any, server: Server
) -> None:
    running = process(client, server)
    server.otherwise = raw(b"", reset=True)
    with pytest.raises(APIConnectionError) as raised:
        list(running.output())
    assert type(raised.value) is APIConnectionError


@pytest.mark.usefixtures("quick")
def test_what_cant_be_taken_up_ends_it(client: Any, server: Server) -> None:
    running = process(client, server)
    server.answers(stream(piece(0, b"x")), told(404, error="Gone.", code="process_not_found"))
    with pytest.raises(NotFoundError):
        list(running)


@pytest.mark.usefixtures("quick")
def test_an_end_that_comes_too_early_and_what_cant_be_read_prove_nothing(
    client: Any, server: Server
) -> None:
    running = process(client, server)
    early = stream(piece(0, b"one"), end(output_bytes=6))
    gap = stream(piece(4, b"wo"), end(output_bytes=6))
    server.answers(
        early, gap, stream(event("output", [1])), stream(piece(3, b"two"), end(output_bytes=6))
    )
    assert b"".join(each.data for each in running) == b"onetwo"
    assert [each.query["offset"] for each in server.received] == ["0", "3", "3", "3"]


def test_an_offset_to_begin_at(client: Any, server: Server) -> None:
    running = process(client, server)
    server.answers(stream(piece(0, b"one"), piece(3, b"two"), end()))
    assert [each.data for each in running.output(2)] == [b"e", b"two"]
    assert server.last.query["offset"] == "2"
    for odd in (-1, 1.5, "1", None):
        with pytest.raises(InvalidRequestError, match="offset"):
            list(running.output(odd))


def test_the_time_for_output_is_up(client: Any, server: Server) -> None:
    running = process(client, server)

    def behave(connection: socket.socket, _: Received) -> None:
        connection.sendall(head(200, EVENTS) + piece(0, b"x"))
        while not server.over.wait(0.05):
            connection.sendall(b": keep-alive\n\n")

    server.otherwise = behave
    begun = time.monotonic()
    with pytest.raises(StreamTruncatedError, match=r"The 0\.5 s for this call are over"):
        list(running.output(timeout=0.5))
    assert 0.5 <= time.monotonic() - begun < 5


@pytest.mark.usefixtures("quick")
def test_a_server_that_falls_silent_is_told_by_how_long_it_was(
    make_client: Any, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cognitora.deadline.SILENCE_SECONDS", 0.05)
    running = process(make_client(server.url, timeout=0.1), server)

    def quiet(connection: socket.socket, _: Received) -> None:
        connection.sendall(head(200, EVENTS))
        server.over.wait(20)

    server.otherwise = quiet
    with pytest.raises(StreamTruncatedError, match=r"sent nothing for 0\.1 s"):
        list(running.output(timeout=30))


def test_wait_asks_until_it_has_ended(client: Any, server: Server) -> None:
    running = process(client, server)
    server.answers(told(**RUNNING), told(**{**DONE, "status": "FAILED", "exit_code": 3}))
    ended = running.wait()
    assert (ended.exit_code, ended.ok, running.exit_code) == (3, False, 3)
    assert int(server.last.query["wait_seconds"]) > 1
    asked = server.count
    assert running.wait() == ended
    assert server.count == asked


def test_poll_asks_and_doesnt_wait(client: Any, server: Server) -> None:
    running = process(client, server)
    server.answers(told(**RUNNING), told(**{**DONE, "status": "FAILED", "exit_code": 3}))
    assert running.poll() is None
    assert running.poll() == 3
    assert [each.query for each in server.received] == [{}, {}]
    assert (running.poll(), running.exit_code, server.count) == (3, 3, 2)


def test_poll_of_one_that_was_stopped_doesnt_say_that_it_runs(client: Any, server: Server) -> None:
    running = process(client, server)
    stopped = {"status": "TIMEOUT", "reason": "Its time of 5 s was up."}
    server.answers(told(**{**RUNNING, **stopped}))
    with pytest.raises(ExecutionError, match="Its time of 5 s was up"):
        running.poll()


def test_refresh(client: Any, server: Server) -> None:
    running = process(client, server)
    server.answers(told(**RUNNING, output_bytes=7))
    assert running.info.output_bytes is None
    assert running.refresh().output_bytes == 7
    assert running.info.output_bytes == 7


def test_wait_gives_up_in_time(client: Any, server: Server) -> None:
    running = process(client, server)
    server.otherwise = told(**RUNNING)
    begun = time.monotonic()
    with pytest.raises(WaitTimeoutError, match="has not ended within") as raised:
        running.wait(0.4)
    assert 0.4 <= time.monotonic() - begun < 4
    assert raised.value.last.status == "RUNNING"
    for odd in (0, -1, "1", float("nan")):
        with pytest.raises(InvalidRequestError, match="timeout"):
            running.wait(odd)


def test_signals_and_sizes(client: Any, server: Server) -> None:
    running = process(client, server)
    server.answers(told(**RUNNING), told(**RUNNING), told(**DONE))
    running.signal("TERM")
    running.resize(24, 80)
    running.kill()
    sent = [(each.method, each.path, each.json) for each in server.received]
    assert sent == [
        ("POST", f"{PATH}/signal", {"signal": "TERM"}),
        ("PATCH", f"{PATH}/terminal", {"rows": 24, "columns": 80}),
        ("POST", f"{PATH}/signal", {"signal": "KILL"}),
    ]
    assert running.exit_code == 0


@pytest.mark.parametrize("given", ["TERM", "SIGTERM", "term", "sigTerm", 15, signal.SIGTERM])
def test_a_signal_by_any_of_its_names(client: Any, server: Server, given: Any) -> None:
    running = process(client, server)
    server.otherwise = told(**RUNNING)
    running.signal(given)
    client.processes.signal_process("proc_1", given)
    assert [each.json for each in server.received] == [{"signal": "TERM"}] * 2


def test_a_signals_number_is_that_of_linux() -> None:
    """Where these tests run, that is what Python has too."""
    assert {
        number: signal.Signals(number).name.removeprefix("SIG") for number in NUMBERS
    } == NUMBERS


def test_no_answer_in_time(client: Any, server: Server) -> None:
    running = process(client, server)
    server.otherwise = silent
    with pytest.raises(APITimeoutError):
        running.signal("TERM", request_timeout=0.2)


@pytest.mark.parametrize("data", [None, 1, ["x"], "\ud800"])
def test_what_cant_be_written_is_told_before_anything_is_sent(
    client: Any, server: Server, data: Any
) -> None:
    running = process(client, server)
    for method in (running.write, running.communicate):
        with pytest.raises(InvalidRequestError, match="data"):
            method(data)
    for name in ("SIGNAL", "", "SIG", 0, 11, -15, True, 15.0, None, signal.SIGSEGV):
        with pytest.raises(InvalidRequestError, match="signal"):
            running.signal(name)
    for size in ((0, 1), (1, 65536), ("1", 1)):
        with pytest.raises(InvalidRequestError):
            running.resize(*size)
    assert server.count == 0
