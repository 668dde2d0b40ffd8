"""Bodies, read while they come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from starlette.requests import Request
from starlette.types import Message

from cognitora_local.http import requests
from cognitora_local.http.errors import ApiError
from cognitora_local.http.requests import FileBody


def body_of(*pieces: bytes, then: Callable[[], object]) -> Request:
    """A request of which these pieces come, and then what `then` awaits."""
    waiting = [*pieces]

    async def receive() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(0), "more_body": True}
        await then()  # type: ignore[misc]
        raise AssertionError

    return Request({"type": "http", "headers": []}, receive)


async def _used(body: FileBody) -> None:
    """Read it, and give way to whatever is due whenever a piece has come."""
    async for _ in body:
        for _ in range(3):
            await asyncio.sleep(0)


async def test_who_sends_nothing_more_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "STALL_SECONDS", 0.05)
    body = FileBody(body_of(b"some", b"more", then=asyncio.Event().wait), 100)
    assert not body.begun
    pieces = aiter(body)
    assert [await anext(pieces), await anext(pieces)] == [b"some", b"more"]
    with pytest.raises(ApiError, match="Nothing of the body has come") as raised:
        await anext(pieces)
    assert (raised.value.status, raised.value.code) == (400, "upload_stalled")
    assert body.begun


async def test_who_is_slow_to_take_isnt_blamed_on_who_sends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The time counts while the next piece is waited for, and not while one is used."""
    monkeypatch.setattr(requests, "STALL_SECONDS", 0.0)
    body = FileBody(body_of(b"some", b"more", then=asyncio.Event().wait), 7)
    with pytest.raises(ApiError, match="longer than 7 bytes"):
        await _used(body)
