"""Whether a runtime goes on, and can take work: what those who look after it ask, without a key."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .responses import json_response

LIVE, READY = "/healthz", "/readyz"
PATHS = frozenset((LIVE, READY))
"""Answered without a key: they tell nothing of anybody."""

PATIENCE_SECONDS = 2.0
"""How long each check may take."""

Check = Callable[[], Awaitable[bool]]


def health_routes(checks: dict[str, Check]) -> list[Route]:
    """The routes of both. The runtime can take work where all of `checks`, which have names, say so."""

    async def live(_: Request) -> Response:
        return json_response({"status": "ok"})

    async def ready(_: Request) -> Response:
        found = await asyncio.gather(*(passes(check) for check in checks.values()))
        failed = [name for name, passed in zip(checks, found, strict=True) if not passed]
        if failed:
            return json_response({"status": "unavailable", "failed": failed}, 503)
        return json_response({"status": "ok"})

    return [Route(LIVE, live), Route(READY, ready)]


async def passes(check: Check) -> bool:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await check()
    except Exception:  # noqa: BLE001  # whatever it is, it can't take work
        return False
