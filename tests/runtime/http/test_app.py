"""What becomes of a failure of the runtime's own."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from cognitora_local.accounts import digest
from cognitora_local.engine import EngineError
from cognitora_local.http.app import App, router_of
from tests.runtime.conftest import refusal

KEY = "cgk_test"


async def fail(request: Request) -> Response:
    raise RuntimeError("something of the inside")


async def fail_for_its_engine(request: Request) -> Response:
    raise EngineError("The engine says no.")


async def fail_late(request: Request) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"half of it"
        raise RuntimeError("something of the inside")

    return StreamingResponse(pieces())


@pytest.fixture
def http() -> httpx.AsyncClient:
    failing = {"/fail": fail, "/fail-late": fail_late, "/engine": fail_for_its_engine}
    app = App({digest(KEY): router_of([Route(path, handler) for path, handler in failing.items()])})
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://runtime",
        headers={"Authorization": f"Bearer {KEY}"},
    )


async def test_an_unforeseen_failure_tells_nothing_of_the_inside(
    http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    async with http:
        answer = await http.get("/fail")
    request_id = answer.headers["X-Request-Id"]
    assert request_id in refusal(answer, 500, "internal")
    assert "inside" not in answer.text
    (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert request_id in record.getMessage()
    assert "something of the inside" in caplog.text
    assert KEY not in caplog.text


async def test_a_failure_in_the_middle_of_an_answer_cuts_it_off(http: httpx.AsyncClient) -> None:
    async with http:
        with pytest.raises(RuntimeError):  # which the server turns into a cut connection
            await http.get("/fail-late")


async def test_an_engine_that_fails_is_no_fault_of_the_runtime(http: httpx.AsyncClient) -> None:
    """Whoever has called it: a signal to a process goes by it, as the start of one does."""
    async with http:
        said = refusal(await http.get("/engine"), 503, "engine_unavailable")
    assert said == "The engine says no."
