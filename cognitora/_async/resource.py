"""What the parts of both services are built on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .base_client import AsyncBaseClient


class AsyncResource:
    """Some of the API's operations, on one client."""

    def __init__(self, client: AsyncBaseClient) -> None:
        self._client = client

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self._client.config.base_url!r})"
