"""Sessions that are given a new end, and words by which they are found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.runtime.conftest import SESSIONS, open_session, refusal, run, until


async def patch(http: httpx.AsyncClient, session: str, **body: Any) -> httpx.Response:
    return await http.patch(f"{SESSIONS}/{session}", json=body)


async def test_a_session_lives_longer(http: httpx.AsyncClient) -> None:
    session = await open_session(http, timeout_seconds=2)
    before = datetime.now(UTC)
    told = (await patch(http, session, timeout_seconds=3600)).json()["data"]
    left = datetime.fromisoformat(told["expires_at"]) - before
    assert timedelta(seconds=3600) <= left < timedelta(seconds=3700)
    other = await open_session(http, timeout_seconds=2)

    async def other_has_expired() -> bool:
        return (await http.get(f"{SESSIONS}/{other}")).status_code == 404

    await until(other_has_expired)  # by when the first would have been over, too
    assert (await run(http, "1", session_id=session))["data"]["status"] == "completed"


async def test_a_session_ends_sooner(http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    moment = datetime.now(UTC) + timedelta(seconds=1)
    answer = await patch(http, session, expires_at=moment.isoformat())
    assert answer.status_code == 200, answer.text

    async def gone() -> bool:
        return (await http.get(f"{SESSIONS}/{session}")).status_code == 404

    await until(gone)
    refusal(await patch(http, session, timeout_seconds=60), 404, "session_expired")


@pytest.mark.parametrize(
    "body", [{}, {"timeout_seconds": 0}, {"expires_at": "2000-01-01T00:00:00Z"}]
)
async def test_an_end_that_cant_be(
    http: httpx.AsyncClient, wrong: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    session = await open_session(http)
    assert (await patch(wrong, session, **body)).status_code == 400
    assert (await run(http, "1", session_id=session))["data"]["status"] == "completed"


async def names(http: httpx.AsyncClient, metadata: str) -> set[str]:
    answer = await http.get(SESSIONS, params={"metadata": metadata})
    assert answer.status_code == 200, answer.text
    return {each["session_id"] for each in answer.json()["data"]["sessions"]}


async def test_sessions_are_found_by_their_words(http: httpx.AsyncClient) -> None:
    odd = {"team": "blue", "a \"'% name": "ü'"}
    one = await open_session(http, metadata=odd)
    two = await open_session(http, metadata={"team": "blue"})
    none = await open_session(http)
    found = (await http.get(f"{SESSIONS}/{one}")).json()["data"]["metadata"]
    assert found == odd
    assert await names(http, '{"team": "blue"}') >= {one, two}
    assert none not in await names(http, '{"team": "blue"}')
    assert await names(http, '{"team": "blue", "a \\"\'% name": "ü\'"}') == {one}
    assert await names(http, '{"team": "Blue"}') == set()


@pytest.mark.parametrize("metadata", ["[]", "{", "1", '{"a": 1}', "nonsense", "[" * 10_000])
async def test_words_that_are_none(wrong: httpx.AsyncClient, metadata: str) -> None:
    answer = await wrong.get(SESSIONS, params={"metadata": metadata})
    assert refusal(answer, 400, "invalid_request").startswith("`metadata` must ")


@pytest.mark.parametrize(
    "metadata",
    [{"a": 1}, {"": "a"}, {"a" * 256: "a"}, {"a": "b" * 1025}, {str(n): "" for n in range(65)}],
)
async def test_words_that_a_session_cant_have(wrong: httpx.AsyncClient, metadata: Any) -> None:
    answer = await wrong.post(SESSIONS, json={"metadata": metadata})
    refusal(answer, 400, "invalid_request")
