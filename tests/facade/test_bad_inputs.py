"""Bad inputs: each gets a typed error, before anything is sent, that says what to do."""

from __future__ import annotations

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
from tests.facade.answers import container, executed, session
from tests.facade.conftest import KEY, MakeClient
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


def expect(client: Any, server: Server, call: Any, *words: str) -> None:
    """The call is refused before anything is sent, in these words."""
    with pytest.raises(InvalidRequestError) as raised:
        call(client)
    error = raised.value
    assert (error.status_code, error.may_have_run, error.is_retryable) == (0, False, False)
    assert [word for word in words if word not in error.message] == []
    assert server.count == 0


@pytest.mark.parametrize("language", ["cobol", "Python", "", None, 3])
def test_an_unknown_language(client: Any, server: Server, language: Any) -> None:
    names = ("'python'", "'javascript'", "'bash'")
    expect(client, server, lambda c: c.code_interpreter.execute("1", language or "x"), *names)
    if language is not None:
        expect(client, server, lambda c: c.code_interpreter.create_session(language), *names)


@pytest.mark.parametrize("seconds", [0, -1, 1.5, "60", float("nan"), float("inf"), True])
def test_timeouts_that_are_none(client: Any, server: Server, seconds: Any) -> None:
    word = "timeout_seconds must be a"
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
    for call in (
        lambda c: c.code_interpreter.execute("1", files=[upload]),
        lambda c: c.containers.execute_in_container("c", ["ls"], [upload]),
        lambda c: c.containers.upload_files("c", [upload]),
        lambda c: c.code_interpreter.upload("s", b"x", name),
        lambda c: c.code_interpreter.download("s", name, tmp_path / "out"),
        lambda c: c.containers.upload("c", b"x", name),
        lambda c: c.containers.download("c", name),
    ):
        expect(client, server, call, repr(name))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.txt", "a/b/c.txt", "..a", "a..b", ".hidden", "ü b", "-rf"])
def test_a_file_name_that_stays_inside(client: Any, server: Server, name: str) -> None:
    server.answers(executed())
    client.code_interpreter.execute("1", files=[FileUpload(name, "x")])
    assert server.last.json["files"][0]["name"] == name


BYTES: Any = FileUpload("a", "")
BYTES.content = b"x"


@pytest.mark.parametrize(
    "files", ["a.txt", [{"name": "a", "content": "b"}], [BYTES], {"a": "b"}, 7]
)
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


@pytest.mark.parametrize("command", ["echo hi", [], [1], None, b"ls"])
def test_a_command_that_is_none(client: Any, server: Server, command: Any) -> None:
    for call in (
        lambda c: c.containers.create_container("i", command, 1, 512, 5),
        lambda c: c.containers.execute_in_container("c", command),
    ):
        expect(client, server, call, "command must be a list")


@pytest.mark.parametrize(
    ("command", "word"),
    [
        ([""], "begin with a program's name"),
        (["", "-c"], "begin with a program's name"),
        (["sh", "-c", "a\0b"], "command[2] has a NUL"),
        (["sleep", 3], "command[1] is 3"),
    ],
)
def test_words_that_are_none(client: Any, server: Server, command: Any, word: str) -> None:
    for call in (
        lambda c: c.containers.create_container("i", command, 1, 512, 5),
        lambda c: c.containers.create_persistent_container("i", 1, 512, 5, command),
        lambda c: c.containers.run_and_wait("i", command, 1, 512, 5),
        lambda c: c.containers.execute_in_container("c", command),
    ):
        expect(client, server, call, word)


def test_a_line_of_shell_for_a_command_is_advised(client: Any, server: Server) -> None:
    line = "pip install x && python y"
    for call in (
        lambda c: c.containers.create_container("i", line, 1, 512, 5),
        lambda c: c.containers.create_persistent_container("i", 1, 512, 5, line),
        lambda c: c.containers.execute_in_container("c", line),
    ):
        expect(client, server, call, "['sh', '-c', 'pip install x && python y']")


def test_words_that_are_empty_but_not_the_first(client: Any, server: Server) -> None:
    server.answers(container())
    client.containers.create_container("i", ["echo", "", "--", "-x"], 1, 512, 5)
    assert server.last.json["command"] == ["echo", "", "--", "-x"]


@pytest.mark.parametrize(
    "image",
    [
        "",
        " ",
        "a b",
        "a\n",
        "-v",
        "--privileged",
        "/etc/passwd",
        "../x",
        "a\0b",
        "ü",
        "a=b",
        None,
        7,
        b"i",
    ],
)
def test_an_image_that_is_none(client: Any, server: Server, image: Any) -> None:
    for call in (
        lambda c: c.containers.create_container(image, ["ls"], 1, 512, 5),
        lambda c: c.containers.create_persistent_container(image, 1, 512, 5),
    ):
        expect(client, server, call, "image")


def test_the_address_of_an_image_is_no_name(client: Any, server: Server) -> None:
    expect(
        client,
        server,
        lambda c: c.containers.create_container("https://r.io/a", ["ls"], 1, 512, 5),
        "without https://",
    )


@pytest.mark.parametrize(
    "image",
    [
        "python",
        "python:3.11-slim",
        "docker.io/library/python:3.11",
        "127.0.0.1:5000/a/b_c.d:X-1",
        "busybox@sha256:" + "a" * 64,
    ],
)
def test_an_image_that_may_be_one(client: Any, server: Server, image: str) -> None:
    server.answers(container())
    client.containers.create_container(image, ["ls"], 1, 512, 5)
    assert server.last.json["image"] == image


@pytest.mark.parametrize("folder", ["", "a\0b", 7])
def test_a_working_directory_that_is_none(client: Any, server: Server, folder: Any) -> None:
    expect(
        client,
        server,
        lambda c: c.containers.execute_in_container("c", ["ls"], working_directory=folder),
        "working_directory",
    )


@pytest.mark.parametrize(
    "limits",
    [
        {"storage_gb": 0},
        {"storage_gb": -5},
        {"gpu_count": -1},
        {"gpu_count": 0.5},
        {"networking": "no"},
        {"persistent": 1},
        {"timeout_seconds": -1},
        {"expires_at": "soon"},
        {"environment": {"A=B": "x"}},
        {"environment": {"A": None}},
    ],
    ids=str,
)
def test_limits_of_a_container_that_are_none(client: Any, server: Server, limits: Any) -> None:
    expect(
        client,
        server,
        lambda c: c.containers.create_container("i", ["ls"], 1, 512, 5, **limits),
        *limits,
    )


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


@pytest.mark.parametrize("cores", [float("nan"), float("inf")])
def test_an_amount_that_has_no_end(client: Any, server: Server, cores: float) -> None:
    expect(client, server, lambda c: c.containers.estimate_cost(cores, 512), "finite", repr(cores))


@pytest.mark.parametrize(
    "amounts",
    [
        (0, 512, 5),
        (-1, 512, 5),
        (float("nan"), 512, 5),
        (float("inf"), 512, 5),
        (1, 0, 5),
        (1, -512, 5),
        (1, 512, -1),
        (1, 512.5, 5),
        (1, 512, 5.5),
        ("1", 512, 5),
        (True, 512, 5),
    ],
)
def test_amounts_that_are_none(client: Any, server: Server, amounts: Any) -> None:
    expect(client, server, lambda c: c.containers.create_container("i", ["ls"], *amounts))


@pytest.mark.parametrize("code", [None, b"1", 1, "\ud800"])
def test_code_that_is_none(client: Any, server: Server, code: Any) -> None:
    expect(client, server, lambda c: c.code_interpreter.execute(code))


def test_an_update_of_nothing(client: Any, server: Server) -> None:
    expect(client, server, lambda c: c.containers.update_container("c"), "timeout_seconds=")


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
