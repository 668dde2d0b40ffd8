"""Bad inputs: each gets a typed error, before anything is sent, that says what to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cognitora import (
    APIConnectionError,
    AuthenticationError,
    BadRequestError,
    Cognitora,
    CognitoraAsync,
    CognitoraError,
    FileUpload,
    InvalidRequestError,
    InvalidResponseError,
    NotFoundError,
)
from tests.facade.answers import executed, session
from tests.facade.conftest import KEY, MakeClient
from tests.facade.refused import expect
from tests.facade.server import Server, reply

BOTH = pytest.mark.parametrize("kind", [Cognitora, CognitoraAsync])


@BOTH
@pytest.mark.parametrize("key", [None, "", "  "])
def test_no_key(kind: Any, key: str | None) -> None:
    with pytest.raises(InvalidRequestError, match="API key") as raised:
        kind(api_key=key)
    assert raised.value.status_code == 0
    assert "api_key=" in raised.value.message
    assert "COGNITORA_API_KEY" in raised.value.message
    assert isinstance(raised.value, ValueError)


@BOTH
@pytest.mark.parametrize("key", ["a\nb", "a b", "schlüssel", "a\x00b", 7])
def test_a_key_that_is_none(kind: Any, key: Any) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        kind(api_key=key)
    assert str(key) not in raised.value.message


def test_blanks_around_a_key_do_no_harm(server: Server) -> None:
    server.answers(session())
    with Cognitora(f"  {KEY}\n", server.url) as client:
        client.code_interpreter.get_session("ses_1")
    assert server.last.headers["authorization"] == f"Bearer {KEY}"


def test_a_wrong_key(client: Any, server: Server) -> None:
    server.answers(reply(401, {"error": "Unknown key."}))
    with pytest.raises(AuthenticationError, match="COGNITORA_API_KEY") as raised:
        client.code_interpreter.execute("1")
    assert raised.value.status_code == 401


@BOTH
@pytest.mark.parametrize(
    "url",
    ["api.cognitora.dev", "ftp://x", "http://", "http://h:0", "http://h:x", "http://h?a=1", 5],
)
def test_a_base_url_that_is_none(kind: Any, url: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"base_url.*'https://api.cognitora.dev'"):
        kind("key", url)


def test_a_password_in_the_base_url_is_not_repeated() -> None:
    with pytest.raises(InvalidRequestError, match="no user name or password") as raised:
        Cognitora("key", "https://me:hunter2@host")
    assert "hunter2" not in str(raised.value)


def test_a_base_url_with_no_server(make_client: MakeClient, unused_url: str) -> None:
    with pytest.raises(APIConnectionError) as raised:
        make_client(unused_url).code_interpreter.execute("1")
    assert raised.value.status_code == 0
    assert unused_url in raised.value.message
    assert "Check base_url (COGNITORA_BASE_URL)" in raised.value.message
    assert KEY not in str(raised.value)


def test_a_host_that_does_not_exist(make_client: MakeClient) -> None:
    client = make_client("https://no-such-host.invalid")
    with pytest.raises(APIConnectionError, match=r"no-such-host\.invalid.*Check base_url"):
        client.code_interpreter.execute("1", request_timeout=5)


@BOTH
@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), "30", True])
def test_a_timeout_that_is_none(kind: Any, timeout: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"timeout must be a number of seconds"):
        kind("key", timeout=timeout)


@BOTH
@pytest.mark.parametrize("text", ["soon", "-3", "0"])
def test_a_timeout_in_the_environment_that_is_none(
    kind: Any, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COGNITORA_TIMEOUT", text)
    with pytest.raises(InvalidRequestError, match="COGNITORA_TIMEOUT must be a number of seconds"):
        kind("key")


@pytest.mark.parametrize("language", ["cobol", "Python", "", None, 3])
def test_an_unknown_language(client: Any, server: Server, language: Any) -> None:
    names = ("'python'", "'javascript'", "'bash'")
    expect(client, server, lambda c: c.code_interpreter.execute("1", language or "x"), *names)
    if language is not None:
        expect(client, server, lambda c: c.code_interpreter.create_session(language), *names)


@pytest.mark.parametrize("seconds", [0, -1, 1.5, "60", float("nan"), float("inf"), True])
def test_timeouts_that_are_none(client: Any, server: Server, seconds: Any) -> None:
    word = "timeout_seconds must be a whole number (int) of seconds from 1 to 1,000,000,000"
    expect(client, server, lambda c: c.code_interpreter.execute("1", timeout_seconds=seconds), word)
    expect(client, server, lambda c: c.code_interpreter.create_session("bash", seconds), word)
    expect(client, server, lambda c: c.containers.update_container("c", seconds), word)
    expect(
        client,
        server,
        lambda c: c.containers.run_and_wait("i", ["ls"], 1, 1, 1, timeout_seconds=seconds),
        word,
    )


@pytest.mark.parametrize("seconds", [0, -1, "1"])
def test_request_timeouts_that_are_none(client: Any, server: Server, seconds: Any) -> None:
    word = "request_timeout must be a number of seconds"
    for call in (
        lambda c: c.code_interpreter.execute("1", request_timeout=seconds),
        lambda c: c.code_interpreter.list_sessions(request_timeout=seconds),
        lambda c: c.code_interpreter.upload("s", b"", "a", request_timeout=seconds),
        lambda c: c.containers.get_container("c", request_timeout=seconds),
        lambda c: c.containers.run_and_wait("i", ["ls"], 1, 1, 1, request_timeout=seconds),
    ):
        expect(client, server, call, word)


def test_what_is_typed_int_takes_no_float(client: Any, server: Server) -> None:
    for call in (
        lambda c: c.code_interpreter.execute("1", timeout_seconds=2.0),
        lambda c: c.code_interpreter.get_session_logs("ses_1", limit=2.0),
        lambda c: c.containers.create_persistent_container("i", 1.0, 512.0, 5),
    ):
        expect(client, server, call, "must be a whole number (int)")


@pytest.mark.parametrize("content", ["not base64!", "YQ=", "YQ", "ü", "YWJj*"])
def test_broken_base64(client: Any, server: Server, content: str) -> None:
    upload = FileUpload("a.bin", content, "base64")
    expect(
        client,
        server,
        lambda c: c.code_interpreter.run_with_files("1", [upload]),
        "'a.bin' is no base64",
        "base64.b64encode",
    )


def test_line_breaks_in_base64_do_no_harm(client: Any, server: Server) -> None:
    server.answers(executed())
    client.code_interpreter.run_with_files("1", [FileUpload("a", "YW\nJj\n", "base64")])
    assert server.last.json["files"] == [{"name": "a", "content": "YWJj", "encoding": "base64"}]


CLIMBING = [
    "/etc/passwd",
    "../a",
    "a/../../b",
    "..",
    "a/..",
    "",
    ".",
    "a/",
    "a\0b",
    "..\\a",
    "a\\b",
]


@pytest.mark.parametrize("name", CLIMBING, ids=repr)
def test_a_file_name_that_climbs_out(
    client: Any, server: Server, name: str, tmp_path: Path
) -> None:
    upload = FileUpload(name, "x")
    beside_code: list[Callable[[Any], Any]] = [
        lambda c: c.code_interpreter.execute("1", files=[upload]),
        lambda c: c.containers.execute_in_container("c", ["ls"], [upload]),
        lambda c: c.containers.upload_files("c", [upload]),
    ]
    alone: list[
        Callable[[Any], Any]
    ] = [  # which may be absolute, or have a backslash, for servers that announce `filesystem`
        lambda c: c.code_interpreter.upload("s", b"x", name),
        lambda c: c.code_interpreter.download("s", name, tmp_path / "out"),
        lambda c: c.containers.upload("c", b"x", name),
        lambda c: c.containers.download("c", name),
    ]
    may_be_there = name.startswith("/") or "\\" in name
    for call in [*beside_code, *([] if may_be_there else alone)]:
        expect(client, server, call, repr(name))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.txt", "a/b/c.txt", "..a", "a..b", ".hidden", "ü b", "-rf"])
def test_a_file_name_that_stays_inside(client: Any, server: Server, name: str) -> None:
    server.answers(executed())
    client.code_interpreter.execute("1", files=[FileUpload(name, "x")])
    assert server.last.json["files"][0]["name"] == name


BYTES: Any = FileUpload("a", "")
BYTES.content = b"x"


@pytest.mark.parametrize("files", ["a.txt", [{"name": "a", "content": "b"}], [BYTES], {"a": 7}, 7])
def test_files_that_are_none(client: Any, server: Server, files: Any) -> None:
    expect(client, server, lambda c: c.code_interpreter.execute("1", files=files))


@pytest.mark.parametrize("source", ["/no/such/file", Path("/no/such/file"), "/etc"])
def test_a_source_that_cannot_be_read(client: Any, server: Server, source: Any) -> None:
    expect(
        client, server, lambda c: c.code_interpreter.upload("s", source, "a"), "can't be read", "/"
    )


def test_a_file_that_is_open_as_text(client: Any, server: Server, tmp_path: Path) -> None:
    with (tmp_path / "a").open("w+") as file:
        expect(client, server, lambda c: c.code_interpreter.upload("s", file, "a"), "'rb'")
        expect(client, server, lambda c: c.code_interpreter.download("s", "a", file), "'wb'")


def test_a_target_that_cannot_be_written(client: Any, server: Server, tmp_path: Path) -> None:
    for target in (tmp_path, tmp_path / "no" / "such" / "folder"):
        expect(
            client,
            server,
            lambda c, target=target: c.code_interpreter.download("s", "a", target),
            "can't be written",
        )


def test_unknown_resources(client: Any, server: Server) -> None:
    for resources, words in (
        ({"cpu": 2}, ("'cpu'", "cpu_cores, memory_mb, storage_gb")),
        ({"cpu_cores": 0}, ("cpu_cores must be above 0",)),
        ({"memory_mb": 0.5}, ("memory_mb must be 1 or more",)),
        ({"storage_gb": "5"}, ("storage_gb must be a number",)),
        ("big", ("resources must be a dictionary",)),
    ):
        expect(
            client,
            server,
            lambda c, given=resources: c.code_interpreter.create_session(resources=given),
            *words,
        )


@pytest.mark.parametrize(
    "environment", [{"A": 1}, {"": "x"}, {"A=B": "x"}, {"A": "\0"}, ["A"], "A=B"]
)
def test_an_environment_that_is_none(client: Any, server: Server, environment: Any) -> None:
    expect(
        client,
        server,
        lambda c: c.code_interpreter.execute("1", environment=environment),
        "environment",
    )


def test_the_value_of_a_variable_is_not_repeated(client: Any) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        client.code_interpreter.execute("1", environment={"TOKEN": "hunter2\0"})
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("moment", ["tomorrow", datetime(2030, 1, 1), "2030-01-01T00:00:00", 7])
def test_a_time_that_is_none(client: Any, server: Server, moment: Any) -> None:
    expect(
        client, server, lambda c: c.code_interpreter.create_session(expires_at=moment), "expires_at"
    )


@pytest.mark.parametrize(
    "moment",
    ["2030-01-01T00:00:00Z", datetime(2030, 1, 1, tzinfo=UTC), "2030-01-01T01:00:00+01:00"],
)
def test_a_time_as_text_or_as_datetime(client: Any, server: Server, moment: Any) -> None:
    server.answers(session())
    client.code_interpreter.create_session(expires_at=moment)
    sent = datetime.fromisoformat(server.last.json["expires_at"])
    assert sent == datetime(2030, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(("limit", "offset"), [(0, 0), (1001, 0), (50, -1), (1.5, 0), ("5", 0)])
def test_a_page_that_is_none(client: Any, server: Server, limit: Any, offset: Any) -> None:
    for call in (
        lambda c: c.code_interpreter.list_all_executions(limit, offset),
        lambda c: c.code_interpreter.get_session_logs("s", limit, offset),
        lambda c: c.containers.list_containers(limit, offset),
    ):
        expect(client, server, call)


@pytest.mark.parametrize("size", [0, 1001, "5"])
def test_a_size_of_pages_that_is_none(client: Any, server: Server, size: Any) -> None:
    for call in (
        lambda c: list(c.code_interpreter.iter_all_executions(page_size=size)),
        lambda c: list(c.containers.iter_containers(page_size=size)),
    ):
        expect(client, server, call, "page_size")


@pytest.mark.parametrize("code", [None, b"1", 1, "\ud800"])
def test_code_that_is_none(client: Any, server: Server, code: Any) -> None:
    expect(client, server, lambda c: c.code_interpreter.execute(code))


def test_code_over_the_limit(client: Any, server: Server) -> None:
    server.answers(reply(413, {"error": "The code has 9 bytes; 8 are taken.", "code": "too_large"}))
    with pytest.raises(BadRequestError, match="8 are taken") as raised:
        client.code_interpreter.execute("print(1)")
    assert (raised.value.status_code, raised.value.code) == (413, "too_large")


@pytest.mark.parametrize("error", ["unknown", "was deleted"])
def test_a_session_that_is_not_there(client: Any, server: Server, error: str) -> None:
    server.answers(reply(404, {"error": f"Session ses_1 {error}."}))
    with pytest.raises(NotFoundError, match="ses_1") as raised:
        client.code_interpreter.execute("1", session_id="ses_1")
    assert raised.value.status_code == 404


UNREADABLE = {
    "HTML": b"<html><title>Welcome</title>",
    "nothing": b"",
    "half a JSON": b'{"data": {"sta',
    "a list": b"[]",
    "null": b"null",
    "a null inside": b'{"data": null}',
    "a missing field": b'{"data": {"outputs": []}}',
    "a list for an object": b'{"data": []}',
    "invalid UTF-8": b'{"data": "\xff\xfe"}',
    "deep nesting": b"[" * 100_000,
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_a_success_that_cannot_be_read(client: Any, server: Server, body: bytes) -> None:
    server.otherwise = reply(200, body=body, headers={"X-Request-Id": "req_9"})
    with pytest.raises(InvalidResponseError, match="can't be read") as raised:
        client.code_interpreter.execute("1")
    error = raised.value
    assert (error.status_code, error.request_id, error.may_have_run) == (200, "req_9", True)
    assert error.operation == "execute_code"
    assert server.count == 1
    for call in (
        client.code_interpreter.list_sessions,
        lambda: client.containers.get_container_logs("c"),
        lambda: client.containers.estimate_cost(1, 1),
    ):
        with pytest.raises(InvalidResponseError):
            call()


def test_every_error_of_these_is_one_of_ours() -> None:
    assert issubclass(InvalidRequestError, CognitoraError)
