"""The container engine, started when it is first needed."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ..engine import Engine, EngineError, EngineOptions
from ..errors import ApiError


class LazyEngine:
    """Starts the engine at the first call that needs it, once for all who ask meanwhile.

    A start that fails is an error for those who waited for it; the next call tries again.
    """

    def __init__(self, options: EngineOptions, data_dir: Path) -> None:
        self._options = options
        self._data_dir = data_dir
        self._starting: asyncio.Task[Engine] | None = None

    async def get(self) -> Engine:
        """The engine.

        Raises:
            ApiError: 503, when there is none, or none that keeps what containers are promised.
        """
        if self._starting is None:
            self._starting = asyncio.create_task(Engine.start(self._options, self._data_dir))
            self._starting.add_done_callback(self._started)
        try:
            # Whoever goes away meanwhile doesn't take the engine away from the others.
            return await asyncio.shield(self._starting)
        except EngineError as error:
            raise unavailable(error) from error

    async def close(self) -> None:
        """End the engine with all its containers, if it was started."""
        if self._starting is None:
            return
        try:
            engine = await self._starting
        except EngineError:
            return
        await engine.close()

    def _started(self, starting: asyncio.Task[Engine]) -> None:
        if starting.cancelled() or starting.exception() is not None:
            self._starting = None


def unavailable(error: EngineError) -> ApiError:
    """A promise of the engine that can't be kept: nothing is run with less."""
    return ApiError(503, "engine_unavailable", str(error))
