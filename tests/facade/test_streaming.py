"""`stream`: outputs as they happen, and an end that is proven."""

from __future__ import annotations

import asyncio
import gc
import json
import pickle
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from cognitora import (
    APIConnectionError,
    APITimeoutError,
    Cognitora,
    CognitoraAsync,
    InvalidRequestError,
    InvalidResponseError,
    NotFoundError,
    StreamTruncatedError,
)
from tests.facade.answers import DELETED, executed, session
from tests.facade.conftest import KEY
from tests.facade.server import Behaviour, Received, Server, head, raw, reply

STREAM = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "X-Request-Id": "req_1",
    "X-Cognitora-Features": "idempotency, streaming",
    "Connection": "close",  # as the scripts do: or it may be used again just before
}
STREAMING = reply(
    200,
    {"data": {"session_id": "ses_1", "status": "active"}},
    headers={"X-Cognitora-Features": "idempotency, streaming"},
)


def event(name: str, value: Any) -> bytes:
    return f"event: {name}\ndata: {json.dumps(value)}\n\n".encode()


def output(text: str, kind: str = "stdout") -> bytes:
    return event("output", {"type": kind, "data": text})


def end(status: str = "completed", **more: Any) -> bytes:
    data = {"session_id": "ses_1", "execution_id": "exec_1", "status": status, "outputs": []}
    return event("end", {"data": data, **more})


def chunk(content: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(content), content)


def events(*pieces: bytes, closing: bytes = b"0\r\n\r\n") -> Behaviour:
    """A stream in chunks."""
    headers = {**STREAM, "Transfer-Encoding": "chunked"}
    return raw(head(200, headers) + b"".join(map(chunk, pieces)) + closing)


def texts(outputs: Iterable[Any]) -> list[str]:
    return [each.data for each in outputs]


def test_outputs_come_while_the_code_runs(client: Any, server: Server) -> None:
    seen = threading.Event()

    def behave(connection: socket.socket, _: Received) -> None:
        connection.sendall(head(200, STREAM) + output("first"))
        assert seen.wait(10)
        connection.sendall(b": keep-alive\n\n" + output("second") + end())
        raise ConnectionAbortedError

    server.answers(behave)
    found = []
    with client.code_interpreter.stream("code") as stream:
        for each in stream:
            found.append(each.data)
            assert texts(stream.received) == found
            seen.set()
    assert found == ["first", "second"]
    assert (stream.result.ok, stream.result.stdout) == (True, "firstsecond")
    assert stream.result.data.execution_id == "exec_1"
    assert repr(stream).endswith("ExecutionStream ended, 2 outputs>")


def test_a_stream_takes_what_execute_takes(client: Any, server: Server) -> None:
    arguments = ("x", "bash", "ses_1", None, 7, {"A": "b"}, False)
    server.answers(executed(), events(end()))
    client.code_interpreter.execute(*arguments)
    assert texts(client.code_interpreter.stream(*arguments)) == []
    one, other = server.received
    assert (one.method, one.target, one.body) == (other.method, other.target, other.body)
    assert other.headers["idempotency-key"]


def test_a_stream_of_a_live_session(client: Any, server: Server) -> None:
    server.answers(session("ses_7"), events(output("a"), end()), DELETED)
    with client.code_interpreter.session("bash") as live:
        assert texts(live.stream("ls", timeout_seconds=5)) == ["a"]
    sent = server.received[1].json
    assert (sent["session_id"], sent["language"], sent["timeout_seconds"]) == ("ses_7", "bash", 5)


def test_code_that_fails_is_no_error_of_the_stream(client: Any, server: Server) -> None:
    server.answers(events(output("Traceback…\nE: 1", "error"), end("failed", errors=["E: 1"])))
    stream = client.code_interpreter.stream("code")
    assert [each.type for each in stream] == ["error"]
    assert stream.result.error == "Traceback…\nE: 1"


BODY = output("one") + b": keep-alive\r\n\r\n" + output("two\u2028é") + end()


def expect_truncated(client: Any, received: list[str]) -> StreamTruncatedError:
    stream = client.code_interpreter.stream("code")
    with pytest.raises(StreamTruncatedError, match="broke off") as raised:
        list(stream)
    error = raised.value
    assert texts(error.received) == received
    assert (error.operation, error.may_have_run, error.request_id) == (
        "execute_code",
        True,
        "req_1",
    )
    assert KEY not in str(error)
    with pytest.raises(InvalidRequestError):
        _ = stream.result
    return error


def test_a_stream_that_ends_anywhere_before_its_end_is_truncated(
    client: Any, server: Server
) -> None:
    first, second = len(output("one")), BODY.index(b"event: end")
    for place in range(len(BODY)):
        server.answers(raw(head(200, STREAM) + BODY[:place]))
        received = ["one", "two\u2028é"][: (place >= first) + (place >= second)]
        expect_truncated(client, received)
    server.answers(raw(head(200, STREAM) + BODY))
    assert texts(client.code_interpreter.stream("code")) == ["one", "two\u2028é"]
    assert server.count == len(BODY) + 1


@pytest.mark.parametrize("closing", [b"", b"5\r\nev", b"0\r\n\r\n", b"no chunk\r\n"])
def test_a_stream_in_chunks_that_breaks_is_truncated(
    client: Any, server: Server, closing: bytes
) -> None:
    server.answers(events(output("one"), output("two"), closing=closing))
    error = expect_truncated(client, ["one", "two"])
    assert isinstance(error.__cause__, APIConnectionError) is (closing != b"0\r\n\r\n")
    assert error.is_retryable
    assert texts(pickle.loads(pickle.dumps(error)).received) == ["one", "two"]


def test_a_connection_that_is_reset_is_told(client: Any, server: Server) -> None:
    server.answers(raw(head(200, STREAM), reset=True))
    expect_truncated(client, [])


def test_an_error_of_the_server_ends_the_stream(client: Any, server: Server) -> None:
    told = {"error": f"The sandbox is gone, {KEY}.", "code": "sandbox_unavailable"}
    server.answers(events(output("one"), event("error", told)))
    error = expect_truncated(client, ["one"])
    assert "The sandbox is gone" in str(error)
    assert (error.code, error.is_retryable) == ("sandbox_unavailable", False)


@pytest.mark.parametrize("data", ["no json", "[]", '{"data": null}', "{}"])
def test_an_end_that_cannot_be_read_proves_nothing(client: Any, server: Server, data: str) -> None:
    server.answers(events(output("one"), f"event: end\ndata: {data}\n\n".encode()))
    expect_truncated(client, ["one"])


def test_what_a_newer_server_says_is_passed_over(client: Any, server: Server) -> None:
    odd = [event("progress", 1), event("output", "odd"), event("output", {"data": "no type"})]
    server.answers(events(*odd, output("a", "of a new kind"), end()))
    assert texts(client.code_interpreter.stream("code")) == ["a"]


def test_a_stream_without_end_is_stopped(
    client: Any, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for side in ("_sync", "_async"):
        monkeypatch.setattr(f"cognitora.{side}.response.MAX_ANSWER_BYTES", 1000)
    server.answers(events(output("one"), output("x" * 1000), end()))
    assert "larger" in str(expect_truncated(client, ["one"]))


@pytest.mark.parametrize("answer", [b"<html>hello</html>", b"", b"event: end\n\n"])
def test_an_answer_of_another_kind_cannot_be_read(
    client: Any, server: Server, answer: bytes
) -> None:
    server.answers(reply(200, body=answer, headers={"Content-Type": "text/html"}))
    with pytest.raises(InvalidResponseError):
        list(client.code_interpreter.stream("code"))


def test_a_server_that_cannot_stream_gives_the_outputs_at_the_end(
    client: Any, server: Server
) -> None:
    answer = executed({"type": "stdout", "data": "a"}, {"type": "stdout", "data": "b"})
    server.answers(answer, answer, STREAMING, events(end()))
    for accepted in ("text/event-stream, application/json", "application/json"):
        stream = client.code_interpreter.stream("code")
        assert texts(stream) == ["a", "b"]
        assert stream.result.stdout == "ab"
        assert server.last.headers["accept"] == accepted
    client.code_interpreter.get_session("ses_1")
    assert texts(client.code_interpreter.stream("code")) == []
    assert server.last.headers["accept"] == "text/event-stream, application/json"


def test_what_is_refused_is_an_ordinary_error(client: Any, server: Server) -> None:
    server.answers(reply(404, {"error": "There is no session ses_1."}))
    with pytest.raises(NotFoundError, match="ses_1"):
        list(client.code_interpreter.stream("code", session_id="ses_1"))
    with pytest.raises(InvalidRequestError, match="language"):
        client.code_interpreter.stream("code", "cobol")
    assert server.count == 1


@pytest.mark.usefixtures("no_pauses")
def test_a_stream_is_repeated_only_before_it_begins(client: Any, server: Server) -> None:
    server.answers(STREAMING, raw(b""), events(output("a"), end()))
    client.code_interpreter.get_session("ses_1")
    assert texts(client.code_interpreter.stream("code")) == ["a"]
    keys = [each.headers["idempotency-key"] for each in server.received[1:]]
    assert len(keys) == 2
    assert len(set(keys)) == 1
    server.answers(events(output("a"), closing=b""), events(end()))  # the key is honoured here
    expect_truncated(client, ["a"])
    assert server.count == 4


@pytest.mark.usefixtures("no_pauses")
def test_a_stream_is_not_repeated_where_no_key_is_honoured(client: Any, server: Server) -> None:
    server.answers(raw(b""), events(end()))
    with pytest.raises(APIConnectionError):
        list(client.code_interpreter.stream("code"))
    assert server.count == 1


def left(gone: threading.Event) -> Behaviour:
    """A stream that goes on until its reader hangs up."""

    def behave(connection: socket.socket, _: Received) -> None:
        connection.sendall(head(200, STREAM) + output("first"))
        if connection.recv(1) == b"":
            gone.set()

    return behave


def test_leaving_early_hangs_up(client: Any, server: Server) -> None:
    gone = threading.Event()
    server.answers(left(gone))
    with client.code_interpreter.stream("code") as stream:
        for each in stream:
            assert each.data == "first"
            break
    assert gone.wait(10)
    assert list(stream) == []
    with pytest.raises(InvalidRequestError, match="to its end"):
        _ = stream.result
    assert "closed" in repr(stream)


def test_a_block_that_is_left_at_once_hangs_up(client: Any, server: Server) -> None:
    gone = threading.Event()
    server.answers(left(gone))
    with pytest.raises(RuntimeError, match="block"), client.code_interpreter.stream("code"):
        raise RuntimeError("block")
    assert gone.wait(10)


def test_a_stream_has_one_deadline(client: Any, server: Server) -> None:
    gone = threading.Event()
    server.answers(left(gone))
    stream = client.code_interpreter.stream("code", request_timeout=2)
    with pytest.raises(StreamTruncatedError, match="within 2 s") as raised:
        list(stream)
    assert isinstance(raised.value.__cause__, APITimeoutError)
    assert texts(raised.value.received) == ["first"]
    assert gone.wait(10)


def test_a_stream_that_is_dropped_hangs_up(server: Server) -> None:
    gone = threading.Event()
    server.answers(left(gone))
    with Cognitora(KEY, server.url, 5) as client, without_collection():
        for each in client.code_interpreter.stream("code"):
            assert each.data == "first"
            break
        assert gone.wait(10)


async def test_an_async_stream_that_is_dropped_hangs_up(server: Server) -> None:
    gone = threading.Event()
    server.answers(left(gone))
    async with CognitoraAsync(KEY, server.url, 5) as client:
        with without_collection():
            async for each in client.code_interpreter.stream("code"):
                assert each.data == "first"
                break
            assert await asyncio.to_thread(gone.wait, 10)


@contextmanager
def without_collection() -> Iterator[None]:
    """The collector of cycles doesn't come to help."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def test_a_closed_stream_cannot_be_entered(client: Any, server: Server) -> None:
    stream = client.code_interpreter.stream("code")
    stream.close()
    with pytest.raises(InvalidRequestError, match="closed"), stream:
        pass
    assert server.count == 0


async def test_a_cancelled_stream_hangs_up(server: Server) -> None:
    gone, first = threading.Event(), asyncio.Event()
    server.answers(left(gone))

    async def read() -> None:
        async for _ in client.code_interpreter.stream("code"):
            first.set()

    async with CognitoraAsync(KEY, server.url, 5) as client:
        task = asyncio.create_task(read())
        await first.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(gone.wait, 10)


def test_a_stream_that_is_never_read_asks_for_nothing(client: Any, server: Server) -> None:
    stream = client.code_interpreter.stream("code")
    stream.close()
    assert list(stream) == []
    assert server.count == 0
