"""`follow_logs`: lines as they are printed, by a stream or by asking again and again."""

from __future__ import annotations

import asyncio
import gc
import pickle
import socket
import threading
from typing import Any

import pytest

from cognitora import (
    APIConnectionError,
    APITimeoutError,
    Cognitora,
    CognitoraAsync,
    InvalidRequestError,
    NotFoundError,
    StreamTruncatedError,
)
from tests.facade.answers import DELETED, container
from tests.facade.conftest import KEY, MakeClient
from tests.facade.server import Behaviour, Received, Server, head, raw, reply
from tests.facade.test_streaming import STREAM, event, without_collection

ENDED = event("end", {"id": "ctr_1", "status": "COMPLETED", "exitCode": 0})
FINAL = container(status="COMPLETED")
RUNNING = container(status="RUNNING")


def piece(text: Any) -> bytes:
    return event("log", text)


def stream(*pieces: bytes) -> Behaviour:
    return raw(head(200, STREAM) + b"".join(pieces))


def logs(text: str) -> Behaviour:
    return reply(200, {"logs": text})


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cognitora.poll.SHORTEST_PAUSE", 0.001)


@pytest.fixture(params=["by a stream", "by asking"])
def serve(request: pytest.FixtureRequest, server: Server) -> Any:
    """Lets the server tell pieces of logs, in either way, and then end well or break off."""

    def set_up(*pieces: str, end: bool = True) -> None:
        if request.param == "by a stream":
            server.answers(stream(*map(piece, pieces), *([ENDED] if end else [])))
            return
        server.answers(logs(""))  # it has no stream
        told = ""
        for text in pieces:
            told += text
            server.answers(RUNNING, logs(told))
        server.answers(*([FINAL, logs(told)] if end else [reply(400, {"error": "no more"})]))

    return set_up


def follow(client: Any, **options: Any) -> Any:
    return client.containers.follow_logs("ctr_1", **options)


@pytest.mark.parametrize(
    ("pieces", "lines"),
    [
        ([], []),
        (["one\n", "two\n"], ["one", "two"]),
        (["o", "ne", "\ntw", "o\n\nfour", "\n"], ["one", "two", "", "four"]),
        (["one\r", "\ntwo\r\n10%\r20%\n"], ["one", "two", "10%\r20%"]),
        (["no end"], ["no end"]),
        (["\n"], [""]),
        (["ü\u2028x\x0b\n", "{}"], ["ü\u2028x\x0b", "{}"]),
    ],
)
def test_lines_are_put_together(
    client: Any, serve: Any, pieces: list[str], lines: list[str]
) -> None:
    serve(*pieces)
    assert list(follow(client)) == lines


def test_what_breaks_off_is_told_with_what_had_arrived(
    client: Any, server: Server, serve: Any
) -> None:
    serve("one\ntw", "o\nthr", end=False)
    found: list[str] = []
    with pytest.raises(StreamTruncatedError, match="before the end of the container") as raised:
        found.extend(follow(client))
    assert found == ["one", "two"]
    error = pickle.loads(pickle.dumps(raised.value))
    assert error.received == ["one", "two", "thr"]
    assert error.may_have_run
    assert KEY not in str(error)


def test_a_container_that_is_not_there(client: Any, server: Server) -> None:
    server.otherwise = reply(404, {"error": "There is no container ctr_1."})
    for _ in ("by a stream", "by asking"):
        with pytest.raises(NotFoundError, match="ctr_1"):
            list(follow(client))


def test_lines_come_while_the_container_runs(client: Any, server: Server) -> None:
    seen = threading.Event()

    def behave(connection: socket.socket, _: Received) -> None:
        connection.sendall(head(200, STREAM) + piece("first\nsec"))
        assert seen.wait(10)
        connection.sendall(b": keep-alive\n\n" + piece("ond\n") + ENDED)
        raise ConnectionAbortedError

    server.answers(behave)
    found = []
    for line in follow(client):
        found.append(line)
        seen.set()
    assert found == ["first", "second"]
    assert server.last.headers["accept"] == "text/event-stream, application/json"
    assert server.last.path.endswith("/containers/ctr_1/logs")


def test_a_server_that_cannot_stream_is_asked_once(client: Any, server: Server) -> None:
    server.answers(logs("never read"), FINAL, logs("a\n"), FINAL, logs("b"))
    assert list(follow(client)) == ["a"]
    assert list(follow(client)) == ["b"]
    accepted = [r.headers["accept"] for r in server.received if r.path.endswith("/logs")]
    assert accepted == ["text/event-stream, application/json"] + ["application/json"] * 2


def test_what_is_printed_at_the_last_moment_is_not_missed(client: Any, server: Server) -> None:
    server.answers(logs(""), RUNNING, logs("a\n"), FINAL, logs("a\nb\n"))
    assert list(follow(client)) == ["a", "b"]
    asked = [r.path.rsplit("/", 1)[-1] for r in server.received]
    assert asked == ["logs", "ctr_1", "logs", "ctr_1", "logs"]


def left(gone: threading.Event) -> Behaviour:
    def behave(connection: socket.socket, _: Received) -> None:
        connection.sendall(head(200, STREAM) + piece("first\nsecond\n"))
        if connection.recv(1) == b"":
            gone.set()

    return behave


def test_closing_hangs_up(client: Any, server: Server) -> None:
    gone = threading.Event()
    server.answers(left(gone))
    lines = follow(client)
    assert next(lines) == "first"
    lines.close()
    assert gone.wait(10)


def test_leaving_the_loop_hangs_up(server: Server) -> None:
    gone = threading.Event()
    server.answers(left(gone))
    with Cognitora(KEY, server.url, 5) as client, without_collection():
        for line in follow(client):
            assert line == "first"
            break
        assert gone.wait(10)


async def test_leaving_the_async_loop_hangs_up(server: Server) -> None:
    gone = threading.Event()
    server.answers(left(gone))
    async with CognitoraAsync(KEY, server.url, 5) as client:
        with without_collection():
            async for line in follow(client):
                assert line == "first"
                break
            assert await asyncio.to_thread(gone.wait, 10)


async def test_a_cancelled_task_hangs_up(server: Server) -> None:
    gone, first = threading.Event(), asyncio.Event()
    server.answers(left(gone))

    async def read() -> None:
        async for _ in follow(client):
            first.set()

    async with CognitoraAsync(KEY, server.url, 5) as client:
        task = asyncio.create_task(read())
        await first.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(gone.wait, 10)


def test_what_is_never_read_asks_for_nothing(client: Any, server: Server) -> None:
    lines = follow(client)
    lines.close()
    assert list(lines) == []
    del lines
    gc.collect()
    assert server.count == 0


@pytest.mark.parametrize(
    "answers", [[left(threading.Event())], [logs(""), RUNNING, logs("first\nsecond\n")]]
)
def test_there_is_one_deadline_if_one_is_wanted(
    client: Any, server: Server, answers: list[Behaviour]
) -> None:
    server.answers(*answers)
    server.otherwise = lambda connection, request: (
        logs("first\nsecond\n") if request.path.endswith("/logs") else RUNNING
    )(connection, request)
    with pytest.raises(StreamTruncatedError, match=r"\b1 s") as raised:
        list(follow(client, timeout=1))
    assert isinstance(raised.value.__cause__, APITimeoutError)
    assert raised.value.received == ["first", "second"]


@pytest.mark.parametrize("fast", ["0", "1"], ids=["h11", "httptools"])
def test_a_stream_may_take_longer_than_a_call_if_it_is_not_silent(
    make_client: MakeClient, server: Server, monkeypatch: pytest.MonkeyPatch, fast: str
) -> None:
    monkeypatch.setenv("COGNITORA_FAST", fast)
    monkeypatch.setattr("cognitora.deadline.SILENCE_SECONDS", 0.0)
    client = make_client(server.url, timeout=1.5)

    def slowly(connection: socket.socket, request: Received) -> None:
        connection.sendall(head(200, STREAM) + piece("a\n"))
        for _ in range(5):
            server.over.wait(0.4)
            connection.sendall(b": keep-alive\n\n")
        connection.sendall(piece("b\n") + ENDED)
        raise ConnectionAbortedError

    def goes_dead(connection: socket.socket, _: Received) -> None:
        connection.sendall(head(200, STREAM) + piece("a\n"))
        connection.recv(1)

    server.answers(slowly, goes_dead)
    assert list(follow(client)) == ["a", "b"]
    with pytest.raises(StreamTruncatedError) as raised:
        list(follow(client))
    assert raised.value.received == ["a"]


def test_an_error_of_the_server_ends_it(client: Any, server: Server) -> None:
    told = {"error": f"The engine is gone, {KEY}.", "code": "engine_unavailable"}
    server.answers(stream(piece("one\n"), event("error", told)))
    with pytest.raises(StreamTruncatedError, match="The engine is gone") as raised:
        list(follow(client))
    error = raised.value
    assert (error.received, error.code, error.is_retryable) == (
        ["one"],
        "engine_unavailable",
        False,
    )
    assert error.operation == "get_container_logs"
    assert KEY not in str(error)


@pytest.mark.parametrize("data", ["no json", "[]", "{}"])
def test_an_end_that_cannot_be_read_proves_nothing(client: Any, server: Server, data: str) -> None:
    server.answers(stream(piece("one"), f"event: end\ndata: {data}\n\n".encode()))
    with pytest.raises(StreamTruncatedError) as raised:
        list(follow(client))
    assert raised.value.received == ["one"]


def test_what_a_newer_server_says_is_passed_over(client: Any, server: Server) -> None:
    server.answers(stream(event("progress", 1), piece({"odd": 1}), piece("a\n"), ENDED))
    assert list(follow(client)) == ["a"]


def test_a_stream_that_ends_anywhere_before_its_end_is_truncated(
    client: Any, server: Server
) -> None:
    body = piece("one\n") + ENDED
    for place in range(0, len(body), 7):
        server.answers(raw(head(200, STREAM) + body[:place]))
        with pytest.raises(StreamTruncatedError) as raised:
            list(follow(client))
        assert raised.value.received == ["one"][: place >= len(piece("one\n"))]
    server.answers(stream(body))
    assert list(follow(client)) == ["one"]


@pytest.mark.usefixtures("no_pauses")
def test_a_question_that_fails_is_asked_again(client: Any, server: Server) -> None:
    broken = raw(b"")
    server.answers(broken, logs(""), RUNNING, broken, logs("a\n"), *[broken] * 3)
    with pytest.raises(StreamTruncatedError) as raised:
        list(follow(client))
    assert isinstance(raised.value.__cause__, APIConnectionError)
    assert (raised.value.received, raised.value.attempts) == (["a"], 3)


@pytest.mark.parametrize(
    ("container_id", "options"),
    [("../x", {}), ("", {}), ("ctr_1", {"request_timeout": 0}), ("ctr_1", {"timeout": 0})],
)
def test_what_is_wrong_is_told_at_once(
    client: Any, server: Server, container_id: str, options: Any
) -> None:
    with pytest.raises(InvalidRequestError):
        client.containers.follow_logs(container_id, **options)
    assert server.count == 0


def test_the_logs_of_a_container_in_a_block(client: Any, server: Server) -> None:
    streaming = {"X-Cognitora-Features": "streaming"}
    made = reply(200, {"id": "ctr_1", "status": "PENDING"}, headers=streaming)
    server.answers(made, stream(piece("a\nb"), ENDED), DELETED)
    with client.containers.container("image", 1, 512, 5) as live:
        assert list(live.follow_logs()) == ["a", "b"]
    with pytest.raises(InvalidRequestError, match="closed"):
        live.follow_logs()


def test_long_logs_come_through_whole(client: Any, server: Server) -> None:
    text = "".join(f"{number} {'x' * 100}\n" for number in range(20_000))
    cut = [text[start : start + 4_321] for start in range(0, len(text), 4_321)]
    server.answers(stream(*map(piece, cut), ENDED))
    assert list(follow(client)) == text.splitlines()
