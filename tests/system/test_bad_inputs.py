"""What a caller gets wrong is answered by a typed error that says what was wrong and what to do."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
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
    NotFoundError,
)
from tests.conftest import Runtime

Client = Cognitora | CognitoraAsync
Call = Callable[[Any], Any]


@pytest.fixture(params=[Cognitora, CognitoraAsync], ids=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> type[Client]:
    """Each test runs with both clients."""
    return request.param  # type: ignore[no-any-return]  # pytest gives Any


@pytest.fixture
def unused_port() -> Iterator[int]:
    """A port at which nothing listens, held so that nothing else takes it."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


async def settle(value: Any) -> Any:
    return await value if isinstance(value, Awaitable) else value


async def fails(client: Client, call: Call) -> CognitoraError:
    """The error that `call(client)` ends with; the client is closed."""
    try:
        with pytest.raises(CognitoraError) as caught:
            await settle(call(client))
        return caught.value
    finally:
        await settle(client.close())


def test_no_key(kind: type[Client], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COGNITORA_API_KEY", raising=False)
    with pytest.raises(InvalidRequestError) as caught:
        kind()
    assert caught.value.status_code == 0
    assert "COGNITORA_API_KEY" in str(caught.value)
    assert "local()" in str(caught.value)


async def test_a_wrong_key(kind: type[Client], runtime: Runtime) -> None:
    key = "cgk_not_a_key_of_this_runtime"
    client = kind(key, base_url=runtime.base_url)
    error = await fails(client, lambda client: client.code_interpreter.list_sessions())
    assert type(error) is AuthenticationError
    assert error.status_code == 401
    assert error.request_id
    assert "key" in str(error)
    assert key not in str(error) + repr(error) + repr(error.response_data)


async def test_a_base_url_with_no_server(kind: type[Client], unused_port: int) -> None:
    client = kind("cgk_x", base_url=f"http://127.0.0.1:{unused_port}")
    error = await fails(client, lambda client: client.code_interpreter.run_python("1"))
    assert type(error) is APIConnectionError
    assert error.status_code == 0
    assert not error.may_have_run
    assert f"127.0.0.1:{unused_port}" in str(error)
    assert "base_url" in str(error)


@pytest.mark.parametrize("url", ["api.cognitora.dev", "ftp://host", "http://", "http://a b"])
def test_a_base_url_that_is_none(kind: type[Client], url: str) -> None:
    with pytest.raises(InvalidRequestError, match="base_url") as caught:
        kind("cgk_x", base_url=url)
    assert "http" in str(caught.value)


# Found before anything is sent: the call, and what its error must say.
BEFORE_SENDING: dict[str, tuple[Call, list[str]]] = {
    "an unknown language": (
        lambda c: c.code_interpreter.execute("1", language="cobol"),
        ["cobol", "python", "javascript", "bash"],
    ),
    "a negative timeout": (
        lambda c: c.code_interpreter.execute("1", timeout_seconds=-5),
        ["timeout_seconds", "-5"],
    ),
    "a zero timeout": (
        lambda c: c.code_interpreter.execute("1", timeout_seconds=0),
        ["timeout_seconds", "0"],
    ),
    "a zero timeout of a session": (
        lambda c: c.code_interpreter.create_session(timeout_seconds=0),
        ["timeout_seconds", "0"],
    ),
    "a negative timeout of a container": (
        lambda c: c.containers.create_container("i", ["c"], 1, 512, 5, timeout_seconds=-1),
        ["timeout_seconds", "-1"],
    ),
    "a zero request timeout": (
        lambda c: c.code_interpreter.list_sessions(request_timeout=0),
        ["request_timeout", "0"],
    ),
    "an id that climbs": (
        lambda c: c.code_interpreter.get_session("../../x?a=b#c"),
        ["session_id", "../../x?a=b#c"],
    ),
    "an id of dots": (lambda c: c.code_interpreter.get_execution(".."), ["execution_id", ".."]),
    "an empty id": (lambda c: c.containers.get_container(""), ["container_id is ''", "must be"]),
    "a file whose base64 is broken": (
        lambda c: c.code_interpreter.run_with_files(
            "1", [FileUpload(name="a.bin", content="not base64!", encoding="base64")]
        ),
        ["a.bin", "base64"],
    ),
    "a file name that climbs out": (
        lambda c: c.code_interpreter.run_with_files(
            "1", [FileUpload(name="../../etc/passwd", content="x")]
        ),
        ["../../etc/passwd", "work folder"],
    ),
    "an absolute path in the work folder": (
        lambda c: c.code_interpreter.run_with_files(
            "1", [FileUpload(name="/work/a.csv", content="x")]
        ),
        ["/work/a.csv", "is absolute", "relative to the work folder"],
    ),
    "an absolute file name": (
        lambda c: c.code_interpreter.run_with_files(
            "1", [FileUpload(name="/etc/passwd", content="x")]
        ),
        ["/etc/passwd", "relative"],
    ),
}


@pytest.mark.parametrize("case", BEFORE_SENDING)
async def test_found_before_anything_is_sent(
    kind: type[Client], case: str, unused_port: int
) -> None:
    call, words = BEFORE_SENDING[case]
    client = kind("cgk_x", base_url=f"http://127.0.0.1:{unused_port}")
    error = await fails(client, call)
    assert type(error) is InvalidRequestError
    assert isinstance(error, ValueError)
    assert error.status_code == 0
    assert not error.may_have_run
    for word in words:
        assert word in str(error)


async def test_code_over_the_limit(kind: type[Client], runtime: Runtime) -> None:
    client = kind(runtime.api_key, base_url=runtime.base_url)
    code = "#" * (1024 * 1024 + 1)
    error = await fails(client, lambda client: client.code_interpreter.run_python(code))
    assert type(error) is BadRequestError
    assert error.status_code == 413
    assert error.code == "code_too_large"
    assert "1048576" in str(error)
    assert not error.may_have_run


def test_code_at_the_limit_runs(runtime: Runtime) -> None:
    code = "print(1)".ljust(1024 * 1024, "#")
    with Cognitora(runtime.api_key, base_url=runtime.base_url) as client:
        assert client.code_interpreter.run_python(code).stdout == "1\n"


def test_a_body_that_is_not_json(runtime: Runtime) -> None:
    answer = httpx.post(
        f"{runtime.base_url}/api/v1/interpreter/execute",
        content=b"{'code': ",
        headers={
            "Authorization": f"Bearer {runtime.api_key}",
            "Content-Type": "application/json",
        },
    )
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_json"
    assert "JSON" in answer.json()["error"]


async def test_an_unknown_session(kind: type[Client], runtime: Runtime) -> None:
    client = kind(runtime.api_key, base_url=runtime.base_url)
    error = await fails(
        client, lambda client: client.code_interpreter.run_python("1", session_id="ses_nowhere")
    )
    assert type(error) is NotFoundError
    assert error.status_code == 404
    assert error.code == "session_not_found"
    assert "ses_nowhere" in str(error)
    assert "create" in str(error).lower()


async def test_a_deleted_session(kind: type[Client], runtime: Runtime) -> None:
    client = kind(runtime.api_key, base_url=runtime.base_url)
    session = await settle(client.code_interpreter.create_session())
    assert await settle(client.code_interpreter.delete_session(session.session_id)) is True

    def again(client: Any) -> Any:
        return client.code_interpreter.run_python("1", session_id=session.session_id)

    error = await fails(client, again)
    assert type(error) is NotFoundError
    assert error.status_code == 404
    assert error.code == "session_deleted"
    assert "deleted" in str(error)
    assert session.session_id in str(error)
