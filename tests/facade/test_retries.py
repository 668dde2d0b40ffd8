"""At most once: how often the work is asked for, counted at a real server, by class of operation."""

from __future__ import annotations

from typing import Any

import pytest

from cognitora import (
    APIConnectionError,
    CognitoraError,
    ConflictError,
    NotFoundError,
    RateLimitError,
    ServerError,
)
from tests.facade.answers import DELETED, container, executed, session
from tests.facade.conftest import MakeClient
from tests.facade.server import Server, raw, reply

pytestmark = pytest.mark.usefixtures("no_pauses")

IDEMPOTENT = {"X-Cognitora-Features": "idempotency"}


def safe(client: Any) -> Any:
    return client.code_interpreter.list_sessions()


def keyed(client: Any) -> Any:
    return client.code_interpreter.execute("1")


def never(client: Any) -> Any:
    return client.containers.update_container("ctr_1", timeout_seconds=60)


BROKEN = {
    "closed without a word": raw(b""),
    "reset without a word": raw(b"", reset=True),
    "cut in the head": raw(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "cut in the body": raw(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"data"'),
    "no HTTP": raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
}
RETRIED_STATUSES = (408, 429, 500, 502, 503, 504, 520, 599)
FINAL_STATUSES = (400, 401, 402, 403, 404, 409, 413, 422, 425, 501)


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize(("call", "times"), [(safe, 3), (keyed, 1), (never, 1)])
def test_a_broken_connection_repeats_only_what_is_safe(
    client: Any, server: Server, call: Any, times: int, broken: Any
) -> None:
    server.otherwise = broken
    with pytest.raises(APIConnectionError) as raised:
        call(client)
    assert server.count == times
    error = raised.value
    assert (error.attempts, error.status_code, error.may_have_run) == (times, 0, True)
    assert error.is_retryable
    assert server.url in error.message


@pytest.mark.parametrize("status", RETRIED_STATUSES)
@pytest.mark.parametrize(("call", "times"), [(safe, 3), (keyed, 1), (never, 1)])
def test_a_passing_trouble_repeats_only_what_is_safe(
    client: Any, server: Server, call: Any, times: int, status: int
) -> None:
    server.otherwise = reply(status, {"error": "for now"})
    if status == 429 and call is keyed:
        times = 3  # it says itself that nothing was done
    with pytest.raises(CognitoraError) as raised:
        call(client)
    assert server.count == times
    assert raised.value.status_code == status
    assert raised.value.attempts == times
    assert raised.value.is_retryable
    assert raised.value.may_have_run == (status != 429)


@pytest.mark.parametrize("status", FINAL_STATUSES)
@pytest.mark.parametrize("call", [safe, keyed, never])
def test_a_refusal_is_final(client: Any, server: Server, call: Any, status: int) -> None:
    server.otherwise = reply(status, {"error": "no"})
    with pytest.raises(CognitoraError) as raised:
        call(client)
    assert server.count == 1
    assert raised.value.status_code == status
    assert not raised.value.may_have_run


@pytest.mark.parametrize(("call", "times"), [(safe, 3), (keyed, 3), (never, 1)])
def test_what_was_never_sent_is_repeated(
    make_client: MakeClient, call: Any, times: int, unused_url: str
) -> None:
    with pytest.raises(APIConnectionError) as raised:
        call(make_client(unused_url))
    assert raised.value.attempts == times
    assert not raised.value.may_have_run
    assert raised.value.status_code == 0
    assert unused_url in raised.value.message
    assert "COGNITORA_BASE_URL" in raised.value.message


@pytest.mark.parametrize(
    ("call", "well"), [(safe, reply(200, {"data": {"sessions": []}})), (keyed, executed())]
)
def test_a_success_after_a_failure_is_a_success(
    client: Any, server: Server, call: Any, well: Any
) -> None:
    server.answers(reply(429), reply(429), well)
    call(client)
    assert server.count == 3


def test_keyed_calls_are_repeated_once_the_server_honours_the_key(
    client: Any, server: Server
) -> None:
    server.answers(executed(**IDEMPOTENT), reply(503), raw(b""), executed())
    keyed(client)
    assert keyed(client).ok
    first, *second = [request.headers["idempotency-key"] for request in server.received]
    assert len(set(second)) == 1
    assert first not in second
    assert len({request.body for request in server.received[1:]}) == 1


def test_the_key_comes_with_keyed_operations_only(client: Any, server: Server) -> None:
    server.answers(session(), container(), reply(200, {"output": ""}), DELETED, session())
    client.code_interpreter.create_session()
    client.containers.create_container("image", ["ls"], 1, 512, 5)
    client.containers.execute_in_container("ctr_1", ["ls"])
    client.code_interpreter.delete_session("ses_1")
    client.code_interpreter.get_session("ses_1")
    keys = [request.headers.get("idempotency-key") for request in server.received]
    assert all(keys[:3])
    assert len(set(keys[:3])) == 3
    assert keys[3:] == [None, None]


def test_a_call_of_ours_that_still_runs_is_waited_for(client: Any, server: Server) -> None:
    problem = {"error": "the first call still runs", "code": "in_progress"}
    running = reply(409, problem, headers=IDEMPOTENT)
    server.answers(executed(**IDEMPOTENT), raw(b""), *[running] * 5, executed())
    keyed(client)
    assert keyed(client).ok
    assert server.count == 8


def test_a_conflict_is_no_waiting_matter_for_a_server_that_keeps_no_keys(
    client: Any, server: Server
) -> None:
    server.otherwise = reply(409, {"error": "busy", "code": "in_progress"})
    with pytest.raises(ConflictError):
        keyed(client)
    assert server.count == 1


def test_a_deleted_thing_that_is_gone_at_the_second_try_was_deleted(
    client: Any, server: Server
) -> None:
    server.answers(raw(b""), reply(404, {"error": "no such session"}))
    assert client.code_interpreter.delete_session("ses_1") is True
    assert server.count == 2


@pytest.mark.parametrize("before", [[], [reply(429)]])
def test_a_thing_that_was_never_there_is_not_found(
    client: Any, server: Server, before: list[Any]
) -> None:
    server.answers(*before, reply(404, {"error": "no such session"}))
    with pytest.raises(NotFoundError):
        client.code_interpreter.delete_session("ses_1")


def test_an_error_remembers_that_an_earlier_attempt_may_have_run(
    client: Any, server: Server
) -> None:
    server.answers(executed(**IDEMPOTENT), raw(b""), reply(400, {"error": "odd"}))
    keyed(client)
    with pytest.raises(CognitoraError) as raised:
        keyed(client)
    assert (raised.value.status_code, raised.value.may_have_run) == (400, True)


def test_retry_after_is_obeyed_up_to_the_deadline(client: Any, server: Server) -> None:
    server.otherwise = reply(429, {"error": "slow down"}, headers={"Retry-After": "3600"})
    with pytest.raises(RateLimitError) as raised:
        safe(client)
    assert server.count == 1
    assert raised.value.retry_after == 3600


def test_a_server_error_keeps_what_it_said(client: Any, server: Server) -> None:
    server.otherwise = reply(
        500, {"error": "no disk", "code": "internal"}, headers={"X-Request-Id": "req_7"}
    )
    with pytest.raises(ServerError) as raised:
        keyed(client)
    error = raised.value
    assert (error.message, error.code, error.request_id) == ("no disk", "internal", "req_7")
    assert error.response_data == {"error": "no disk", "code": "internal"}
    assert error.operation == "execute_code"
