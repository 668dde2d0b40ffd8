"""The container engine, started when it is first needed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..engine import EngineError, EngineOptions
from ..http.errors import ApiError

if TYPE_CHECKING:
    from ..engine import Container, Engine

log = logging.getLogger("cognitora_local")


class LazyEngine:
    """Starts the engine at the first call that needs it, once for all who ask meanwhile.

    A start that fails is an error for those who waited for it; the next call tries again.
    """

    def __init__(self, options: EngineOptions, data_dir: Path) -> None:
        self._options = options
        self._data_dir = data_dir
        self._starting: asyncio.Task[Engine] | None = None
        self._found = False

    async def get(self) -> Engine:
        """The engine.

        Raises:
            ApiError: 501, when there is none, or none that keeps what containers are promised; 503,
                when the one that was there is lost.
        """
        if self._starting is None:
            self._begin(self._start())
        assert self._starting is not None
        try:
            # Whoever goes away meanwhile doesn't take the engine away from the others.
            return await asyncio.shield(self._starting)
        except EngineError as error:
            raise (engine_unavailable(error) if self._found else engine_missing(error)) from error

    async def find(self) -> dict[str, Container]:
        """What the engine has of this runtime's containers. One that doesn't answer is replaced.

        Raises:
            ApiError: 503, when there is no engine any more.
        """
        engine = await self.get()
        try:
            return await engine.find()
        except EngineError as error:
            log.warning("The engine is started again. %s", error)
            self._replace(engine)
        try:
            return await (await self.get()).find()
        except EngineError as error:
            raise engine_unavailable(error) from error

    async def close(self) -> None:
        """End the engine with all its containers, if it was started."""
        if self._starting is None:
            return
        try:
            await (await self._starting).close()
        except EngineError as error:
            log.error("Containers may be left behind, for the next runtime to remove. %s", error)

    async def _start(self) -> Engine:
        if self._options.refused is not None:
            raise EngineError(self._options.refused)
        # Imported now, beside the event loop: see the package.
        found = await asyncio.to_thread(import_module, "..engine.engine", __package__)
        started: Engine = await found.Engine.start(self._options, self._data_dir)
        return started

    def _begin(self, start: Coroutine[Any, Any, Engine]) -> None:
        self._starting = asyncio.create_task(start)
        self._starting.add_done_callback(self._started)

    def _started(self, starting: asyncio.Task[Engine]) -> None:
        if starting.cancelled() or starting.exception() is not None:
            self._starting = None
        else:
            self._found = True

    def _replace(self, lost: Engine) -> None:
        """Start another, unless somebody else does."""
        starting = self._starting
        if starting is not None and starting.done() and starting.result() is lost:
            self._begin(self._restart(lost))

    async def _restart(self, lost: Engine) -> Engine:
        with suppress(EngineError):
            await lost.close(keep=True)
        return await self._start()


def engine_missing(error: EngineError) -> ApiError:
    """This machine has no engine that can be used: somebody has to do what the message says.

    Not a 503, which clients ask again at once.
    """
    return ApiError(501, "engine_unavailable", str(error))


def engine_unavailable(error: EngineError) -> ApiError:
    """A promise of the engine that can't be kept: nothing is run with less."""
    return ApiError(503, "engine_unavailable", str(error))
