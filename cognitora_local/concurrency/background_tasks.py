"""Work that nobody waits for, and that is done all the same before the runtime ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine

FINISH_SECONDS = 15.0
"""How long all together may take once the runtime is to end."""

LAST_SECONDS = 2.0
"""What was cancelled has so long to end itself."""

log = logging.getLogger("cognitora_local")


class BackgroundTasks:
    """Tasks that are held on to until they are done. One that fails is logged."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    async def finish(self) -> None:
        """Wait until all are done, those too that begin meanwhile. What takes too long is cancelled."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + FINISH_SECONDS
        while self._tasks and loop.time() < deadline:
            await asyncio.wait(self._tasks, timeout=deadline - loop.time())
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            log.error("%d pieces of cleaning up are given up", len(self._tasks))
            await asyncio.wait(self._tasks, timeout=LAST_SECONDS)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("Cleaning up failed", exc_info=error)
