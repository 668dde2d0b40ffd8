"""Containers that have ended: what the engine still has of them goes."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from ..concurrency.changes import wait_for
from ..engine import EngineError, MadeContainer
from ..http.errors import ApiError
from ..store.containers import ContainerStore
from ..store.database import RETRY_SECONDS
from .lazy_engine import LazyEngine
from .running import KILL_PAUSE_SECONDS

MAX_PAUSE_SECONDS = 60.0
"""Between two attempts, the longest pause."""

log = logging.getLogger("cognitora_local")


class Removal:
    """Has an engine let go of containers, however often that is to be tried.

    Args:
        engine: what has them.
        store: where it is noted down that it has them no more.
        stopped: set when the runtime ends; the next one goes on with it.
    """

    def __init__(self, engine: LazyEngine, store: ContainerStore, stopped: asyncio.Event) -> None:
        self._engine = engine
        self._store = store
        self._stopped = stopped
        self._at_work: set[str] = set()

    async def remove(self, container_id: str, inner: MadeContainer | None) -> None:
        """Remove one that has ended, unless that is being tried already."""
        if container_id in self._at_work:
            return
        self._at_work.add(container_id)
        try:
            if await self._may_go(container_id) and await self._let_go(container_id, inner):
                await self._store.mark_removed(container_id)
        finally:
            self._at_work.discard(container_id)

    async def _may_go(self, container_id: str) -> bool:
        """Wait until nobody asks the engine for it any more; False when the runtime ends before.

        Where others have these records too that is when its end is written down: who can't write that may
        have been taken for dead, and another may be about to find out how it ended, and what it has printed.
        """
        while self._store.shared and not await self._store.is_written(container_id):
            if await wait_for(self._stopped, RETRY_SECONDS):
                return False
        return True

    async def _let_go(self, container_id: str, inner: MadeContainer | None) -> bool:
        """Have the engine remove it; False when the runtime ends before."""
        pause = KILL_PAUSE_SECONDS
        while inner is not None:
            try:
                await inner.remove()
            except EngineError as error:
                log.warning("Container %s isn't removed yet. %s", container_id, error)
            else:
                break
            if await wait_for(self._stopped, pause):
                return False
            pause = min(2 * pause, MAX_PAUSE_SECONDS)
            with suppress(ApiError):
                inner = (await self._engine.find()).get(container_id)
        return True
