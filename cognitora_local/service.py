"""What one account has of a runtime: its records, and what runs for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

from starlette.routing import Route

from .concurrency.background_tasks import BackgroundTasks
from .containers.command_handlers import CommandHandlers
from .containers.egress_handlers import ContainerEgressHandlers
from .containers.file_handlers import FileHandlers
from .containers.handlers import ContainerHandlers
from .containers.lazy_engine import LazyEngine
from .containers.port_handlers import ContainerPortHandlers
from .containers.process_handlers import ContainerProcessHandlers
from .containers.registry import ContainerRegistry
from .engine import StartBackend
from .http.contract import Contract
from .http.errors import ApiError
from .http.idempotency import Idempotency
from .http.metrics import Gauge
from .http.peers import Peers
from .http.requests import Call
from .http.routing import handlers_of, routes
from .interpreter.egress_handlers import SessionEgressHandlers
from .interpreter.handlers import InterpreterHandlers
from .interpreter.one_shot import OneShots
from .interpreter.pool import KernelPool
from .interpreter.port_handlers import SessionPortHandlers
from .interpreter.process_handlers import SessionProcessHandlers
from .interpreter.sessions import Sessions
from .processes.handlers import ProcessHandlers
from .processes.registry import ProcessRegistry
from .settings import Settings
from .store.connection import RecordsError
from .store.containers import ContainerStore
from .store.database import Database, patiently
from .store.gateways import Gateways
from .store.idempotency import IdempotencyKeys
from .store.interpreter import InterpreterStore
from .store.models import SessionRecord
from .store.processes import ProcessStore
from .store.secrets import Secrets

log = logging.getLogger("cognitora_local")


class Service:
    """The API of one account. Nothing in it knows of another account's.

    Args:
        contract: what is served.
        database: its records.
        gateways: those that share them.
        folder: where an engine's files of its containers are.
        pool: where its sessions and one-shots get their kernels.
        engine: starts what makes its containers.
        settings: its limits.

    Attributes:
        routes: where its requests go.
        gauges: what it has now, in numbers.
    """

    def __init__(
        self,
        contract: Contract,
        database: Database,
        gateways: Gateways,
        folder: Path,
        pool: KernelPool,
        engine: StartBackend,
        settings: Settings,
    ) -> None:
        keys = IdempotencyKeys(database)
        self._database = database
        self._gateways = gateways
        background_tasks = self._background_tasks = BackgroundTasks()
        self._engine = LazyEngine(partial(engine, folder, Secrets(database).get))
        self._interpreter_store = InterpreterStore(database, keys)
        self._process_store = ProcessStore(database, keys)
        container_store = self._container_store = ContainerStore(database, keys)
        self._sessions = Sessions(
            pool, self._interpreter_store, background_tasks, at_once=settings.max_sessions
        )
        self._one_shots = OneShots(
            pool, self._interpreter_store, background_tasks, at_once=settings.max_running
        )
        self._containers = ContainerRegistry(
            self._engine, container_store, background_tasks, settings
        )
        self._processes = ProcessRegistry(self._process_store, background_tasks, settings)

        sessions, registry, processes = self._sessions, self._containers, self._processes
        interpreter = InterpreterHandlers(
            sessions, self._one_shots, self._interpreter_store, settings
        )
        containers = ContainerHandlers(registry, container_store)
        commands = CommandHandlers(registry, container_store, background_tasks, settings)
        files = FileHandlers(registry, settings)
        session_processes = SessionProcessHandlers(sessions, self._interpreter_store, processes)
        self._session_processes = session_processes
        self._taking_over: dict[str, asyncio.Task[None]] = {}
        self._taken_over: set[str] = set()  # the ids of all sessions that ever were, one-shots' too
        container_processes = ContainerProcessHandlers(registry, processes)
        running = (interpreter, containers, commands, session_processes, container_processes)
        handlers = {
            **handlers_of(
                *(*running, files, ProcessHandlers(processes, settings)),
                *(SessionPortHandlers(sessions), ContainerPortHandlers(registry)),
                *(SessionEgressHandlers(sessions), ContainerEgressHandlers(registry)),
            ),
            **interpreter.filesystem.handlers(),
            **files.filesystem.handlers(),
        }
        replays = {name: replay for each in running for name, replay in each.replays().items()}
        self._peers = Peers(self._gateways, self._whose)
        idempotency = Idempotency(keys, replays)
        self.routes: list[Route] = routes(contract, handlers, idempotency, self._peers, settings)
        counts: dict[str, tuple[str, Callable[[], int]]] = {
            "executions": ("Executions that run or wait.", lambda: interpreter.count),
            "sessions": ("Sessions that can be used.", lambda: sessions.count),
            "containers": ("Containers that haven't ended.", lambda: registry.count),
            "processes": ("Background processes that haven't ended.", lambda: processes.count),
            "unwritten": ("Changes of the records yet to be written.", lambda: database.behind),
        }
        self.gauges = {name: Gauge(*count) for name, count in counts.items()}

    async def recover(self) -> None:
        """Take over what gateways that were lost had, and write down the ends of all that can't go on."""
        for session in await self._interpreter_store.take_over():
            if session.id in self._taken_over:  # or is about to be
                continue
            self._taken_over.add(session.id)
            task = asyncio.create_task(self._take_over(session))
            self._taking_over[session.id] = task
            task.add_done_callback(partial(self._note_taken_over, session))
        await self._interpreter_store.recover()
        await self._process_store.recover()

    async def take_over(self) -> bool:
        """Go on with what a gateway that was lost had, as far as that can be; whether that was done."""
        await self.recover()
        try:
            await self._containers.take_over()
        except ApiError as error:
            log.warning("The containers of a lost gateway can't be looked after yet. %s", error)
            return False
        return True

    async def take_over_at_once(self) -> None:
        """The same with what gateways had that have just left: who is the last ends that as well."""
        try:
            await self._gateways.take_over_at_once()
            if self._taking_over:
                await asyncio.wait(self._taking_over.values())
        except RecordsError as error:
            log.warning("What other gateways have left can't be ended (%s)", error)

    def start(self, *, orphans: bool) -> None:
        """Take up the containers of an earlier runtime; `orphans`: remove those of a killed one, too.

        From now on the work of gateways that are lost is taken over as well.
        """
        self._gateways.take_over = self.take_over
        self._background_tasks.start(self._containers.start(orphans=orphans))

    async def are_records_written(self) -> bool:
        await self._database.do(lambda: list(self._database.execute("SELECT 1")))
        return self._database.behind == 0

    async def containers_begun(self) -> None:
        """Wait until each container runs, or has ended, that was asked for until now."""
        await self._containers.begun()

    async def stop(self) -> None:
        """End all that runs; returns when it has ended."""
        self._gateways.take_over = None
        self._sessions.stop()
        self._one_shots.stop()
        self._containers.stop()
        await self._background_tasks.finish()

    async def close(self) -> None:
        """To be called when it was stopped."""
        await self._engine.close()
        await self._peers.close()

    async def _take_over(self, record: SessionRecord) -> None:
        if record.one_shot:
            self._background_tasks.start(self._one_shots.take_over(record))
        elif (found := await self._sessions.take_over(record)) is not None:
            await self._session_processes.take_over(*found)
        else:
            await patiently(lambda: self._process_store.end_all(record.id))

    def _note_taken_over(self, record: SessionRecord, task: asyncio.Task[None]) -> None:
        del self._taking_over[record.id]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("Taking over %s failed", record.id, exc_info=error)
            if not self._sessions.is_live(record.id):
                self._background_tasks.start(self._give_up(record))

    async def _give_up(self, record: SessionRecord) -> None:
        await self._sessions.give_up(record, "its gateway was lost")
        await patiently(lambda: self._process_store.end_all(record.id))

    async def _whose(self, call: Call) -> int:
        """The epoch of the gateway that a call is for: of the one that serves its session or its container.

        A session that this one is taking over is waited for. The processes of one that has ended, or of a
        container, are still its gateway's until they have ended too.
        """
        ours = self._gateways.epoch
        session_id = call.path.get("session_id") or call.body.get("session_id")
        container_id = call.path.get("container_id")
        process_runs = False
        if (process_id := call.path.get("process_id")) and not self._processes.live(process_id):
            process = await self._process_store.get(process_id)
            if process is not None and not process.ended:
                session_id, container_id, process_runs = (
                    process.session_id,
                    process.container_id,
                    True,
                )
        if container_id is not None and not self._containers.is_live(container_id):
            container = await self._container_store.container(container_id)
            return (
                container.gateway if container and (process_runs or not container.ended) else ours
            )
        if session_id is None:
            return ours
        is_live = self._sessions.is_live(session_id)
        session = None if is_live else await self._interpreter_store.session(session_id)
        if taking_over := self._taking_over.get(session_id):
            await asyncio.wait({taking_over})  # whose end is that of its processes, after its own
        return session.gateway if session and (process_runs or session.active) else ours
