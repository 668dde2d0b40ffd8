"""A whole runtime: its folder, its records, its sandboxes and its server, from start to end."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NoReturn

from starlette.routing import Route

from . import attached, parent
from .accounts import Account
from .concurrency.background_tasks import BackgroundTasks
from .datadir import RECORDS, DataDir
from .engine import EngineOptions, StartBackend, gpus, start_engine
from .http.app import App
from .http.contract import Contract
from .http.health import health_routes
from .http.metrics import Metrics
from .http.server import Server, bind, outside_url_of, url_of
from .interpreter.pool import KernelPool
from .kubernetes.options import PodOptions
from .sandbox import Backend, Host, OutsidePorts
from .service import Service
from .settings import Settings
from .store.connection import Connection, Unusable
from .store.database import Database
from .store.gateways import Gateways
from .store.postgresql import SCHEMA, PostgresqlConnection
from .store.sqlite import SqliteConnection

FENCED = 75
"""The exit status of a gateway that others took for dead: it can be started again at once."""

SWITCH_SECONDS = 0.0005
"""How long one thread may keep another waiting. With the usual 5 ms a small call would wait for a
tenth of a second, as each statement on the records is such a wait, and each look at what has come."""


log = logging.getLogger("cognitora_local")


@dataclass(frozen=True, slots=True)
class Options:
    """What a runtime is started with.

    Attributes:
        host: the address to listen on.
        port: the port; 0 takes a free one.
        accounts: who is let in.
        data_dir: where records are kept; None: a temporary folder.
        database: the URL of a PostgreSQL database where they are kept instead. Kept out of the repr.
        gateway_url: where others that share the records reach this runtime; None: where it listens.
        python: the interpreter that runs users' code; None: the one that runs this.
        set_aside_damaged: begin with no records where those of `data_dir` are damaged.
        metrics: whether there are metrics for Prometheus.
        parent: the process whose end is this runtime's end too; None: nobody's.
        attached: whether the end of standard input is this runtime's end too.
        outside: where exposed ports are on this machine.
        engine: what runs containers, and with what.
        pods: how the pods are made that are its sandboxes; None: they are this machine's.
        settings: the limits.
    """

    host: str
    port: int
    accounts: Sequence[Account]
    data_dir: Path | None
    database: str | None
    gateway_url: str | None
    python: Path | None
    set_aside_damaged: bool
    metrics: bool
    parent: int | None
    attached: bool
    outside: OutsidePorts
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
        DataDirError, DatabaseError, SandboxError, ParentGoneError, AddressError, AttachedError,
            MetricsMissing: it
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
        if options.attached:
            stack.callback(attached.watch(stop.set))
        listener = stack.enter_context(closing(bind(options.host, options.port)))
        data = stack.enter_context(closing(DataDir(options.data_dir)))
        databases, gateways = [], []
        for account in options.accounts:
            databases.append(Database(records_of(account, options, data, outside_url_of(listener))))
            stack.enter_context(closing(databases[-1]))
            gateways.append(Gateways(databases[-1]))
            stack.callback(asyncio.create_task(gateways[-1].keep()).cancel)
        backend = await backend_of(options, data)
        stack.push_async_callback(backend.close)
        data.set_work_aside()
        records = list(zip(databases, gateways, strict=True))
        await serve_until(stop, listener, backend, data, records, options, on_ready)
    return received[0] if received else None


def records_of(account: Account, options: Options, data: DataDir, url: str) -> Connection:
    """The database of an account: shared where other gateways reach the same sandboxes. Raises DatabaseError.

    `url` is where they reach this one, if the options don't say otherwise.
    """
    if options.database is not None:
        return PostgresqlConnection(
            options.database,
            "-".join(filter(None, (SCHEMA, account.name))),
            gateway=None if options.pods is None else options.gateway_url or url,
            on_fenced=end_fenced,
        )
    records = data.folder_of(account.name) / RECORDS
    return SqliteConnection(records, set_aside_damaged=options.set_aside_damaged)


def end_fenced() -> None:
    """End at once, as if killed: all that this serves is others' by now, and goes on there."""
    log.critical("This gateway didn't renew its lease in time. Others have its work, so it ends.")
    os._exit(FENCED)


async def backend_of(options: Options, data: DataDir) -> Backend:
    """What starts sandboxes. Raises SandboxError when it doesn't keep what they are promised."""
    if options.pods is None:
        return await Host.probe(data.path, python=options.python, outside=options.outside)
    from .kubernetes.host import PodHost  # late: what speaks to clusters takes long to import

    return await PodHost.probe(options.pods, on_taken_over=end_fenced)


def engine_of(options: Options) -> StartBackend:
    """Starts what makes the containers of an account."""
    if options.pods is None:
        return partial(start_engine, options.engine)
    from .kubernetes.engine import PodEngine  # late, too

    return partial(PodEngine.start, options.pods, options.engine.images)


async def serve_until(
    stop: asyncio.Event,
    listener: socket.socket,
    backend: Backend,
    data: DataDir,
    records: Sequence[tuple[Database, Gateways]],
    options: Options,
    on_ready: Callable[[Ready], None],
) -> None:
    """Serve until `stop` is set; then end what runs, answer it, and close the server."""
    # Of pods the backend keeps some itself, for all gateways.
    warm = options.settings.warm_kernels if options.pods is None else 0
    pool = KernelPool(backend, data.work, warm=warm)
    background_tasks = BackgroundTasks()
    contract = Contract()
    services = [
        Service(
            contract,
            database,
            gateways,
            data.folder_of(account.name),
            pool,
            background_tasks,
            engine_of(options),
            account.settings,
        )
        for account, (database, gateways) in zip(options.accounts, records, strict=True)
    ]
    for service in services:
        await service.recover()
    app = app_of(options, services)
    ready = Ready(url_of(listener), {**backend.isolation, "gpus": gpus.told()})
    server = Server(app, lambda: on_ready(ready))
    gc.freeze()  # what is here now stays: looking through all of it would be a pause for everybody
    gc.enable()
    serving = asyncio.create_task(server.serve([listener]))
    stopping = asyncio.create_task(stop.wait())
    # After the ready line: the first caller needn't wait for more kernels than its own.
    warming = asyncio.create_task(pool.start())
    for service in services:
        service.start(orphans=data.orphans)
    background_tasks.start(data.remove_set_aside())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    warming.cancel()
    await asyncio.gather(warming, return_exceptions=True)
    if await have_others(gateways for _, gateways in records):
        await leave(services, pool, data, [database for database, _ in records])
    for service in services:
        await service.take_over_at_once()
        service.stop()
    await background_tasks.finish()
    await pool.close()
    await asyncio.gather(*(service.close() for service in services))
    server.stop()
    await serving


async def have_others(each: Iterable[Gateways]) -> bool:
    """Whether other gateways go on with what runs here; where nobody can be asked, that isn't known."""
    try:
        return all([await gateways.has_others() for gateways in each])
    except Unusable:
        return False


async def leave(
    services: Sequence[Service], pool: KernelPool, data: DataDir, databases: Sequence[Database]
) -> NoReturn:
    """End, and let the other gateways go on with what runs here: nothing of it is stopped.

    So it is left in the middle of all, as it would be if this was killed; but it is known at once.
    """
    await pool.close()
    for database in databases:
        database.close()
    await asyncio.gather(*(service.close() for service in services), return_exceptions=True)
    data.close()
    os._exit(0)


def app_of(options: Options, services: Sequence[Service]) -> App:
    """What answers for all accounts; metrics are the operator's, who is the account without a name.

    Raises:
        MetricsMissing: the package for metrics isn't installed.
    """
    accounts = list(zip(options.accounts, services, strict=True))
    metrics = None
    if options.metrics:
        metrics = Metrics({account.name: service.gauges for account, service in accounts})

    async def are_records_written() -> bool:
        return all([await service.are_records_written() for service in services])

    def routes_of(account: Account, service: Service) -> list[Route]:
        ours = [] if metrics is None or account.name else [metrics.route()]
        return [*service.routes, *ours]

    return App(
        [(account.digests, routes_of(account, service)) for account, service in accounts],
        health_routes({"records": are_records_written}),
        metrics,
    )
