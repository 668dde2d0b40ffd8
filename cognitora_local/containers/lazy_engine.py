"""The container engine, started when it is first needed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any

from ..engine import ContainerBackend, EngineError, MadeContainer
from ..http.errors import ApiError

log = logging.getLogger("cognitora_local")


class LazyEngine:
    """Starts the engine at the first call that needs it, once for all who ask meanwhile.

    A start that fails is an error for those who waited for it; the next call tries again.
    """

    def __init__(self, start: Callable[[], Awaitable[ContainerBackend]]) -> None:
        self._start = start
        self._starting: asyncio.Task[ContainerBackend] | None = None
        self._found = False

    async def get(self) -> ContainerBackend:
        """The engine.

        Raises:
            ApiError: 501, when there is none, or none that keeps what containers are promised; 503,
                when the one that was there is lost.
        """
        if self._starting is None:
            self._begin(self._begun())
        assert self._starting is not None
        try:
            # Whoever goes away meanwhile doesn't take the engine away from the others.
            return await asyncio.shield(self._starting)
        except EngineError as error:
            raise (engine_unavailable(error) if self._found else engine_missing(error)) from error

    async def find(self) -> Mapping[str, MadeContainer]:
        """What the engine has of this runtime's containers. One that doesn't answer is replaced if it can be.

        Raises:
            ApiError: 503, when there is no engine any more.
        """
        engine = await self.get()
        try:
            return await engine.find()
        except EngineError as error:
            if not engine.replaceable:
                raise engine_unavailable(error) from error
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

    async def _begun(self) -> ContainerBackend:
        return await self._start()

    def _begin(self, start: Coroutine[Any, Any, ContainerBackend]) -> None:
        self._starting = asyncio.create_task(start)
        self._starting.add_done_callback(self._started)

    def _started(self, starting: asyncio.Task[ContainerBackend]) -> None:
        if starting.cancelled() or starting.exception() is not None:
            self._starting = None
        else:
            self._found = True

    def _replace(self, lost: ContainerBackend) -> None:
        """Start another, unless somebody else does."""
        starting = self._starting
        if starting is not None and starting.done() and starting.result() is lost:
            self._begin(self._restart(lost))

    async def _restart(self, lost: ContainerBackend) -> ContainerBackend:
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
