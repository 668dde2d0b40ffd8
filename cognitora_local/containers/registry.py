"""All containers of a runtime: made, found, and ended; also those that an earlier one has left."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from typing import Any

from ..concurrency.background_tasks import BackgroundTasks
from ..concurrency.completion import to_completion
from ..engine import Collected, ContainerBackend, EngineError, Image, MadeContainer
from ..http.errors import ApiError, bad_request, not_found, shutting_down
from ..settings import Settings
from ..store.containers import ContainerStore
from ..store.idempotency import Claim
from ..store.models import CommandRecord, ContainerRecord
from ..store.program_outputs import Kept
from ..store.quotas import Spent, TooMany
from .admission import check_end, insufficient_credits, main_command_of
from .exit_reasons import CANCELLED_BY_CALLER, RUNTIME_STOPPED
from .image_pull import pull
from .lazy_engine import LazyEngine, engine_unavailable
from .recovery import settle_commands
from .refusals import no_room, not_running, starting, unlimited_disk
from .removal import Removal
from .running import RunningContainer, log_of, spec_of

CANCEL_SECONDS = 10.0
"""How long the answer to a cancellation waits for the container's end."""

BEGIN_SECONDS = 100.0
"""How long what is for a container that starts waits for it: its node may still be getting its image."""

LOST_PAUSES = (0.1, 0.5, 2.0, 5.0, 10.0)
"""Seconds before each attempt to find a container again that the engine tells no more of."""

SETTLED_SECONDS = 60.0
"""A container that was in sight for so long has all those attempts again."""

log = logging.getLogger("cognitora_local")


class ContainerRegistry:
    """The containers of a runtime.

    Args:
        engine: what runs them.
        store: where everything is written down.
        background_tasks: what sees them through to their end, and removes them then.
        settings: how many there may be, and how much is kept of what they print.

    Attributes:
        life_seconds: how long a persistent one lives at most; None: for good, or there are none yet.
    """

    def __init__(
        self,
        engine: LazyEngine,
        store: ContainerStore,
        background_tasks: BackgroundTasks,
        settings: Settings,
    ) -> None:
        self._engine = engine
        self._store = store
        self._background_tasks = background_tasks
        self._settings = settings
        self.life_seconds: float | None = None
        self._running: dict[str, RunningContainer] = {}
        self._creating = 0
        self._recovered = False
        self._recovering = asyncio.Lock()
        self._collecting = asyncio.Lock()
        self._stopped = asyncio.Event()
        self._removal = Removal(engine, store, self._stopped)

    async def engine(self) -> ContainerBackend:
        """The engine, once what an earlier runtime has left there is settled.

        Raises:
            ApiError: 503, when there is none.
        """
        engine = await self._engine.get()
        self.life_seconds = engine.life_seconds
        async with self._recovering:
            if not self._recovered:
                await self._recover()
                self._recovered = True
                self._background_tasks.start(self._collect())
        return engine

    async def start(self, *, orphans: bool) -> None:
        """Settle what earlier runtimes have left, if anything.

        Args:
            orphans: whether other runtimes may have left something, which were killed.
        """
        try:
            await self.take_over(orphans=orphans)
        except ApiError as error:  # it is tried again by the next call that needs the engine
            log.warning("The containers of before can't be looked after yet. %s", error)

    async def take_over(self, *, orphans: bool = False) -> None:
        """Go on with the containers that a gateway has left that was lost. Raises ApiError."""
        # Nothing is told of them before they are looked after, and who looks after others now may miss them.
        async with self._recovering:
            self._recovered = False
            await self._store.take_over()
        if orphans or await self._store.unsettled_containers():
            await self.engine()

    def is_live(self, container_id: str) -> bool:
        """Whether it runs here."""
        return container_id in self._running

    async def create(
        self,
        record: ContainerRecord,
        environment: Mapping[str, str],
        claim: Claim | None,
        egress: Sequence[str] | None = None,
    ) -> ContainerRecord:
        """Make a container; returns once it is recorded, before it runs.

        `egress` is what of the outside it may reach; None: all of it, with networking.

        Raises:
            ApiError: 400, when the engine can't limit the disk, and that was asked for, or can't give
                something else; 402, when it may cost more than there is left; 404, when the image isn't
                there; 429, when there are too many; 503, when there is no engine, or the image can't be
                had. Nothing is recorded then.
            SandboxError: there is no room for it.
        """
        self._check_open()
        self._check_room()
        self._creating += 1
        try:
            engine = await self.engine()
            if record.storage_gb is not None and not engine.limits_disk:
                raise unlimited_disk()
            check_end(record, record.expires_at, engine.life_seconds)
            refusal = engine.refusal(
                networking=record.networking, egress=egress is not None, gpus=record.gpu_count
            )
            if refusal is not None:
                raise bad_request(refusal, "unavailable")
            if egress is not None:
                await engine.check_egress()
            image = await pull(engine, record.image, self._stopped)
            if image.done():
                await engine.check_room(spec_of(record, environment, image.result()))
            if egress is not None:
                engine.hold_to(record.id, egress)
        except EngineError as error:
            self._background_tasks.start(self._look_after_engine())  # for the next call
            raise engine_unavailable(error) from error
        else:
            await to_completion(self._begin(record, environment, claim, engine, image))
        finally:
            self._creating -= 1
        return record

    async def record(self, container_id: str) -> ContainerRecord:
        """What is known of a container, live or ended.

        Raises:
            ApiError: 404 with the code container_not_found.
        """
        record = await self._store.container(container_id)
        if record is None:
            message = f"There is no container {container_id[:80]!r} here. Check the id."
            raise not_found("container_not_found", message)
        return record

    async def find(self, container_id: str) -> RunningContainer | None:
        """The running container of this id; None when it has ended.

        Raises:
            ApiError: 404, when there never was one; 503, when it was started by an earlier runtime
                and there is no engine to ask about it.
        """
        running = self._running.get(container_id)
        if running is None and not (await self.record(container_id)).ended:
            await self.engine()
            running = self._running.get(container_id)
        return running

    async def find_running(self, container_id: str) -> RunningContainer:
        """A persistent container that commands can be run in, once it has started.

        Its `inner` is there.

        Raises:
            ApiError: 404; 409 with the code not_persistent or container_not_running; 503, it doesn't begin.
        """
        running = await self.find(container_id)
        record = await self.record(container_id) if running is None else running.record
        if not record.persistent:
            message = f"Container {container_id} isn't persistent: it runs its own command alone."
            advice = "Create one with `persistent` true."
            raise ApiError(409, "not_persistent", f"{message} {advice}")
        if running is not None:
            await self._see_begin(running)
        if running is None or running.record.ended or running.asked is not None:
            raise not_running(record)
        return running

    async def find_started(self, container_id: str) -> MadeContainer:
        """The engine's container of this id, one-shot or persistent, once it has started.

        Raises:
            ApiError: 404; 409 with the code container_not_running; 503, it doesn't begin.
        """
        running = await self.find(container_id)
        if running is not None:
            await self._see_begin(running)
        if running is None or running.inner is None or running.record.ended or running.asked:
            raise not_running(await self.record(container_id))
        return running.inner

    async def _see_begin(self, running: RunningContainer) -> None:
        try:
            async with asyncio.timeout(BEGIN_SECONDS):
                await running.begun()
        except TimeoutError:
            raise starting(running.record) from None

    async def cancel(self, container_id: str) -> RunningContainer | None:
        """End a container; None when it had ended before."""
        running = await self.find(container_id)
        if running is not None:
            running.stop(CANCELLED_BY_CALLER)
            await running.ended(CANCEL_SECONDS)
        return running

    async def bring_logs_up_to_date(self, container_id: str) -> None:
        """Put into the records all that it has printed, and was refused, until now."""
        if running := self._running.get(container_id):
            await running.tell_refused()
            running.flush()

    async def collect(self) -> Collected:
        """Remove what runtimes have left that are no more.

        Raises:
            ApiError: 503, when there is no engine.
        """
        engine = await self.engine()
        try:
            async with self._collecting:
                return await engine.collect()
        except EngineError as error:
            raise engine_unavailable(error) from error

    async def begun(self) -> None:
        """Wait until each runs, or has ended, that was asked for until now."""
        await asyncio.gather(*(each.begun() for each in [*self._running.values()]))

    @property
    def count(self) -> int:
        """How many haven't ended."""
        return len(self._running)

    def stop(self) -> None:
        """Take no more, and end all."""
        self._stopped.set()
        for running in self._running.values():
            running.stop(RUNTIME_STOPPED)

    async def _begin(
        self,
        record: ContainerRecord,
        environment: Mapping[str, str],
        claim: Claim | None,
        engine: ContainerBackend,
        image: asyncio.Task[Image],
    ) -> None:
        """Record it, and have it live."""
        main = main_command_of(record)
        most, credits = self._settings.max_containers, self._settings.month_credits
        try:
            await self._store.add_container(record, main, claim, most=most, credits=credits)
        except TooMany:
            raise no_room(most) from None
        except Spent as spent:
            raise insufficient_credits(record, spent.left) from None
        if claim is not None:
            claim.kept = True
        running = self._add(record, main, environment)
        self._background_tasks.start(self._see_through(running, running.run(engine, image)))
        if self._stopped.is_set():
            running.stop(RUNTIME_STOPPED)

    def _add(
        self,
        record: ContainerRecord,
        main: CommandRecord | None,
        environment: Mapping[str, str],
        *,
        kept: Kept = Kept(),
    ) -> RunningContainer:
        running = self._running[record.id] = RunningContainer(
            record,
            main,
            environment,
            store=self._store,
            log_bytes=self._settings.max_log_bytes,
            kept=kept,
        )
        return running

    async def _see_through(
        self, running: RunningContainer, life: Coroutine[Any, Any, None]
    ) -> None:
        """A container's life, and what comes after: who waits for its end needn't wait for that."""
        loop = asyncio.get_running_loop()
        losses = 0
        try:
            while not running.record.ended:
                began = loop.time()
                try:
                    await life
                except EngineError as error:
                    losses = losses + 1 if loop.time() - began < SETTLED_SECONDS else 1
                    life = await self._find_again(running, error, LOST_PAUSES[losses - 1 :])
        finally:
            del self._running[running.record.id]
            await self._removal.remove(running.record.id, running.inner)

    async def _find_again(
        self, running: RunningContainer, error: EngineError, pauses: Sequence[float]
    ) -> Coroutine[Any, Any, None]:
        """The rest of the life of a container whose engine tells no more of it."""
        log.warning("Container %s is out of sight. %s", running.record.id, error)
        for pause in pauses:
            await asyncio.sleep(pause)
            with suppress(ApiError):
                inner = (await self._engine.find()).get(running.record.id)
                return running.lose() if inner is None else running.resume(inner)
        return running.give_up(error)

    async def _collect(self) -> None:
        with suppress(ApiError):
            await self.collect()

    async def _look_after_engine(self) -> None:
        """Have it started again if it doesn't answer."""
        with suppress(ApiError):
            await self._engine.find()

    async def _recover(self) -> None:
        found = dict(await self._engine.find())
        ours = set(self._running)  # of those that end meanwhile the records may tell that they run
        for record in await self._store.unsettled_containers():
            inner = found.pop(record.id, None)
            if record.id not in ours and record.id not in self._running:
                await self._settle(record, inner)
        for container_id, inner in found.items():
            if await self._store.container(container_id) is None:  # made, and never recorded
                self._background_tasks.start(self._removal.remove(container_id, inner))

    async def _settle(self, record: ContainerRecord, inner: MadeContainer | None) -> None:
        """Take up a container of an earlier runtime where that has left it."""
        await settle_commands(record, self._store)
        if record.ended:
            self._background_tasks.start(self._removal.remove(record.id, inner))
            return
        main = await self._store.main_command(record.id)
        kept = await self._store.outputs.kept(log_of(record, main))
        running = self._add(record, main, {}, kept=kept)
        life = running.lose() if inner is None else running.resume(inner, left=True)
        self._background_tasks.start(self._see_through(running, life))
        if self._stopped.is_set():
            running.stop(RUNTIME_STOPPED)

    def _check_open(self) -> None:
        if self._stopped.is_set():
            raise shutting_down()

    def _check_room(self) -> None:
        most = self._settings.max_containers
        if len(self._running) + self._creating >= most:
            raise no_room(most)
