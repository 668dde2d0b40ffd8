"""A whole runtime: its folder, its records, its sandboxes and its server, from start to end."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NoReturn

from . import attached, parent
from .accounts import Account
from .accounts_database import ACCOUNTS, accounts_of
from .concurrency.background_tasks import BackgroundTasks
from .datadir import RECORDS, DataDir
from .engine import EngineOptions, StartBackend, gpus, start_engine
from .http.app import App, router_of
from .http.health import health_routes
from .http.metrics import PATH as METRICS
from .http.metrics import Metrics
from .http.server import Server, bind, outside_url_of, url_of
from .kubernetes.options import PodOptions
from .sandbox import Backend, Host, OutsidePorts, SandboxError
from .settings import Settings
from .store.connection import Connection
from .store.postgresql import SCHEMA, PostgresqlConnection
from .store.sqlite import SqliteConnection
from .tenants import Sources, Tenants

FENCED = 75
"""The exit status of a gateway that others took for dead: it can be started again at once."""

DRAIN_SECONDS = 20.0
"""How long a gateway that is told to end is at what others can't go on with, or not as well."""

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
        metrics_port: where they are told without a key, too; None: nowhere; 0 takes a free one.
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
    metrics_port: int | None
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
        metrics = Metrics() if options.metrics else None
        sources = sources_of(options, data, outside_url_of(listener))
        tenants = Tenants(sources, options.settings, metrics, stack)
        isolation = await tenants.prepare(options.accounts)
        data.set_work_aside()
        await tenants.open()
        health = health_routes({"records": tenants.are_records_written})
        look_again = None if sources.accounts is None else tenants.look
        app = App(tenants.keys, health, metrics, look_again)
        if metrics is not None and options.metrics_port is not None:
            bound = stack.enter_context(closing(bind(options.host, options.metrics_port)))
            await stack.enter_async_context(told(metrics, bound))
        ready = Ready(url_of(listener), {**isolation, "gpus": gpus.told()})
        server = Server(app, lambda: on_ready(ready))
        await serve_until(stop, listener, app, server, data, tenants)
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


@asynccontextmanager
async def told(metrics: Metrics, listener: socket.socket) -> AsyncIterator[None]:
    """Answer them there, without a key, while the block runs."""
    server = Server(router_of([metrics.route()]), lambda: None)
    serving = asyncio.create_task(server.serve([listener]))
    log.info("Metrics are told at %s", url_of(listener) + METRICS)
    try:
        yield
    finally:
        server.stop()
        await serving


def sources_of(options: Options, data: DataDir, url: str) -> Sources:
    """Where what accounts need comes from. `url` is where others reach this, unless the options say so."""

    def accounts() -> Connection | None:
        if options.database is None and not (data.path / ACCOUNTS).exists():
            return None
        return accounts_of(options.database, data.path)

    return Sources(
        records=lambda account: records_of(account, options, data, url),
        backend=lambda namespace: backend_of(namespace, options, data),
        engine=lambda account: engine_of(account, options),
        folder=data.folder_of,
        work=data.work,
        # Of pods the backend keeps some itself, for all gateways.
        warm=options.settings.warm_kernels if options.pods is None else 0,
        accounts=None if data.temporary and options.database is None else accounts,
    )


async def backend_of(namespace: str | None, options: Options, data: DataDir) -> Backend:
    """What starts sandboxes. Raises SandboxError when it doesn't keep what they are promised."""
    if options.pods is None:
        if namespace is not None:
            raise SandboxError(f"Its pods are to be in {namespace}, and there are none here.")
        return await Host.probe(data.path, python=options.python, outside=options.outside)
    from .kubernetes.host import PodHost  # late: what speaks to clusters takes long to import

    return await PodHost.probe(pods_in(namespace, options.pods), on_taken_over=end_fenced)


def engine_of(account: Account, options: Options) -> StartBackend:
    """Starts what makes the containers of an account."""
    if options.pods is None:
        return partial(start_engine, options.engine)
    from .kubernetes.engine import PodEngine  # late, too

    pods = pods_in(account.namespace, options.pods)
    return partial(PodEngine.start, pods, options.engine.images, end_fenced)


def pods_in(namespace: str | None, pods: PodOptions) -> PodOptions:
    """How pods are made there; None: where all are whose account names none."""
    return pods if namespace is None else replace(pods, namespace=namespace)


async def serve_until(
    stop: asyncio.Event,
    listener: socket.socket,
    app: App,
    server: Server,
    data: DataDir,
    tenants: Tenants,
) -> None:
    """Serve until `stop` is set; then end what runs, answer it, and close the server."""
    gc.freeze()  # what is here now stays: looking through all of it would be a pause for everybody
    gc.enable()
    serving = asyncio.create_task(server.serve([listener]))
    stopping = asyncio.create_task(stop.wait())
    # After the ready line: the first caller needn't wait for more kernels than its own.
    warming = tenants.start(orphans=data.orphans)
    background_tasks = BackgroundTasks()
    background_tasks.start(data.remove_set_aside())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    warming.cancel()
    await asyncio.gather(warming, return_exceptions=True)
    if await tenants.announce_leaving():
        await drain(app, tenants)
        if left := await tenants.announce_leaving():  # who may have ended meanwhile
            await tenants.stop(but=left)
            await tenants.close_services(but=left)
            await leave(tenants, data)
    await asyncio.gather(tenants.stop(), background_tasks.finish())
    await tenants.close_pools()
    await tenants.close_services()
    server.stop()
    await serving


async def drain(app: App, tenants: Tenants) -> None:
    """Finish what others go on with less well, or can't: calls that are at work, containers on their way."""
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            while True:
                await app.finish_calls()
                await tenants.containers_begun()
                if not app.is_changing:  # by a call that has come since, as for what has just begun
                    return


async def leave(tenants: Tenants, data: DataDir) -> NoReturn:
    """End, and let the other gateways go on with what runs here: nothing of it is stopped.

    So it is left in the middle of all, as it would be if this was killed; but it is known at once.
    """
    await tenants.close_pools()
    for database in tenants.databases.values():
        database.close()
    data.close()
    os._exit(0)
