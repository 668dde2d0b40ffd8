from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.conftest import Runtime


@pytest.fixture
async def live(runtime: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    """A client that reads answers as they come, which those that check them can't."""
    headers = {"Authorization": f"Bearer {runtime.api_key}"}
    async with httpx.AsyncClient(
        base_url=runtime.base_url, headers=headers, timeout=60, verify=False
    ) as client:
        yield client
