"""The command that a persistent container was started with, beside which it stays up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import count

from ..engine import KILLED, CommandError, ContainerGone, EngineError, MadeContainer, RunningExec
from ..processes.output_writer import OutputWriter
from ..store.containers import ContainerStore
from ..store.models import FAILED, INTERRUPTED, RUNNING, CommandRecord, ContainerRecord
from .exit_reasons import of_code

SETTLE_SECONDS = 1.0
"""How long its last words are waited for when its container has ended."""

LOST_PAUSES = (0.1, 0.5, 2.0, 5.0)
"""Seconds before each attempt to find it again that is out of sight; the last for all that follow."""

log = logging.getLogger("cognitora_local")


class MainCommand:
    """Runs the command in its container; what it prints is the container's logs.

    When the container ends before it, it is left as it is: it ends as its container does.

    Args:
        record: of the command.
        container: of the container.
        inner: the engine's.
        writer: what keeps what it prints.
        store: where it is written down how it went.
        stopping: whether the container is being ended.
        entrypoint: what the image has before each command.
    """

    def __init__(
        self,
        record: CommandRecord,
        container: ContainerRecord,
        inner: MadeContainer,
        writer: OutputWriter,
        store: ContainerStore,
        *,
        stopping: Callable[[], bool],
        entrypoint: Sequence[str] = (),
    ) -> None:
        self._record = record
        self._container = container
        self._stopping = stopping
        self._entrypoint = entrypoint
        self._inner = inner
        self._writer = writer
        self._store = store
        self._task: asyncio.Task[None] | None = None

    def start(self, *, again: bool) -> None:
        """Begin to run it; `again`: take it up where an earlier runtime has left it."""
        self._task = asyncio.create_task(self._guard(again=again))

    async def finish(self) -> None:
        """Let it be over, as its container is."""
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=SETTLE_SECONDS)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _guard(self, *, again: bool) -> None:
        try:
            await self._follow(again=again)
        except CommandError as error:
            self._end(FAILED, str(error), error.exit_code)
        except ContainerGone:
            log.info("Container %s has ended before its command.", self._record.container_id)
        except Exception as error:
            log.exception("The command of container %s failed", self._record.container_id)
            self._end(FAILED, f"The command could not be followed to its end: {error}", None)

    async def _follow(self, *, again: bool) -> None:
        """Run it to its end, however often it gets out of sight meanwhile: its container may go on."""
        for attempt in count():
            try:
                if attempt == 0 or await self._goes_on():
                    await self._run(again=again or attempt > 0)
                return
            except EngineError as error:
                container_id = self._record.container_id
                log.info("The command of container %s is out of sight. %s", container_id, error)
            await asyncio.sleep(LOST_PAUSES[min(attempt, len(LOST_PAUSES) - 1)])

    async def _run(self, *, again: bool) -> None:
        if self._record.ended:
            return
        if engine_id := self._record.engine_id:
            execution = await self._inner.find_exec(engine_id)
        else:
            command = [*self._entrypoint, *self._record.command]
            execution = await self._inner.run_main(command, again=again)
        if execution is None:
            self._end(FAILED, INTERRUPTED, None)
            return
        if not engine_id:
            self._record.status = RUNNING
            self._record.engine_id = execution.engine_id
            self._record.started_at = datetime.now(UTC)
            self._store.update_command(self._record)
        await self._watch(execution, again=again)

    async def _watch(self, execution: RunningExec, *, again: bool) -> None:
        await self._writer.drain(execution.output, again=again, missing=execution.missing)
        code = await execution.wait()
        execution.close()
        if code != KILLED or await self._goes_on():
            exit_reason = of_code(
                code, self._container, out_of_memory=execution.out_of_memory(code)
            )
            self._end(exit_reason.status, exit_reason.reason, exit_reason.exit_code)

    async def _goes_on(self) -> bool:
        """Whether its container does."""
        return not self._stopping() and (await self._inner.state()).running

    def _end(self, status: str, reason: str | None, exit_code: int | None) -> None:
        self._record.status, self._record.reason = status, reason
        self._record.exit_code = exit_code
        self._record.completed_at = datetime.now(UTC)
        self._store.update_command(self._record)
