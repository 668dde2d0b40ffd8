from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime
from typing import Any

import pytest

import cognitora
from cognitora import APIError, CognitoraError, ExecuteCodeResponse, ExecutionError
from cognitora_openapi.error_responses import error_of, retry_after

FACTS = (
    "message status_code code request_id retry_after response_data operation attempts "
    "is_retryable may_have_run"
).split()

ALL = [
    value
    for name in cognitora.__all__
    if isinstance(value := getattr(cognitora, name), type) and issubclass(value, Exception)
]


@pytest.mark.parametrize("kind", ALL)
def test_every_error_has_every_fact(kind: type[CognitoraError]) -> None:
    error = kind("what happened")
    assert isinstance(error, CognitoraError)
    assert {name: getattr(error, name) for name in FACTS} == {
        "message": "what happened",
        "status_code": 0,
        "code": None,
        "request_id": None,
        "retry_after": None,
        "response_data": None,
        "operation": None,
        "attempts": 0,
        "is_retryable": False,
        "may_have_run": False,
    }
    assert kind.__doc__


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("through", [lambda e: pickle.loads(pickle.dumps(e)), copy.copy])
def test_errors_survive_pickling_and_copying(kind: type[CognitoraError], through: Any) -> None:
    error = kind("oh", status_code=503, response_data={"a": 1}, code="c", attempts=3)
    error.may_have_run = True
    twin = through(error)
    assert type(twin) is kind
    assert {name: getattr(twin, name) for name in FACTS} == {
        name: getattr(error, name) for name in FACTS
    }
    assert str(twin) == str(error)


def test_tracebacks_name_errors_as_they_are_imported() -> None:
    named = [getattr(cognitora, name) for name in cognitora.__all__ if name.endswith("Error")]
    assert len(named) > 15
    for kind in named:
        assert kind.__module__ == "cognitora"
        assert pickle.loads(pickle.dumps(kind)) is kind


def test_the_text_of_an_error_names_what_support_would_ask_for() -> None:
    error = APIError("No.", 418, code="teapot", request_id="req_1", operation="execute_code")
    error.attempts = 3
    assert str(error) == "No. [HTTP 418, execute_code, teapot, request req_1, 3 attempts]"
    assert str(CognitoraError("Just this.")) == "Just this."


KINDS = {
    300: "APIError",
    302: "APIError",
    400: "BadRequestError",
    401: "AuthenticationError",
    402: "PaymentRequiredError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    405: "APIError",
    408: "APIError",
    409: "ConflictError",
    410: "NotFoundError",
    413: "BadRequestError",
    418: "APIError",
    422: "BadRequestError",
    429: "RateLimitError",
    500: "ServerError",
    501: "ServerError",
    503: "ServerError",
    520: "ServerError",
    599: "ServerError",
}


@pytest.mark.parametrize(("status", "name"), KINDS.items())
def test_each_status_has_its_class(status: int, name: str) -> None:
    error = error_of(status, {}, b"", path="GET /x")
    assert type(error).__name__ == name
    assert isinstance(error, APIError)
    assert error.status_code == status
    assert str(status) in error.message or "redirect" in error.message


SHAPES = [
    (b'{"error": "text", "code": "c"}', "text", "c"),
    (b'{"error": "`maxCostCredits` is 0."}', "`max_cost_credits` is 0.", None),
    (b'{"message": "body/memoryMb must be >= 8"}', "body/memory_mb must be >= 8", None),
    (b'{"error": "no camelCase, xmemoryMb or type"}', "no camelCase, xmemoryMb or type", None),
    (b'{"error": {"message": "inner", "code": 7}}', "inner", "7"),
    (b'{"error": {"code": "only"}, "message": "outer"}', "outer", "only"),
    (b'{"message": "top"}', "top", None),
    (b'{"detail": "of another framework"}', "of another framework", None),
    (b'{"error": null, "message": null}', '500 Internal Server Error for GET /x: {"error', None),
    (b"[1]", "500 Internal Server Error for GET /x: [1]", None),
    (b"", "500 Internal Server Error for GET /x, with no explanation", None),
    (b"plain words", "500 Internal Server Error for GET /x: plain words", None),
    (b"<html><title>502 Bad Gateway</title>", "an HTML page titled '502 Bad Gateway'", None),
    (b"\xff\xfe\x00", "500 Internal Server Error for GET /x", None),
    (b"[" * 100_000, "500 Internal Server Error for GET /x", None),
]


@pytest.mark.parametrize(("body", "message", "code"), SHAPES)
def test_every_shape_of_a_refusal_is_read(body: bytes, message: str, code: str | None) -> None:
    error = error_of(500, {}, body, path="GET /x")
    assert message in error.message
    assert error.code == code


def test_a_refusal_of_the_key_says_where_the_key_comes_from() -> None:
    error = error_of(401, {}, b'{"error": "Invalid API key"}', path="GET /x")
    assert error.message == "Invalid API key. Check the API key: api_key=… or COGNITORA_API_KEY."


def test_what_was_not_found_is_named() -> None:
    bare = error_of(404, {}, b'{"error": "Not found"}', path="GET /executions/exec_1")
    assert bare.message == "Not found (GET /executions/exec_1)."
    coded = b'{"error": "The session has expired.", "code": "session_expired"}'
    assert (
        error_of(404, {}, coded, path="GET /sessions/ses_1").message == "The session has expired."
    )
    told = error_of(404, {}, b'{"error": "There is no exec_1."}', path="GET /executions/exec_1")
    assert told.message == "There is no exec_1."


NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
MOMENTS = [
    ("2", 2.0),
    ("0.5", 0.5),
    ("Thu, 01 Jan 2026 12:00:30 GMT", 30.0),
    ("Thu, 01 Jan 2026 11:00:00 GMT", 0.0),
    ("-1", None),
    ("inf", None),
    ("nan", None),
    ("soon", None),
    ("1e400", None),
    ("Thu, 01 Jan 99999999999999999999 12:00:00 GMT", None),
    ("Thu, 01 Jan 2026 12:00:00 +99999999999999", None),
    ("", None),
    (None, None),
]


@pytest.mark.parametrize(("value", "seconds"), MOMENTS)
def test_retry_after_is_read_in_both_forms(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


def test_failed_code_becomes_an_exception_on_request() -> None:
    outputs = [
        {"type": "stdout", "data": "so far\n"},
        {"type": "error", "data": "Traceback…\nE: 1"},
    ]
    result = ExecuteCodeResponse.from_dict({"data": {"status": "failed", "outputs": outputs}})
    with pytest.raises(ExecutionError, match="Traceback") as raised:
        result.raise_for_error()
    twin = pickle.loads(pickle.dumps(raised.value))
    assert twin.result == result
    assert twin.result.stdout == "so far\n"


def test_fields_of_a_server_have_the_names_of_python() -> None:
    said = "`memoryMb` and `maxCostCredits`, not `timeout_seconds`, iPhone or `x`"
    error = error_of(400, {}, b'{"message": "%s"}' % said.encode(), path="POST /x")
    assert (
        error.message == "`memory_mb` and `max_cost_credits`, not `timeout_seconds`, iPhone or `x`"
    )
    assert error.response_data == {"message": said}
