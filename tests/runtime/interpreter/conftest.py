"""A session and its files."""

from __future__ import annotations

import httpx
import pytest

from tests.filesystem import Files
from tests.runtime.conftest import SESSIONS, open_session


@pytest.fixture
async def session(http: httpx.AsyncClient) -> str:
    return await open_session(http)


@pytest.fixture
def files(http: httpx.AsyncClient, session: str) -> Files:
    return Files(http, f"{SESSIONS}/{session}")
