"""`client.api`: the generated client on the same base client."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import httpx
import pytest

from cognitora import (
    APITimeoutError,
    BadRequestError,
    Cognitora,
    CognitoraAsync,
    InvalidRequestError,
    InvalidResponseError,
    NotFoundError,
    ServerError,
)
from cognitora._sync.api import operation_of
from cognitora_openapi.api.compute import get_container_execution, list_all_container_executions
from cognitora_openapi.api.interpreter import (
    delete_session,
    execute_code,
    get_session,
    list_executions,
    upload_session_file,
)
from cognitora_openapi.models import ExecuteCodeRequest
from cognitora_openapi.operations import OPERATIONS
from cognitora_openapi.types import File
from tests.facade.answers import executed, session
from tests.facade.conftest import KEY
from tests.facade.server import Server, reply, silent


def call(kind: type, server: Server, endpoint: Any, *arguments: Any, **keywords: Any) -> Any:
    """Calls a generated endpoint through either facade."""
    if kind is Cognitora:
        with Cognitora(KEY, server.url, 5) as client:
            return endpoint.sync_detailed(*arguments, client=client.api, **keywords)

    async def run() -> Any:
        async with CognitoraAsync(KEY, server.url, 5) as client:
            return await endpoint.asyncio_detailed(*arguments, client=client.api, **keywords)

    return asyncio.run(run())


BOTH = pytest.mark.parametrize("kind", [Cognitora, CognitoraAsync])


@BOTH
def test_a_generated_call_goes_through_the_seam(kind: type, server: Server) -> None:
    server.answers(executed({"type": "stdout", "data": "hi"}))
    answer = call(kind, server, execute_code, body=ExecuteCodeRequest("print('hi')"))
    assert answer.parsed.data.outputs[0].data == "hi"
    headers = server.last.headers
    assert headers["authorization"] == f"Bearer {KEY}"
    assert headers["user-agent"].startswith("cognitora-python/")
    assert len(headers["idempotency-key"]) == 36
    assert headers["content-length"] == str(len(server.last.body))
    assert server.last.json["code"] == "print('hi')"


@BOTH
def test_a_callers_idempotency_key_is_kept(kind: type, server: Server) -> None:
    server.answers(executed())
    call(kind, server, execute_code, body=ExecuteCodeRequest("1"), idempotency_key="mine")
    assert server.last.headers["idempotency-key"] == "mine"


@BOTH
@pytest.mark.usefixtures("no_pauses")
def test_a_generated_call_is_repeated_as_its_operation_allows(kind: type, server: Server) -> None:
    server.answers(reply(503), session())
    assert call(kind, server, get_session, "ses_1").parsed.data.session_id == "ses_1"
    server.answers(reply(503))
    with pytest.raises(ServerError) as raised:
        call(kind, server, execute_code, body=ExecuteCodeRequest("1"))
    assert raised.value.operation == "execute_code"
    assert server.count == 3


@BOTH
def test_a_refusal_of_a_generated_call_is_one_of_our_errors(kind: type, server: Server) -> None:
    server.answers(reply(404, {"error": "no ses_1"}))
    with pytest.raises(NotFoundError, match="no ses_1"):
        call(kind, server, delete_session, "ses_1")


@BOTH
def test_queries_pass(kind: type, server: Server) -> None:
    server.answers(reply(200, {"executions": []}))
    call(kind, server, list_executions, limit=3, status="completed")
    assert server.last.query == {"limit": "3", "offset": "0", "status": "completed"}


def test_bodies_of_bytes_pass(server: Server) -> None:
    server.answers(reply(200, {"path": "a b", "size": 2}))
    file = File(io.BytesIO(b"\x00\xff"))
    call(Cognitora, server, upload_session_file, "ses_1", body=file, path="a b")
    assert (server.last.body, server.last.query) == (b"\x00\xff", {"path": "a b"})


@BOTH
def test_operations_that_look_alike_are_told_apart(kind: type, server: Server) -> None:
    server.answers(reply(200, {"executions": []}), reply(200, {"id": "e"}))
    call(kind, server, list_all_container_executions)
    call(kind, server, get_container_execution, "e")
    assert [r.path for r in server.received] == [
        "/api/v1/compute/containers/executions",
        "/api/v1/compute/containers/executions/e",
    ]


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_every_operation_is_found_by_its_method_and_path(operation: Any) -> None:
    path = operation.path.replace("{", "x").replace("}", "x")
    assert operation_of(operation.method, path) is operation


def test_a_path_outside_the_contract_is_told() -> None:
    with pytest.raises(InvalidRequestError, match="no operation GET /api/v2/x"):
        operation_of("GET", "/api/v2/x")


def test_a_gateways_path_is_passed_over(server: Server) -> None:
    server.in_contract = False
    server.answers(session())
    with Cognitora(KEY, f"{server.url}/gateway") as client:
        found = get_session.sync("ses_1", client=client.api)
    assert found is not None
    assert server.last.target == "/gateway/api/v1/interpreter/sessions/ses_1"


def varied(client: Any, **headers: str) -> Any:
    """A client made of another in all the ways that the generated code has."""
    return client.api.with_headers(headers).with_cookies({"c": "1"}).with_timeout(7)


def test_a_varied_client_goes_through_the_seam_and_leaves_the_original(server: Server) -> None:
    server.otherwise = session()
    with Cognitora(KEY, server.url, 5) as client:
        get_session.sync("ses_1", client=client.api)
        get_session.sync("ses_1", client=varied(client, **{"X-Mine": "yes"}))
        get_session.sync("ses_1", client=client.api)
    assert {r.headers["authorization"] for r in server.received} == {f"Bearer {KEY}"}
    assert [r.headers.get("x-mine") for r in server.received] == [None, "yes", None]
    assert [r.headers.get("cookie") for r in server.received] == [None, "c=1", None]
    assert server.connections == 1


@pytest.mark.usefixtures("no_pauses")
async def test_a_varied_async_client_does_too(server: Server) -> None:
    server.answers(reply(503), session(), silent)
    async with CognitoraAsync(KEY, server.url, 5) as client:
        await get_session.asyncio("ses_1", client=varied(client))
        with pytest.raises(APITimeoutError, match=r"0\.2 s"):
            await get_session.asyncio("ses_1", client=client.api.with_timeout(httpx.Timeout(0.2)))


async def test_the_other_half_of_the_endpoints_is_named(server: Server) -> None:
    body = ExecuteCodeRequest("1")
    async with CognitoraAsync(KEY, server.url) as client:
        with pytest.raises(InvalidRequestError, match="use Cognitora"), client.api:
            pass
        with pytest.raises(InvalidRequestError, match=r"use Cognitora\(…\)\.api"):
            execute_code.sync(body=body, client=client.api)
    with Cognitora(KEY, server.url) as blocking:
        with pytest.raises(InvalidRequestError, match="use CognitoraAsync"):
            async with blocking.api:
                pass
        with pytest.raises(InvalidRequestError, match=r"use CognitoraAsync\(…\)\.api"):
            await execute_code.asyncio(body=body, client=blocking.api)
    assert server.count == 0


@BOTH
@pytest.mark.parametrize("body", [b"<html>Welcome</html>", b"", b"[]", b'{"data": {}}'])
def test_a_success_that_cannot_be_read_is_one_of_our_errors(
    kind: type, server: Server, body: bytes
) -> None:
    server.answers(reply(200, body=body))
    with pytest.raises(InvalidResponseError, match="can't be read") as raised:
        call(kind, server, get_session, "ses_1")
    assert raised.value.operation == "get_session"


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"timeout_seconds": "1"}'])
def test_a_body_of_ones_own_is_left_to_the_server(server: Server, body: bytes) -> None:
    server.in_contract = False
    server.answers(reply(400, {"error": "no code"}))
    with Cognitora(KEY, server.url) as client, pytest.raises(BadRequestError, match="no code"):
        client.api.get_httpx_client().post("/api/v1/interpreter/execute", content=body)
