"""Ports of containers in tests."""

from __future__ import annotations

from typing import Any

import httpx

from tests.addresses import listens
from tests.containers.conftest import CONTAINERS
from tests.runtime.conftest import until

PORT = 8000
SERVER = ("sh", "-c", f"cd /tmp && echo hello > index.html && exec httpd -f -p {PORT}")


async def expose(http: httpx.AsyncClient, container: str, port: int = PORT) -> httpx.Response:
    return await http.put(f"{CONTAINERS}/{container}/ports", params={"port": str(port)})


async def exposed(http: httpx.AsyncClient, container: str) -> dict[str, Any]:
    answer = await expose(http, container)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def asked(found: dict[str, Any]) -> str:
    """What the server says, once it is there."""
    said: list[str] = []
    async with httpx.AsyncClient(trust_env=False) as browser:

        async def answers() -> bool:
            try:
                said[:] = [(await browser.get(found["url"], timeout=30)).text]
            except httpx.TransportError:
                return False
            return True

        await until(answers)
    return said[0]


async def gone(found: dict[str, Any]) -> None:
    """Wait until the port isn't there any more."""

    async def is_gone() -> bool:
        return not listens(found["address"])

    await until(is_gone)
