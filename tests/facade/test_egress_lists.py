"""Egress by the facade: what is sent, and that it is sent to nobody who would pass over it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from cognitora import ExecuteCodeRequest, InvalidRequestError, UnsupportedError
from tests.facade.answers import DELETED
from tests.facade.server import Server, reply

LIST = ["pypi.org:443", "*.pythonhosted.org", "10.1.0.0/16:5432", "10.1.2.3:8000-8010"]
KNOWS = {"X-Cognitora-Features": "egress, streaming"}
NOBODY = reply(200, {"data": {"sessions": []}})
SOMEBODY = reply(200, {"data": {"sessions": []}}, headers=KNOWS)
DONE = reply(
    200, {"data": {"session_id": "s", "status": "completed", "outputs": []}}, headers=KNOWS
)
SESSION = reply(200, {"data": {"session_id": "ses_1", "status": "active"}}, headers=KNOWS)
CONTAINER = reply(200, {"id": "ctr_1", "status": "COMPLETED", "exitCode": 0}, headers=KNOWS)
LOGS = reply(200, {"logs": ""}, headers=KNOWS)
SIZE: Any = (1, 64, 5)

Call = Callable[[Any], Any]
CALLS: dict[str, tuple[Call, list[Any]]] = {
    "execute": (lambda c: c.code_interpreter.execute("1", egress=LIST), [DONE]),
    "a request": (
        lambda c: c.code_interpreter.execute(ExecuteCodeRequest("1", egress=LIST)),
        [DONE],
    ),
    "run_bash": (lambda c: c.code_interpreter.run_bash("1", egress=LIST), [DONE]),
    "stream": (lambda c: list(c.code_interpreter.stream("1", egress=LIST)), [DONE]),
    "create_session": (lambda c: c.code_interpreter.create_session(egress=LIST), [SESSION]),
    "session": (lambda c: c.code_interpreter.session(egress=LIST).open(), [SESSION]),
    "create_container": (
        lambda c: c.containers.create_container("i", ["x"], *SIZE, networking=True, egress=LIST),
        [CONTAINER],
    ),
    "create_persistent_container": (
        lambda c: c.containers.create_persistent_container(
            "i", *SIZE, networking=True, egress=LIST
        ),
        [CONTAINER],
    ),
    "container": (
        lambda c: c.containers.container("i", *SIZE, networking=True, egress=LIST).open(),
        [CONTAINER],
    ),
    "run_and_wait": (
        lambda c: c.containers.run_and_wait("i", ["x"], *SIZE, networking=True, egress=LIST),
        [CONTAINER, CONTAINER, LOGS],
    ),
}
EACH = pytest.mark.parametrize("name", CALLS)


@EACH
def test_what_may_be_reached_is_said(client: Any, server: Server, name: str) -> None:
    call, answers = CALLS[name]
    server.answers(SOMEBODY, *answers)
    call(client)
    assert server.received[0].method == "GET"  # a server that was never heard is asked first
    assert json.loads(server.received[1].body)["egress"] == LIST


@EACH
def test_a_server_that_would_pass_over_it_is_sent_nothing(
    client: Any, server: Server, name: str
) -> None:
    call, _ = CALLS[name]
    server.answers(NOBODY)
    for _ in range(2):
        with pytest.raises(UnsupportedError, match="`egress`") as raised:
            call(client)
        assert not raised.value.may_have_run
    assert [each.method for each in server.received] == ["GET"]


def test_map_tells_it_of_each(client: Any, server: Server) -> None:
    server.otherwise = NOBODY
    results = list(client.code_interpreter.map(["1", "2"], concurrency=1, egress=[]))
    assert [type(each) for each in results] == [UnsupportedError] * 2
    assert {each.method for each in server.received} == {"GET"}


def test_a_session_says_it_for_each_of_its_executions(client: Any, server: Server) -> None:
    server.answers(SESSION)
    with client.code_interpreter.session() as session:
        server.answers(DONE, DONE, DONE, DELETED)
        session.run("1", egress=[])
        session.run_python("1", egress=["a"])
        list(session.stream("1", egress=["b"]))
    bodies = [json.loads(each.body) for each in server.received[1:4]]
    assert [body["egress"] for body in bodies] == [[], ["a"], ["b"]]


def test_the_generated_client_on_it_is_held_to_it_too(client: Any, server: Server) -> None:
    from cognitora_openapi.api.interpreter import create_session
    from cognitora_openapi.models import CreateSessionRequest

    server.answers(NOBODY)
    inner = getattr(client, "inner", client)
    if inner is not client:
        pytest.skip("the same transport, driven by hand")
    with pytest.raises(UnsupportedError):
        create_session.sync(client=client.api, body=CreateSessionRequest(egress=["a"]))
    assert server.count == 1


def test_code_that_speaks_of_egress_needs_none(client: Any, server: Server) -> None:
    server.answers(reply(200, {"data": {"status": "completed", "outputs": []}}))
    client.code_interpreter.execute('{"egress": 1}')
    assert server.count == 1


@pytest.mark.parametrize("kind", ["session", "container"])
def test_a_handle_tells_and_changes_it(client: Any, server: Server, kind: str) -> None:
    status = {
        "egress": LIST,
        "refused": [{"protocol": "tcp", "target": "192.0.2.1", "port": 80, "times": 2}],
    }
    server.answers(SESSION if kind == "session" else CONTAINER)
    made: Any = client.code_interpreter.session() if kind == "session" else None
    with made or client.containers.container("i", *SIZE) as handle:
        answer = reply(200, status, headers=KNOWS)
        server.answers(answer, answer, DELETED)
        found = handle.egress()
        assert found.egress == LIST
        assert (found.refused[0].target, found.refused[0].times) == ("192.0.2.1", 2)
        assert handle.set_egress(["pypi.org"]) == found
    sent = server.received[2]
    assert (sent.method, json.loads(sent.body)) == ("PUT", {"egress": ["pypi.org"]})
    assert sent.path.endswith("/egress")


@pytest.mark.parametrize(
    "egress",
    ["pypi.org", [1], ["https://pypi.org"], ["a b"], [""], ["a:b"], ["x"] * 257, [None], {"a"}, 1],
)
def test_what_is_no_list_is_told_before_anything_is_sent(
    client: Any, server: Server, egress: Any
) -> None:
    calls: list[Callable[[], Any]] = [
        lambda: client.code_interpreter.execute("1", egress=egress),
        lambda: client.code_interpreter.set_egress("s", egress),
        lambda: client.containers.create_container("i", ["x"], *SIZE, egress=egress),
    ]
    for call in calls:
        with pytest.raises(InvalidRequestError, match="egress"):
            call()
    assert server.count == 0


def test_a_session_without_networking_is_made_by_nobody_who_would_pass_over_it(
    client: Any, server: Server
) -> None:
    server.answers(NOBODY)
    with pytest.raises(UnsupportedError, match="`session_networking`"):
        client.code_interpreter.session(networking=False).open()
    assert [each.method for each in server.received] == ["GET"]


def test_code_says_of_networking_what_it_was_told(client: Any, server: Server) -> None:
    server.answers(SESSION)
    with client.code_interpreter.session() as session:
        server.answers(DONE, DONE, DELETED)
        session.run("1")
        session.run("1", networking=False)
    bodies = [json.loads(each.body) for each in server.received[1:3]]
    assert [body.get("networking") for body in bodies] == [None, False]
