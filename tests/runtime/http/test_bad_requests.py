from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from cognitora_local.http.app import LINGER_SECONDS
from cognitora_local.http.errors import ApiError
from cognitora_local.interpreter.admission import language_of
from tests import contract as contracts
from tests.conftest import Runtime
from tests.runtime.conftest import (
    EXECUTE,
    EXECUTIONS,
    SESSIONS,
    Process,
    Start,
    client,
    open_session,
    refusal,
)

MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "missing_api_key"),
        ({"Authorization": "Bearer"}, "missing_api_key"),
        ({"Authorization": "Basic a2V5"}, "missing_api_key"),
        ({"Authorization": "Bearer cgk_wrong"}, "invalid_api_key"),
        ({"Authorization": "Bearer cgk_wr\u00f6ng".encode()}, "invalid_api_key"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_request_without_a_key_that_is_known(
    runtime: Runtime, headers: dict[str, Any], code: str, method: str
) -> None:
    async with httpx.AsyncClient(base_url=runtime.base_url, verify=False) as http:
        answer = await http.request(method, SESSIONS, headers=headers)
    sentence = refusal(answer, 401, code)
    assert "Authorization: Bearer" in sentence
    assert "cgk" not in answer.text


async def test_each_key_is_the_same_account(
    runtime: Runtime, http: httpx.AsyncClient, contract: contracts.Contract
) -> None:
    session = await open_session(http)
    async with client(contract, runtime.base_url, runtime.other_key) as other:
        assert (await other.get(f"{SESSIONS}/{session}")).status_code == 200


async def test_every_answer_has_a_request_id_of_our_own(wrong: httpx.AsyncClient) -> None:
    theirs = {"X-Request-Id": "req_theirs"}
    answers = [
        await wrong.get(SESSIONS, headers=theirs),
        await wrong.get("/nowhere", headers=theirs),
        await wrong.put(SESSIONS, headers=theirs),
    ]
    ids = {answer.headers["X-Request-Id"] for answer in answers}
    assert len(ids) == 3
    assert all(each.startswith("req_") and each != "req_theirs" for each in ids)
    assert {answer.headers["X-Cognitora-Features"] for answer in answers} == {
        "idempotency, streaming, wait, files, filesystem, after, outputs, ports, "
        "processes, exec, stdin, update, metadata, egress, session_networking"
    }


async def test_an_unknown_path(wrong: httpx.AsyncClient) -> None:
    for path in ("/", "/api/v1/interpreter", "/api/v1/interpreter/sessions/", "/API/v1/sessions"):
        refusal(await wrong.get(path), 404, "unknown_path")


async def test_a_method_that_the_path_does_not_take(wrong: httpx.AsyncClient) -> None:
    answer = await wrong.patch(SESSIONS)
    assert "GET" in refusal(answer, 405, "method_not_allowed")
    assert {method.strip() for method in answer.headers["Allow"].split(",")} == {
        "GET",
        "HEAD",
        "POST",
    }


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "`code` is missing."),
        ({"code": 1}, "`code` must be text, not a number."),
        ({"code": None}, "`code` must be text, not null."),
        ([], "The body must be an object, not a list."),
        (
            {"code": "1", "language": "cobol"},
            '`language` must be "python", "javascript" or "bash"; it is "cobol".',
        ),
        (
            {"code": "1", "timeout_seconds": 0},
            "`timeout_seconds` must be at least 1; it is 0.",
        ),
        (
            {"code": "1", "timeout_seconds": -5},
            "`timeout_seconds` must be at least 1; it is -5.",
        ),
        (
            {"code": "1", "timeout_seconds": 1.5},
            "`timeout_seconds` must be a whole number, not a number.",
        ),
        ({"code": "1", "networking": "no"}, "`networking` must be true or false, not text."),
        ({"code": "1", "session_id": ""}, '`session_id` must not be empty; it is "".'),
        (
            {"code": "1", "environment": {"A": 1}},
            "`environment.A` must be text, not a number.",
        ),
        ({"code": "1", "environment": {"": "x"}}, "The names in `environment` must not be empty."),
        ({"code": "1", "files": [{"name": "a"}]}, "`files[0].content` is missing."),
        (
            {"code": "1", "files": [{"name": "a", "content": "", "encoding": "hex"}]},
            '`files[0].encoding` must be "string" or "base64"; it is "hex".',
        ),
        (
            {"code": "1", "timeout": 5},
            "The body has the unknown field `timeout`. Known here: code, language, session_id, "
            "files, timeout_seconds, environment, networking, stdin, egress.",
        ),
        ({"code": 1, "language": 2}, "`code` must be text, not a number."),
        ({"code": "1", "timeout_seconds": 10**400}, "must be between 1 and 1000000000 here"),
    ],
)
async def test_a_wrong_body(wrong: httpx.AsyncClient, body: Any, sentence: str) -> None:
    found = refusal(await wrong.post(EXECUTE, json=body), 400, "invalid_request")
    assert sentence in found


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            {"expires_at": "tomorrow"},
            "`expires_at` must be a date and time with its zone, such as 2030-01-31T12:00:00Z; "
            'it is "tomorrow".',
        ),
        (
            {"expires_at": "2001-01-01T00:00:00Z"},
            "`expires_at` is past: 2001-01-01T00:00:00Z. Give a later time.",
        ),
        (
            {"expires_at": "9999-12-31T23:59:59-23:59"},
            "`expires_at` isn't a moment that can be reckoned with: 9999-12-31T23:59:59-23:59.",
        ),
        (
            {"timeout_seconds": 10**15},
            "`timeout_seconds` must be between 1 and 1000000000 here; it is 1000000000000000.",
        ),
        (
            {"resources": {"memory_mb": 8}},
            "`resources.memory_mb` must be between 64 and 16777216 here; it is 8.",
        ),
        (
            {"resources": {"cpu_cores": 1e308}},
            "`resources.cpu_cores` must be between 0.01 and 1024 here; it is 1e+308.",
        ),
        (
            {"resources": {"storage_gb": 10**400}},
            "`resources.storage_gb` must be between 0.01 and 16384 here; it is 1000",
        ),
        (
            {"resources": {"cpu_cores": 0}},
            "`resources.cpu_cores` must be greater than 0; it is 0.",
        ),
        (
            {"resources": {"cpus": 1}},
            "`resources` has the unknown field `cpus`. "
            "Known here: cpu_cores, memory_mb, storage_gb.",
        ),
        (
            {"environment": {"A": "secret" * 20_000}},
            "The environment variable 'A' has more than 100000 bytes. Send it as a file.",
        ),
        (
            {"environment": {f"A{n}": "secret" for n in range(1001)}},
            "`environment` must have at most 1000 variables here.",
        ),
        (
            {"environment": {"A=B": "secret"}},
            "The environment variable 'A=B' can't be set: a name may hold no `=`, "
            "and neither a name nor a value a NUL.",
        ),
    ],
)
async def test_a_wrong_session(
    wrong: httpx.AsyncClient, body: dict[str, Any], sentence: str
) -> None:
    answer = await wrong.post(SESSIONS, json=body)
    assert sentence in refusal(answer, 400, "invalid_request")
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{'code': 1}",
        b"{",
        b"\xff",
        b'{"code": NaN}',
        b'{"code": "\\ud800"}',
        b'{"timeout_seconds": ' + b"9" * 5000 + b"}",
    ],
    ids=["empty", "quotes", "half", "latin", "nan", "surrogate", "digits"],
)
async def test_a_body_that_is_not_json(runtime: Runtime, content: bytes) -> None:
    headers = {"Content-Type": JSON, "Authorization": f"Bearer {runtime.api_key}"}
    async with httpx.AsyncClient(base_url=runtime.base_url, headers=headers, verify=False) as http:
        sentence = refusal(await http.post(EXECUTE, content=content), 400, "invalid_json")
    assert "JSON" in sentence or "UTF-8" in sentence


JSON = "application/json"


async def test_a_body_of_another_type(wrong: httpx.AsyncClient) -> None:
    answer = await wrong.post(EXECUTE, data={"code": "1"})
    assert JSON in refusal(answer, 400, "wrong_content_type")


def test_a_language_that_the_contract_has_and_the_runtime_has_not() -> None:
    with pytest.raises(ApiError, match=r"doesn't run cobol; it runs .*python") as refused:
        language_of({"language": "cobol"}, None)
    assert refused.value.status == 501


async def test_code_over_the_limit(http: httpx.AsyncClient) -> None:
    sentence = refusal(
        await http.post(EXECUTE, json={"code": "é" * (MIB // 2 + 1)}), 413, "code_too_large"
    )
    assert str(MIB) in sentence
    fits = {"code": "#".ljust(MIB), "networking": False}
    assert (await http.post(EXECUTE, json=fits)).status_code == 200


async def test_a_body_over_the_limit_is_refused_unread(runtime: Runtime) -> None:
    """The answer comes though the body never does: nobody has waited for it."""
    async with connection(runtime) as (reader, writer):
        writer.write(head(runtime, EXECUTE, f"Content-Length: {10**12}"))
        status = await asyncio.wait_for(reader.readline(), 10)
    assert status.startswith(b"HTTP/1.1 413 ")


async def test_a_large_body_sees_its_refusal(runtime: Runtime) -> None:
    """A sender that writes all before it reads gets the answer, not a broken connection."""
    headers = {"Content-Type": JSON, "Authorization": f"Bearer {runtime.api_key}"}
    async with httpx.AsyncClient(base_url=runtime.base_url, headers=headers, verify=False) as http:
        answer = await http.post(EXECUTE, content=bytes(40 * MIB))
        assert str(32 * MIB) in refusal(answer, 413, "body_too_large")
        answer = await http.post(EXECUTE, content=bytes(40 * MIB), headers={"Authorization": ""})
        refusal(answer, 401, "missing_api_key")


async def test_a_slow_sender_sees_its_refusal(runtime: Runtime) -> None:
    """One that takes longer than the runtime waits for a piece, but never as long between two."""
    async with connection(runtime) as (reader, writer):
        writer.write(head(runtime, EXECUTE, f"Content-Length: {MIB * 40}"))
        for _ in range(int(LINGER_SECONDS / 0.5) + 2):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.5)  # the pace of the sender is what this is about
        assert (await reader.readline()).startswith(b"HTTP/1.1 413 ")
        assert not reader.at_eof()


async def test_a_body_without_a_length_is_refused_where_it_passes_the_limit(
    start: Start, http_of: Callable[[Process], httpx.AsyncClient]
) -> None:
    runtime = await start("--max-body-bytes", "1000", "--max-code-bytes", "100")
    async with http_of(runtime) as http:

        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(100):
                yield b" " * 100

        answer = await http.post(EXECUTE, content=pieces(), headers={"Content-Type": JSON})
        assert "1000" in refusal(answer, 413, "body_too_large")
        answer = await http.post(EXECUTE, json={"code": "x" * 101})
        assert "100" in refusal(answer, 413, "code_too_large")


async def test_a_body_that_breaks_off_is_not_run(runtime: Runtime, http: httpx.AsyncClient) -> None:
    before = (await http.get(EXECUTIONS, params={"limit": 1})).json()
    body = json.dumps({"code": "print(1)"}).encode()
    async with connection(runtime) as (reader, writer):
        writer.write(head(runtime, EXECUTE, f"Content-Length: {len(body) + 1}") + body)
        writer.write_eof()
        assert await asyncio.wait_for(reader.read(), 10) == b""
    assert (await http.get(EXECUTIONS, params={"limit": 1})).json() == before


@asynccontextmanager
async def connection(
    runtime: Runtime,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    url = httpx.URL(runtime.base_url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        await writer.wait_closed()


def head(runtime: Runtime, path: str, *headers: str) -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: runtime",
        f"Authorization: Bearer {runtime.api_key}",
        f"Content-Type: {JSON}",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


AMBIGUOUS = {
    "two ends of a body": (("Content-Length: 5", "Transfer-Encoding: chunked"), "told twice"),
    "two keys of the account": (("Authorization: Bearer other",), "Authorization"),
    "two idempotency keys": (("Idempotency-Key: a", "Idempotency-Key: b"), "Idempotency-Key"),
    "two content types": (("Content-Type: text/plain",), "Content-Type"),
    "a packed body": (("Content-Encoding: gzip",), "packed (gzip)"),
}


@pytest.mark.parametrize(("lines", "sentence"), AMBIGUOUS.values(), ids=AMBIGUOUS.keys())
async def test_what_a_proxy_could_take_for_something_else_is_refused(
    runtime: Runtime, http: httpx.AsyncClient, lines: tuple[str, ...], sentence: str
) -> None:
    """And nothing of what comes after it is taken for a request of its own."""
    before = (await http.get(EXECUTIONS, params={"limit": 1})).json()
    body = json.dumps({"code": "print(1)"}).encode()
    framed = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    if not any("Content-Length" in line for line in lines):
        lines, framed = (*lines, f"Content-Length: {len(body)}"), body
    async with connection(runtime) as (reader, writer):
        writer.write(head(runtime, EXECUTE, *lines) + framed + head(runtime, "/next", ""))
        answer = (await asyncio.wait_for(reader.read(), 10)).decode()
    assert answer.startswith("HTTP/1.1 400 ")
    assert sentence in answer
    assert answer.count("HTTP/1.1 ") == 1
    assert (await http.get(EXECUTIONS, params={"limit": 1})).json() == before
