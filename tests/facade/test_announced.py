"""What only some servers take: a server is asked before it is sent what it would pass over."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any
from unittest.mock import AsyncMock

import pytest

from cognitora import Cognitora, InvalidRequestError, NotFoundError, UnsupportedError
from cognitora_openapi.api.interpreter import list_sessions
from tests.facade.answers import DELETED, container, executed, session
from tests.facade.conftest import KEY
from tests.facade.server import Server, reply

OPTIONS: dict[str, Callable[[Any], Any]] = {
    "stdin of code": lambda client: client.code_interpreter.execute("1", stdin="a"),
    "stdin of Python": lambda client: client.code_interpreter.run_python("1", stdin=b"a"),
    "stdin of a stream": lambda client: next(iter(client.code_interpreter.stream("1", stdin="a"))),
    "user": lambda client: client.containers.execute_in_container("c", ["a"], user="me"),
    "stdin of a command": lambda client: client.containers.execute_in_container(
        "c", ["a"], stdin="a"
    ),
    "metadata of a session": lambda client: client.code_interpreter.create_session(
        metadata={"a": "b"}
    ),
    "a filter": lambda client: client.code_interpreter.list_sessions(metadata={"a": "b"}),
    "a filter of containers": lambda client: client.containers.list_containers(metadata={"a": "b"}),
}


@pytest.mark.parametrize("call", OPTIONS.values(), ids=OPTIONS.keys())
def test_a_server_that_was_never_heard_is_asked_and_sent_nothing(
    client: Any, server: Server, call: Callable[[Any], Any]
) -> None:
    server.answers(reply(200, {"data": {"sessions": []}}))
    with pytest.raises(UnsupportedError, match="doesn't announce"):
        call(client)
    assert [(each.method, each.path) for each in server.received] == [
        ("GET", "/api/v1/interpreter/sessions")
    ]
    with pytest.raises(UnsupportedError):  # now it is known
        call(client)
    assert server.count == 1


def test_a_server_that_announces_it_is_sent_it(client: Any, server: Server) -> None:
    knows = {"X-Cognitora-Features": "stdin, exec, metadata"}
    server.answers(reply(200, {"data": {"sessions": []}}, headers=knows))
    server.answers(executed(**knows), reply(200, {"output": ""}, headers=knows))
    client.code_interpreter.execute("1", stdin="é")
    assert server.last.json["stdin"] == {"content": "é", "encoding": "string"}
    client.containers.execute_in_container("c", ["a"], user="me", stdin=b"\xff")
    encoded = base64.b64encode(b"\xff").decode()
    assert server.last.json["stdin"] == {"content": encoded, "encoding": "base64"}
    assert server.last.json["user"] == "me"
    assert server.count == 3  # it was asked once


def test_without_such_an_option_nobody_is_asked(client: Any, server: Server) -> None:
    server.answers(executed())
    client.code_interpreter.execute("1")
    assert server.count == 1


@pytest.mark.parametrize("stdin", [1, ["a"], "\ud800", object()])
def test_a_stdin_that_is_none(client: Any, server: Server, stdin: Any) -> None:
    with pytest.raises(InvalidRequestError, match="stdin"):
        client.code_interpreter.execute("1", stdin=stdin)
    assert server.count == 0


def test_a_session_that_lives_is_taken_hold_of(client: Any, server: Server) -> None:
    live = reply(200, {"data": {"session_id": "ses_9", "status": "active", "language": "bash"}})
    server.answers(live, executed())
    found = client.code_interpreter.attach("ses_9")
    assert found.id == "ses_9"
    found.run("echo")
    assert (server.last.json["session_id"], server.last.json["language"]) == ("ses_9", "bash")
    server.answers(DELETED)
    with found:
        pass
    assert server.last.method == "DELETE"


def test_a_container_that_lives_is_taken_hold_of(client: Any, server: Server) -> None:
    server.answers(container("ctr_9", "RUNNING"), reply(200, {"output": "hi"}))
    found = client.containers.attach("ctr_9")
    assert found.run(["echo"]).output == "hi"
    assert server.last.path.endswith("/ctr_9/exec")


def test_a_session_is_given_a_new_end(client: Any, server: Server) -> None:
    knows = {"X-Cognitora-Features": "update"}
    made = {"session_id": "ses_1", "status": "active", "expires_at": "2030-01-01T00:00:00Z"}
    later = {**made, "expires_at": "2031-01-01T00:00:00Z"}
    server.answers(*[reply(200, {"data": each}, headers=knows) for each in (made, later)], DELETED)
    with client.code_interpreter.session() as live:
        assert live.update(timeout_seconds=60).expires_at.year == 2031
        assert live.info.expires_at.year == 2031
        assert server.last.json == {"timeout_seconds": 60}
        with pytest.raises(InvalidRequestError, match="nothing in the request"):
            live.update()
    assert server.count == 3


def test_a_session_is_asked_how_it_is(client: Any, server: Server) -> None:
    server.answers(session(), reply(200, {"data": {"session_id": "ses_1", "status": "expired"}}))
    with client.code_interpreter.session() as live:
        assert live.info.status == "active"
        assert (live.refresh().status, live.info.status) == ("expired", "expired")
        server.answers(DELETED)
    server.answers(reply(404, {"error": "There is none."}))
    with pytest.raises(NotFoundError):
        live.refresh()
    assert live.info.status == "expired"


def test_a_container_is_asked_how_it_is_and_knows_its_new_end(client: Any, server: Server) -> None:
    new = {"id": "ctr_9", "status": "RUNNING", "expiresAt": "2031-01-01T00:00:00Z"}
    server.answers(container("ctr_9", "PENDING"), reply(200, new), container("ctr_9", "COMPLETED"))
    live = client.containers.attach("ctr_9")
    assert live.info.status == "PENDING"
    assert live.update(60).expires_at == live.info.expires_at
    assert (live.info.status, live.info.expires_at.year) == ("RUNNING", 2031)
    assert (live.refresh().status, live.info.status) == ("COMPLETED", "COMPLETED")


def test_what_is_printed_is_called_with(client: Any, server: Server) -> None:
    printed = [{"type": "stdout", "data": "out"}, {"type": "stderr", "data": "err"}]
    server.answers(session(), executed(*printed), DELETED)
    out: list[str] = []
    err: list[str] = []
    with client.code_interpreter.session() as live:
        result = live.run("1", on_stdout=out.append, on_stderr=err.append)
    assert (out, err, result.stdout) == (["out"], ["err"], "out")


def test_an_image_for_a_session_is_told_where_images_are_taken(client: Any, server: Server) -> None:
    told = r"use containers\.container\(image, …\)"
    with pytest.raises(InvalidRequestError, match=told):
        client.code_interpreter.create_session(image="python:3.12")
    live = client.code_interpreter.session(image="python:3.12")
    with pytest.raises(InvalidRequestError, match=told):
        live.open()
    assert server.count == 0


def test_the_low_level_client_asks_too(server: Server) -> None:
    server.answers(reply(200, {"data": {"sessions": []}}))
    with Cognitora(KEY, server.url) as client, pytest.raises(UnsupportedError):
        list_sessions.sync(client=client.api, metadata="{}")
    assert server.count == 1


class Awaited:
    """What nobody would await."""

    async def __call__(self, text: str) -> None:
        raise AssertionError(text)

    async def pieces(self, text: str) -> AsyncIterator[str]:
        yield text


@pytest.mark.parametrize(
    "call",
    [5, "print", AsyncMock(), Awaited(), partial(Awaited()), Awaited().pieces],
    ids=["a number", "a text", "a coroutine", "an object", "a part of one", "a generator"],
)
def test_a_callback_that_cant_be_called(client: Any, server: Server, call: Any) -> None:
    server.answers(session(), DELETED)
    with client.code_interpreter.session() as live:
        for name in ("on_stdout", "on_stderr"):
            with pytest.raises(InvalidRequestError, match=f"{name} must be an ordinary function"):
                live.run("1", **{name: call})
    assert server.count == 2
