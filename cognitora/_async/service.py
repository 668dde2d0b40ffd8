"""What the parts of both services are built on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .wire import AsyncWire


class AsyncService:
    """Some of the API's operations, on one wire."""

    def __init__(self, wire: AsyncWire) -> None:
        self._wire = wire

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self._wire.config.base_url!r})"
