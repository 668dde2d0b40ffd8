"""A whole runtime: its folder, its records, its sandboxes and its server, from start to end."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from . import parent
from .concurrency.background_tasks import BackgroundTasks
from .containers.command_handlers import CommandHandlers
from .containers.egress_handlers import ContainerEgressHandlers
from .containers.file_handlers import FileHandlers
from .containers.handlers import ContainerHandlers
from .containers.lazy_engine import LazyEngine
from .containers.port_handlers import ContainerPortHandlers
from .containers.process_handlers import ContainerProcessHandlers
from .containers.registry import ContainerRegistry
from .datadir import DataDir
from .engine import EngineOptions
from .http.app import App
from .http.contract import Contract
from .http.health import health_routes
from .http.idempotency import Idempotency
from .http.metrics import Gauge, Metrics
from .http.routing import handlers_of, routes
from .http.server import Server, bind, url_of
from .interpreter.egress_handlers import SessionEgressHandlers
from .interpreter.handlers import InterpreterHandlers
from .interpreter.one_shot import OneShots
from .interpreter.pool import KernelPool
from .interpreter.port_handlers import SessionPortHandlers
from .interpreter.process_handlers import SessionProcessHandlers
from .interpreter.sessions import Sessions
from .kubernetes.options import PodOptions
from .processes.handlers import ProcessHandlers
from .processes.registry import ProcessRegistry
from .sandbox import Backend, Host
from .settings import Settings
from .store.connection import Connection
from .store.containers import ContainerStore
from .store.database import Database
from .store.idempotency import IdempotencyKeys
from .store.interpreter import InterpreterStore
from .store.postgresql import PostgresqlConnection
from .store.processes import ProcessStore
from .store.sqlite import SqliteConnection

SWITCH_SECONDS = 0.0005
"""How long one thread may keep another waiting. With the usual 5 ms a small call would wait for a
tenth of a second, as each statement on the records is such a wait, and each look at what has come."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a runtime is started with.

    Attributes:
        host: the address to listen on.
        port: the port; 0 takes a free one.
        api_keys: the API keys that are let in. Kept out of this object's repr.
        data_dir: where records are kept; None: a temporary folder.
        database: the URL of a PostgreSQL database where they are kept instead. Kept out of the repr.
        python: the interpreter that runs users' code; None: the one that runs this.
        set_aside_damaged: begin with no records where those of `data_dir` are damaged.
        metrics: whether there are metrics for Prometheus.
        parent: the process whose end is this runtime's end too; None: nobody's.
        engine: what runs containers, and with what.
        pods: how the pods are made that are its sandboxes; None: they are this machine's.
        settings: the limits.
    """

    host: str
    port: int
    api_keys: Sequence[str]
    data_dir: Path | None
    database: str | None
    python: Path | None
    set_aside_damaged: bool
    metrics: bool
    parent: int | None
    engine: EngineOptions
    pods: PodOptions | None
    settings: Settings

    def __repr__(self) -> str:
        return f"Options(host={self.host!r}, port={self.port}, data_dir={self.data_dir})"


@dataclass(frozen=True, slots=True)
class Ready:
    """Where the runtime answers, and how it isolates what it runs."""

    base_url: str
    isolation: dict[str, str]


async def serve(options: Options, on_ready: Callable[[Ready], None]) -> signal.Signals | None:
    """Run a runtime until SIGTERM, SIGINT, or the end of its parent.

    When this returns, no process, mount or cgroup of it is left, and no work folder but one with so many
    files that the next runtime must remove the rest.

    Returns:
        The signal that came; None: its parent has ended.

    Raises:
        DataDirError, DatabaseError, SandboxError, ParentGoneError, AddressError, MetricsMissing: it
            couldn't start.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    stop = asyncio.Event()
    received: list[signal.Signals] = []

    def end(by: signal.Signals) -> None:
        received.append(by)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end, number)
    async with AsyncExitStack() as stack:
        if options.parent is not None:
            stack.callback(parent.watch(options.parent, stop.set))
        listener = stack.enter_context(closing(bind(options.host, options.port)))
        data = stack.enter_context(closing(DataDir(options.data_dir)))
        database = Database(records_of(options, data))
        stack.enter_context(closing(database))
        backend = await backend_of(options, data)
        stack.push_async_callback(backend.close)
        data.set_work_aside()
        await serve_until(stop, listener, backend, data, database, options, on_ready)
    return received[0] if received else None


def records_of(options: Options, data: DataDir) -> Connection:
    """The database that the options name. Raises DatabaseError."""
    if options.database is not None:
        return PostgresqlConnection(options.database)
    return SqliteConnection(data.records, set_aside_damaged=options.set_aside_damaged)


async def backend_of(options: Options, data: DataDir) -> Backend:
    """What starts sandboxes. Raises SandboxError when it doesn't keep what they are promised."""
    if options.pods is None:
        return await Host.probe(data.path, python=options.python)
    from .kubernetes.host import PodHost  # late: what speaks to clusters takes long to import

    return await PodHost.probe(options.pods)


async def serve_until(
    stop: asyncio.Event,
    listener: socket.socket,
    backend: Backend,
    data: DataDir,
    database: Database,
    options: Options,
    on_ready: Callable[[Ready], None],
) -> None:
    """Serve until `stop` is set; then end what runs, answer it, and close the server."""
    settings = options.settings
    idempotency_keys = IdempotencyKeys(database)
    interpreter_store = InterpreterStore(database, idempotency_keys)
    await interpreter_store.recover()
    container_store = ContainerStore(database, idempotency_keys)
    pool = KernelPool(backend, data.work, warm=settings.warm_kernels)
    engine = LazyEngine(options.engine, data.path)
    background_tasks = BackgroundTasks()
    sessions = Sessions(pool, interpreter_store, background_tasks, at_once=settings.max_sessions)
    one_shots = OneShots(pool, interpreter_store, background_tasks, at_once=settings.max_running)
    registry = ContainerRegistry(engine, container_store, background_tasks, settings)
    interpreter = InterpreterHandlers(sessions, one_shots, interpreter_store, settings)
    containers = ContainerHandlers(registry, container_store)
    commands = CommandHandlers(registry, container_store, background_tasks, settings)
    files = FileHandlers(registry, settings)
    process_store = ProcessStore(database, idempotency_keys)
    await process_store.recover()
    process_registry = ProcessRegistry(process_store, background_tasks, settings)
    processes = ProcessHandlers(process_registry, settings)
    session_processes = SessionProcessHandlers(sessions, interpreter_store, process_registry)
    container_processes = ContainerProcessHandlers(registry, process_registry)
    ports = SessionPortHandlers(sessions), ContainerPortHandlers(registry)
    egress = SessionEgressHandlers(sessions), ContainerEgressHandlers(registry)
    handlers = {
        **handlers_of(
            *(interpreter, containers, commands, files, *ports, *egress),
            *(processes, session_processes, container_processes),
        ),
        **interpreter.filesystem.handlers(),
        **files.filesystem.handlers(),
    }
    replays = {
        **interpreter.replays(),
        **containers.replays(),
        **commands.replays(),
        **session_processes.replays(),
        **container_processes.replays(),
    }
    idempotency = Idempotency(idempotency_keys, replays)
    gauges = {
        "executions": Gauge("Executions that run or wait.", lambda: interpreter.count),
        "sessions": Gauge("Sessions that can be used.", lambda: sessions.count),
        "containers": Gauge("Containers that haven't ended.", lambda: registry.count),
        "processes": Gauge(
            "Background processes that haven't ended.", lambda: process_registry.count
        ),
        "unwritten": Gauge("Changes of the records yet to be written.", lambda: database.behind),
    }
    metrics = Metrics(gauges) if options.metrics else None

    async def are_records_written() -> bool:
        await database.do(lambda: list(database.execute("SELECT 1")))
        return database.behind == 0

    app = App(
        [
            *routes(Contract(), handlers, idempotency, settings),
            *health_routes({"records": are_records_written}),
            *([] if metrics is None else [metrics.route()]),
        ],
        options.api_keys,
        metrics,
    )
    ready = Ready(url_of(listener), backend.isolation)
    server = Server(app, lambda: on_ready(ready))
    gc.freeze()  # what is here now stays: looking through all of it would be a pause for everybody
    serving = asyncio.create_task(server.serve([listener]))
    stopping = asyncio.create_task(stop.wait())
    # After the ready line: the first caller needn't wait for more kernels than its own.
    warming = asyncio.create_task(pool.start())
    background_tasks.start(registry.start(orphans=data.orphans))
    background_tasks.start(data.remove_set_aside())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    warming.cancel()
    await asyncio.gather(warming, return_exceptions=True)
    sessions.stop()
    one_shots.stop()
    registry.stop()
    await background_tasks.finish()
    await pool.close()
    await engine.close()
    server.stop()
    await serving
