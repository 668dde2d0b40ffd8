"""One container that hasn't ended: from its image to its end, and what is told of it meanwhile."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from ..concurrency.changes import Changes, wait_for
from ..engine import (
    CommandError,
    ContainerBackend,
    ContainerGone,
    ContainerSpec,
    EngineError,
    Image,
    MadeContainer,
)
from ..http.egress import in_words
from ..processes.output_writer import OutputWriter, cut_notice
from ..sandbox import Refusal
from ..sandbox.refusals import added
from ..sandbox.streams import Stream
from ..store.containers import ContainerStore
from ..store.database import patiently
from ..store.models import RUNNING, CommandRecord, ContainerRecord
from ..store.program_outputs import Kept
from .admission import affordable_seconds, check_end, longest, price_of
from .exit_reasons import LOST, NEVER_STARTED, ExitReason, budget_spent, of_error, of_state, time_up
from .main_command import MainCommand

KILL_PAUSE_SECONDS = 0.05  # after an attempt to kill a container that has failed; then doubled
MAX_PAUSE_SECONDS = 5.0

log = logging.getLogger("cognitora_local")


class EndedBeforeStartError(Exception):
    """It was asked to end before it ran."""


class RunningContainer:
    """A container of ours that hasn't ended.

    Args:
        record: what is known of it; kept up to date here, and in the records.
        main: its own command, if it has one.
        environment: variables for it, beside its image's.
        store: where everything is written down.
        log_bytes: how much of what it prints is kept.
        kept: what an earlier runtime has kept of it.

    Attributes:
        changes: told whenever its status changes, or the records have more of its logs.
        asked: how it was asked to end, from that moment on.
        inner: the engine's container; None until it was made.
    """

    def __init__(
        self,
        record: ContainerRecord,
        main: CommandRecord | None,
        environment: Mapping[str, str],
        *,
        store: ContainerStore,
        log_bytes: int,
        kept: Kept = Kept(),
    ) -> None:
        self.record = record
        self.changes = Changes()
        self.asked: ExitReason | None = None
        self.inner: MadeContainer | None = None
        self._environment = environment
        self._store = store
        self._image: asyncio.Task[Image] | None = None
        self._alarm: asyncio.Task[None] | None = None
        self._killing: asyncio.Task[None] | None = None
        self._in_sight = False
        self._entrypoint: Sequence[str] = ()
        self._main = main
        self._refused: Sequence[Refusal] = ()  # and told
        self._writer = OutputWriter(
            store.outputs,
            log_of(record, main),
            self.changes.notify,
            limit=log_bytes,
            kept=kept,
            notice=cut_notice(log_bytes),
        )

    async def run(self, engine: ContainerBackend, image: asyncio.Task[Image]) -> None:
        """Its whole life, from its image to its end. When this returns, its record is final.

        Raises:
            EngineError: it was started, and the engine tells no more of it.
        """
        self._image = image
        await self._to_the_end(self._run(engine, image))

    async def resume(self, inner: MadeContainer, *, left: bool = False) -> None:
        """The rest of the life of one that was started before.

        `left`: by an earlier runtime, whose commands but its own are ended: nobody waits for them.

        Raises:
            EngineError: the engine tells no more of it.
        """
        before, self.inner = self.inner, inner
        inner.term = self.record.term
        await self._to_the_end(self._go_on(inner, before, left=left))

    async def lose(self) -> None:
        """The end of one that was made before, and that the engine doesn't have."""
        self._end(self.asked or (LOST if self.record.started_at else NEVER_STARTED))

    async def give_up(self, error: EngineError) -> None:
        """The end of one that nobody can be asked about any more."""
        self._end(of_error(error, self.record.id, self.asked))

    def stop(self, exit_reason: ExitReason) -> None:
        """End it, with this as its end. Does nothing when it is being ended already."""
        if self.asked is not None or self.record.ended:
            return
        self.asked = exit_reason
        if self._image is not None:
            self._image.cancel()
        if self.inner is not None:
            self._killing = asyncio.create_task(self._kill(self.inner))

    async def extend(
        self, expires_at: datetime, timeout_seconds: int | None, *, life_seconds: float | None
    ) -> None:
        """Give it a new end. `life_seconds` is how long its engine lets it live; None: for good.

        Raises:
            ApiError: 400, when it doesn't live so long.
        """
        check_end(self.record, expires_at, life_seconds)
        self.record.expires_at = expires_at
        self.record.timeout_seconds = timeout_seconds
        self._set_alarm()
        await self._store.update_container(self.record)

    def flush(self) -> None:
        """Put into the records all that it has printed until now."""
        self._writer.flush()

    async def tell_refused(self) -> None:
        """Say in its logs what it wanted to reach and wasn't let, since they said so last."""
        if self.inner is None or self.record.ended:
            return
        found = await self.inner.refused()
        if not self.record.ended:  # else they were told to their end meanwhile
            self._writer.say(map(in_words, added(self._refused, found)))
            self._refused = found

    async def begun(self) -> None:
        """Wait until it runs in our sight, with its network, or has ended."""
        while not self._in_sight and not self.record.ended:
            await self.changes.next.wait()

    async def ended(self, seconds: float) -> bool:
        """Wait until it has ended; False when the time was over before."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while not self.record.ended and loop.time() < deadline:
            await wait_for(self.changes.next, deadline - loop.time())
        return self.record.ended

    async def _run(self, engine: ContainerBackend, image: asyncio.Task[Image]) -> ExitReason:
        self._set_alarm()
        spec = spec_of(self.record, self._environment, await image)
        self._entrypoint = spec.image.entrypoint
        self._check_may_start()
        self.inner = await engine.create(spec)
        self._check_may_start()
        self._note_start(await self.inner.start())
        return await self._watch(self.inner)

    async def _go_on(
        self, inner: MadeContainer, before: MadeContainer | None, *, left: bool
    ) -> ExitReason:
        if before is None or not await inner.take_over(before):
            self._refused = ()
        return await self._run_on(inner, left=left)

    async def _run_on(self, inner: MadeContainer, *, left: bool) -> ExitReason:
        state = await inner.state()
        began = state.started_at
        if state.starting:
            self._set_alarm()
            if self.asked is not None:
                await self._kill(inner)
            began = await inner.start()
        elif state.running:
            with suppress(EngineError):  # it may do without a network
                await inner.reconnect()
        if began is None:
            return NEVER_STARTED
        if left and self.record.persistent and (state.starting or state.running):
            own = None if self._main is None else self._main.engine_id
            with suppress(ContainerGone, EngineError):
                await inner.end_commands(but=own)
        self._note_start(began)
        return await self._watch(inner, again=True)

    async def _watch(self, inner: MadeContainer, *, again: bool = False) -> ExitReason:
        if self.asked is not None:  # when it was no longer made and not yet running
            await self._kill(inner)
        if not self.record.persistent:
            # Its logs are one: they are kept as its engine keeps them.
            await self._writer.drain(_as_stdout(inner.output), again=again)
            state = await inner.wait()
        else:
            main = self._start_main(inner, again=again)
            try:
                async for _ in inner.output:  # nothing but its end: its init prints nothing
                    pass
                state = await inner.wait()
            finally:
                if main is not None:
                    await main.finish()
        await self.tell_refused()
        return of_state(state, self.record, self.asked)

    def _start_main(self, inner: MadeContainer, *, again: bool) -> MainCommand | None:
        """The command of a persistent container, if it has one, begun."""
        if self._main is None:
            return None
        main = MainCommand(
            self._main,
            self.record,
            inner,
            self._writer,
            self._store,
            stopping=lambda: self.asked is not None,
            entrypoint=self._entrypoint,
        )
        main.start(again=again)
        return main

    async def _to_the_end(self, life: Coroutine[Any, Any, ExitReason]) -> None:
        try:
            exit_reason = await life
        except asyncio.CancelledError:
            if self.asked is None:
                raise
            exit_reason = self.asked
        except EngineError as error:
            if self.record.status == RUNNING:
                self._in_sight = False
                raise  # it may run on
            exit_reason = of_error(error, self.record.id, self.asked)
        except CommandError as error:
            self.record.started_at = None  # nothing but its init was
            if self._main is not None:
                self._main.started_at = None
            exit_reason = of_error(error, self.record.id, self.asked)
        except Exception as error:  # noqa: BLE001  # whatever it is, the container has an end
            exit_reason = of_error(error, self.record.id, self.asked)
        self._end(exit_reason)

    async def _kill(self, inner: MadeContainer) -> None:
        """Have it killed, and don't give up before it is: a connection may just have been closed."""
        pause = KILL_PAUSE_SECONDS
        while not self.record.ended and self.inner is inner:
            try:
                await inner.kill()
            except EngineError as error:
                log.warning("Container %s isn't ended yet. %s", self.record.id, error)
                await asyncio.sleep(pause)
                pause = min(2 * pause, MAX_PAUSE_SECONDS)
            else:
                return

    def _check_may_start(self) -> None:
        if self.asked is not None:
            raise EndedBeforeStartError

    def _note_start(self, started_at: datetime) -> None:
        self.record.status = RUNNING
        self.record.started_at = self.record.started_at or started_at
        own = [] if self.record.persistent or self._main is None else [self._main]
        for command in own:
            command.status = RUNNING
            command.started_at = self.record.started_at
        self._store.update_container(self.record, own)
        self._in_sight = True
        self._set_alarm()
        self.changes.notify()

    def _end(self, exit_reason: ExitReason) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self.flush()
        record = self.record
        record.status, record.reason = exit_reason.status, exit_reason.reason
        record.exit_code = exit_reason.exit_code
        record.completed_at = exit_reason.at or datetime.now(UTC)
        record.cost_credits = 0 if exit_reason.free else self._cost(record.completed_at)
        own = [] if self._main is None or self._main.ended else [self._main]
        for command in own:
            command.status, command.reason = exit_reason.status, exit_reason.reason
            command.exit_code = exit_reason.exit_code
            command.completed_at = record.completed_at
        self._store.update_container(record, own)
        self.changes.notify()

    def _cost(self, completed_at: datetime) -> int:
        if self.record.started_at is None:
            return 0
        seconds = max(0.0, (completed_at - self.record.started_at).total_seconds())
        # It is stopped when the time that was paid for is over, and that takes a moment.
        return min(price_of(self.record, seconds), self.record.max_cost_credits)

    def _set_alarm(self) -> None:
        """Have it stopped at the first of its ends."""
        if self._alarm is not None:
            self._alarm.cancel()
        if found := min(self._ends(), key=lambda end: end[0], default=None):
            moment, exit_reason = found
            seconds = max(0.0, (moment - datetime.now(UTC)).total_seconds())
            self._alarm = asyncio.create_task(self._stop_later(seconds, exit_reason))

    async def _stop_later(self, seconds: float, exit_reason: ExitReason) -> None:
        """End it then, if it isn't another gateway's by that time, which may have given it another end."""
        await asyncio.sleep(seconds)
        is_ours = partial(self._store.is_ours, self.record.id)
        if not self._store.shared or await patiently(is_ours):
            self.stop(exit_reason)

    def _ends(self) -> Iterator[tuple[datetime, ExitReason]]:
        record = self.record
        if record.expires_at is not None:
            yield record.expires_at, time_up(record)
        elif record.started_at is not None and record.timeout_seconds is not None:
            yield record.started_at + timedelta(seconds=record.timeout_seconds), time_up(record)
        if record.started_at is not None and record.persistent:
            affordable = timedelta(seconds=affordable_seconds(record))
            yield record.started_at + affordable, budget_spent(record)


def spec_of(
    container: ContainerRecord, environment: Mapping[str, str], image: Image
) -> ContainerSpec:
    """What an engine is told to make of it."""
    return ContainerSpec(
        id=container.id,
        image=image,
        command=container.command or [],
        persistent=container.persistent,
        cpu_cores=container.cpu_cores,
        memory_mb=container.memory_mb,
        storage_gb=container.storage_gb,
        environment=environment,
        networking=container.networking,
        gpu_count=container.gpu_count,
        seconds=longest(container),
    )


def log_of(container: ContainerRecord, main: CommandRecord | None) -> str:
    """By which its logs are kept: they are what its own command prints, if it has one."""
    return container.id if main is None else main.id


async def _as_stdout(output: AsyncIterator[bytes]) -> AsyncIterator[tuple[Stream, bytes]]:
    async for data in output:
        yield "stdout", data
