"""The low-level client alone: the same errors, time-outs and leniency as the facade's."""

from __future__ import annotations

import asyncio
import gzip
from typing import Any

import httpx
import pytest

from cognitora import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    AuthenticationError,
    CognitoraError,
    InvalidRequestError,
    InvalidResponseError,
    NotFoundError,
    RateLimitError,
    ServerError,
)
from cognitora_openapi import AuthenticatedClient
from cognitora_openapi.api.compute import (
    cancel_container,
    create_container,
    estimate_cost,
    execute_in_container,
    get_container,
    list_containers,
)
from cognitora_openapi.api.interpreter import (
    create_session,
    delete_session,
    download_session_file,
    execute_code,
    get_session,
    list_executions,
    list_sessions,
)
from cognitora_openapi.models import (
    ComputeExecutionRequest,
    ContainerExecRequest,
    CostEstimateRequest,
    CreateSessionRequest,
    ExecuteCodeRequest,
)
from tests.facade.conftest import KEY
from tests.facade.server import Server, raw, reply, silent
from tests.facade.test_secrets import ECHOING, HINTS, everything

HTML = b"<html><title>Bad gateway</title></html>"


def call(base_url: str, endpoint: Any, *arguments: Any, asynchronous: bool, **keywords: Any) -> Any:
    """Calls an endpoint with a low-level client of its own."""
    timeout = keywords.pop("timeout", None)
    client = AuthenticatedClient(base_url=base_url, token=KEY, timeout=timeout)
    if not asynchronous:
        with client:
            return endpoint.sync_detailed(*arguments, client=client, **keywords)

    async def run() -> Any:
        async with client:
            return await endpoint.asyncio_detailed(*arguments, client=client, **keywords)

    return asyncio.run(run())


BOTH = pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
KINDS = {
    401: AuthenticationError,
    404: NotFoundError,
    429: RateLimitError,
    302: APIError,
    418: APIError,
}


@BOTH
@pytest.mark.parametrize("body", [HTML, b"", b'{"error": "It says no."}', b"[]", b"\xff"])
@pytest.mark.parametrize("status", [302, 401, 404, 418, 429, 500, 502, 503, 520, 599])
def test_a_refusal_is_a_typed_error_whatever_its_body(
    server: Server, status: int, body: bytes, asynchronous: bool
) -> None:
    server.answers(reply(status, body=body))
    with pytest.raises(KINDS.get(status, ServerError)) as raised:
        call(server.url, get_session, "ses_1", asynchronous=asynchronous)
    error = raised.value
    assert (error.status_code, error.operation, error.attempts) == (status, "get_session", 1)
    if b"It says no." in body and status != 302:
        assert "It says no" in error.message
    assert server.count == 1


@BOTH
@pytest.mark.parametrize("status", [200, 201, 202, 299])
def test_all_successes_are_read_alike(server: Server, status: int, asynchronous: bool) -> None:
    made = {"data": {"session_id": "ses_1", "status": "active"}}
    server.answers(reply(status, made), reply(status, {"id": "c", "status": "RUNNING"}))
    answer = call(
        server.url, create_session, body=CreateSessionRequest(), asynchronous=asynchronous
    )
    assert (answer.status_code, answer.parsed.data.session_id) == (status, "ses_1")
    body = ComputeExecutionRequest("i", ["a"], 1, 512, 5)
    answer = call(server.url, create_container, body=body, asynchronous=asynchronous)
    assert answer.parsed.id == "c"


@BOTH
def test_a_deletion_may_say_nothing(server: Server, asynchronous: bool) -> None:
    server.answers(reply(204), reply(200, {"success": True}), reply(200), reply(202, body=b""))
    answers = [
        call(server.url, endpoint, "x", asynchronous=asynchronous)
        for endpoint in (delete_session, cancel_container, delete_session, cancel_container)
    ]
    assert [answer.parsed and answer.parsed["success"] for answer in answers] == [
        None,
        True,
        None,
        None,
    ]


@BOTH
@pytest.mark.parametrize(
    "body", [HTML, b"", b"[]", b"null", b'{"data": {}}', b'{"data": 5}', b"[" * 9_999]
)
def test_a_success_that_cannot_be_read_is_told(
    server: Server, body: bytes, asynchronous: bool
) -> None:
    server.answers(reply(200, body=body))
    with pytest.raises(InvalidResponseError, match="can't be read") as raised:
        call(server.url, get_session, "ses_1", asynchronous=asynchronous)
    assert (raised.value.status_code, raised.value.operation) == (200, "get_session")
    assert raised.value.may_have_run


@BOTH
def test_lists_bear_null_and_a_row_that_cannot_be_read(server: Server, asynchronous: bool) -> None:
    rows: list[Any] = [None, 5, {}, {"id": "c", "status": "RUNNING"}, "x", []]
    server.answers(
        reply(200, {"executions": rows}),
        reply(200, {"executions": None}),
        reply(200, {"data": {"sessions": None}}),
        reply(
            200,
            {
                "executions": [
                    {"id": "e", "status": "completed", "outputs": [{}, {"type": "stdout"}]}
                ]
            },
        ),
    )
    answer = call(server.url, list_containers, asynchronous=asynchronous)
    assert [row.id for row in answer.parsed.executions] == ["c"]
    assert call(server.url, list_containers, asynchronous=asynchronous).parsed.executions == []
    assert call(server.url, list_sessions, asynchronous=asynchronous).parsed.data.sessions == []
    (record,) = call(server.url, list_executions, asynchronous=asynchronous).parsed.executions
    assert [output.type for output in record.outputs] == ["stdout"]


@BOTH
def test_a_list_that_is_none_is_told(server: Server, asynchronous: bool) -> None:
    server.answers(reply(200, {"executions": {"a": 1}}))
    with pytest.raises(InvalidResponseError, match="in place of a list"):
        call(server.url, list_containers, asynchronous=asynchronous)


@BOTH
def test_what_breaks_is_told(server: Server, unused_url: str, asynchronous: bool) -> None:
    with pytest.raises(APIConnectionError, match="can't be reached") as raised:
        call(unused_url, get_session, "ses_1", asynchronous=asynchronous)
    assert not raised.value.may_have_run
    server.answers(raw(b""), silent)
    with pytest.raises(APIConnectionError) as raised:
        call(server.url, get_session, "ses_1", asynchronous=asynchronous)
    assert raised.value.may_have_run
    with pytest.raises(APITimeoutError) as raised:
        call(server.url, get_session, "s", timeout=httpx.Timeout(0.2), asynchronous=asynchronous)
    assert (raised.value.operation, raised.value.is_retryable) == ("get_session", True)


@BOTH
@pytest.mark.parametrize("url", ["nowhere", "ftp://x", "http://a b", "http://h:99999"])
def test_an_address_that_is_none_is_told(url: str, asynchronous: bool) -> None:
    with pytest.raises((InvalidRequestError, APIConnectionError)):
        call(url, get_session, "ses_1", asynchronous=asynchronous)


@BOTH
@pytest.mark.parametrize("coding", ["identity", "gzip", "gzip, gzip"])
@pytest.mark.parametrize("status", [200, 500])
def test_an_answer_may_not_fill_the_memory(
    server: Server, asynchronous: bool, coding: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("MAX_ANSWER_BYTES", "MAX_REFUSAL_BYTES"):
        monkeypatch.setattr(f"cognitora_openapi.exchange.{limit}", 100_000)
    body = b" " * 10_000_000
    for _ in range(coding.count("gzip")):
        body = gzip.compress(body, compresslevel=1)
    server.answers(reply(status, body=body, headers={"Content-Encoding": coding}))
    with pytest.raises(InvalidResponseError if status == 200 else ServerError) as raised:
        call(server.url, list_sessions, asynchronous=asynchronous)
    assert raised.value.status_code == status
    assert server.last.headers["accept-encoding"] == "gzip"


@BOTH
def test_packed_answers_are_unpacked(server: Server, asynchronous: bool) -> None:
    body = gzip.compress(b'{"data": {"sessions": [') + gzip.compress(b"]}}")
    server.answers(reply(200, body=body, headers={"Content-Encoding": "gzip", "X-Other": "x"}))
    answered = call(server.url, list_sessions, asynchronous=asynchronous)
    assert answered.parsed.data.sessions == []
    assert answered.headers["x-other"] == "x"
    server.answers(reply(200, body=body[:-9], headers={"Content-Encoding": "gzip"}))
    with pytest.raises(InvalidResponseError, match="cut off"):
        call(server.url, list_sessions, asynchronous=asynchronous)


@pytest.mark.parametrize("charset", ["rot13", "base64", "nonsense"])
def test_a_charset_that_is_none_is_no_matter(server: Server, charset: str) -> None:
    kind = {"Content-Type": f"text/html; charset={charset}"}
    server.answers(reply(500, body=b'{"error": "broken"}', headers=kind))
    server.answers(reply(200, body=b"no JSON", headers=kind))
    with pytest.raises(ServerError, match="broken"):
        call(server.url, list_sessions, asynchronous=False)
    with pytest.raises(InvalidResponseError, match="can't be read"):
        call(server.url, list_sessions, asynchronous=False)


def test_a_closed_client_is_told(server: Server) -> None:
    client = AuthenticatedClient(base_url=server.url, token=KEY)
    with client:
        pass
    with pytest.raises(InvalidRequestError, match="closed"):
        get_session.sync("ses_1", client=client)


def test_a_hook_that_fails_after_the_request_does_not_say_that_nothing_ran(server: Server) -> None:
    def fail(_: httpx.Response) -> None:
        raise RuntimeError("a hook's own")

    server.answers(reply(200, body=b"{}"))
    client = AuthenticatedClient(
        base_url=server.url, token=KEY, httpx_args={"event_hooks": {"response": [fail]}}
    )
    with pytest.raises(InvalidRequestError, match="a hook's own") as raised:
        get_session.sync("ses_1", client=client)
    assert raised.value.may_have_run


@BOTH
@pytest.mark.parametrize("answer", ECHOING.values(), ids=ECHOING)
def test_a_token_that_is_echoed_does_not_show(
    server: Server, answer: Any, asynchronous: bool
) -> None:
    server.otherwise = answer
    with pytest.raises(CognitoraError) as raised:
        call(server.url, get_session, "ses_1", asynchronous=asynchronous)
    frames = everything(raised.value).partition("cognitora_openapi/")[2]
    assert frames
    assert not any(hint in frames for hint in HINTS)


@pytest.mark.parametrize("token", [f"{KEY}é", f"{KEY}\0{KEY}", f"{KEY} {KEY}", KEY.encode(), None])
def test_a_token_that_cannot_be_sent_is_refused(token: Any) -> None:
    with pytest.raises(InvalidRequestError, match="API key") as raised:
        AuthenticatedClient(base_url="http://h", token=token)
    assert KEY not in f"{raised.value!r}{vars(raised.value)}"


def test_the_line_end_behind_a_token_is_left_out(server: Server) -> None:
    server.answers(reply(204))
    with AuthenticatedClient(base_url=server.url, token=f"{KEY}\n") as client:
        delete_session.sync("ses_1", client=client)
    assert server.last.headers["authorization"] == f"Bearer {KEY}"


@BOTH
def test_a_header_that_cannot_be_sent_is_told(server: Server, asynchronous: bool) -> None:
    body = ExecuteCodeRequest("1")
    for key in ("a\nb", "a\0", "é", 7):
        with pytest.raises(InvalidRequestError, match="can't be sent") as raised:
            call(
                server.url, execute_code, body=body, idempotency_key=key, asynchronous=asynchronous
            )
        assert (raised.value.may_have_run, raised.value.is_retryable) == (False, False)
    assert server.count == 0


@pytest.mark.parametrize("wrong", ["..", ".", "", "a/b", "../x?y", "a b", "\n", "\ud800", None, 7])
def test_an_id_that_would_go_elsewhere_is_refused(server: Server, wrong: Any) -> None:
    with pytest.raises(InvalidRequestError, match="session_id") as raised:
        call(server.url, delete_session, wrong, asynchronous=False)
    assert (raised.value.operation, server.count) == ("delete_session", 0)


def test_what_is_of_the_wrong_type_is_named(server: Server) -> None:
    for wrong in (None, {"code": "1"}, "1"):
        kind = type(wrong).__name__
        with pytest.raises(
            InvalidRequestError, match=f"body must be ExecuteCodeRequest, not {kind}"
        ):
            call(server.url, execute_code, body=wrong, asynchronous=False)
    assert server.count == 0


class Watch(httpx.BaseTransport):
    """Remembers the time-outs that it is given."""

    def __init__(self) -> None:
        self.seconds: list[float | None] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.seconds.append(request.extensions["timeout"]["read"])
        return httpx.Response(503)


def test_a_call_waits_as_long_as_the_facades_unless_it_is_told() -> None:
    watch = Watch()
    client = AuthenticatedClient(base_url="http://h", token=KEY, httpx_args={"transport": watch})
    calls: list[Any] = [
        lambda c: get_session.sync("s", client=c),
        lambda c: execute_code.sync(client=c, body=ExecuteCodeRequest("1")),
        lambda c: execute_code.sync(client=c, body=ExecuteCodeRequest("1", timeout_seconds=300)),
        lambda c: execute_in_container.sync("c", client=c, body=ContainerExecRequest(["a"])),
        lambda c: estimate_cost.sync(client=c, body=CostEstimateRequest(1, 1, 5, 0, 300)),
        lambda c: get_container.sync("c", client=c, wait_seconds=100),
        lambda c: download_session_file.sync("s", client=c, path="a"),
        lambda c: get_session.sync("s", client=c.with_timeout(httpx.Timeout(7))),
    ]
    for number, make in enumerate(calls):
        with pytest.raises(ServerError):
            make(client)
        assert len(watch.seconds) == number + 1
    assert watch.seconds == [30, 90, 330, 330, 30, 130, 600, 7]
