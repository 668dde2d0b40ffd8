"""The accounts of a runtime that is there: what each has of it, those too that are made while it goes on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Set
from contextlib import AsyncExitStack, closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from starlette.types import ASGIApp

from .accounts import QUOTAS, Account
from .engine import EngineError, StartBackend
from .http.app import router_of
from .http.contract import Contract
from .http.metrics import Metrics
from .interpreter.pool import KernelPool
from .sandbox import Backend, SandboxError
from .service import Service
from .settings import Settings
from .store.accounts import AccountRecord, AccountStore, KeyRecord
from .store.connection import Connection, DatabaseError, RecordsError
from .store.database import Database, patiently
from .store.gateways import Gateways

LOOK_SECONDS = 0.5
"""Between two looks whether accounts and keys have changed: a key that was revoked is let in for so long."""

PAUSE_SECONDS = 0.1
"""Between two looks for keys that nobody knows here, however many ask."""

ASKED_SECONDS = 5.0
"""For so long a gateway that ends tries to find out whether others are there."""

LAST_SECONDS = 10.0
"""What is taken over only to be ended may take so long."""

AGAIN_SECONDS = 5.0
"""Before it is tried again to have what an account needs."""

PROVED_AT_ONCE = 8
"""In how many namespaces pods prove at a time what sandboxes are promised."""

log = logging.getLogger("cognitora_local")


@dataclass(frozen=True, slots=True)
class Sources:
    """Where what accounts need comes from.

    Attributes:
        records: opens the database of an account. Raises DatabaseError.
        backend: starts sandboxes, in a namespace. Raises SandboxError.
        engine: starts what makes the containers of an account.
        folder: where an engine's files of an account's containers are.
        work: where work folders are.
        warm: how many kernels of a language are kept started, in each namespace.
        accounts: opens the database of accounts, once there is one. Raises DatabaseError. None: never.
    """

    records: Callable[[Account], Connection]
    backend: Callable[[str | None], Awaitable[Backend]]
    engine: Callable[[Account], StartBackend]
    folder: Callable[[str], Path]
    work: Path
    warm: int
    accounts: Callable[[], Connection | None] | None


class Tenants:
    """All accounts of a runtime.

    Args:
        sources: where what they need comes from.
        settings: the limits, where an account has no others.
        metrics: what tells of them, if anything does.
        stack: closes what they have opened.

    Attributes:
        keys: by the digest of each API key where its requests go; None: its account isn't ready yet.
        services: of each whose sandboxes can be started, by its name.
    """

    def __init__(
        self,
        sources: Sources,
        settings: Settings,
        metrics: Metrics | None,
        stack: AsyncExitStack,
    ) -> None:
        self.keys: dict[bytes, ASGIApp | None] = {}
        self.services: dict[str, Service] = {}
        self.databases: dict[str, Database] = {}
        self.gateways: dict[str, Gateways] = {}
        self.pools: dict[str | None, KernelPool] = {}
        self._sources = sources
        self._settings = settings
        self._metrics = metrics
        self._stack = stack
        self._contract = Contract()
        self._backends: dict[str | None, asyncio.Task[Backend]] = {}
        self._proving = asyncio.Semaphore(PROVED_AT_ONCE)
        self._named: dict[str, Account] = {}  # those that the runtime was started with
        self._routers: dict[str, ASGIApp] = {}
        self._opening: dict[str, asyncio.Task[None]] = {}
        self._following: asyncio.Task[None] | None = None
        self._store: AccountStore | None = None
        self._database: Database | None = None
        self._changes = -1
        self._stored: list[KeyRecord] = []
        self._looking = asyncio.Lock()
        self._looked = 0.0

    async def prepare(self, accounts: Iterable[Account]) -> dict[str, str]:
        """Have the records of those that the runtime is started with, and what starts their sandboxes.

        Returns how these are isolated. Raises DatabaseError and SandboxError.
        """
        self._named = {account.name: account for account in accounts}
        for account in self._named.values():
            self._join(account, self._sources.records(account))
        namespaces = {account.namespace: None for account in self._named.values()}
        try:
            async with asyncio.TaskGroup() as proving:
                for namespace in namespaces:
                    proving.create_task(self._backend(namespace))
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        return (await self._backend(next(iter(namespaces)))).isolation

    async def open(self) -> None:
        """Have their services answer, once nothing is left of an earlier runtime."""
        for account in self._named.values():
            await self._serve(account)
        self._take_keys()

    def start(self, *, orphans: bool) -> asyncio.Future[list[None]]:
        """Have them go on by themselves: what starts the first kernels."""
        for service in self.services.values():
            service.start(orphans=orphans)
        if self._sources.accounts is not None:
            self._following = asyncio.create_task(self._follow())
            self._stack.callback(self._following.cancel)
        return asyncio.gather(*(pool.start() for pool in self.pools.values()))

    async def look(self) -> None:
        """Take note of what has changed in the database of accounts, as it is after this was called."""
        loop = asyncio.get_running_loop()
        asked = loop.time()
        async with self._looking:
            if self._looked >= asked:
                return
            await asyncio.sleep(max(0.0, self._looked + PAUSE_SECONDS - loop.time()))
            self._looked = loop.time()
            try:
                await self._read()
            except (DatabaseError, RecordsError) as error:
                log.warning("The accounts of the database can't be read now (%s)", error)

    async def announce_leaving(self) -> set[str]:
        """Let other gateways know that this one ends; returns the names of those that they go on with."""
        names = [*self.gateways]
        left = await asyncio.gather(*(goes_on(self.gateways[name]) for name in names))
        return {name for name, is_left in zip(names, left, strict=True) if is_left}

    async def stop(self, *, but: Set[str] = frozenset()) -> None:
        """End all that runs, but of those with these names; returns when it has ended."""
        for task in (self._following, *self._opening.values()):
            if task is not None:
                task.cancel()
        ending = [service for name, service in self.services.items() if name not in but]
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_SECONDS):
                await asyncio.gather(*(service.take_over_at_once() for service in ending))
        await asyncio.gather(*(service.stop() for service in ending))

    async def containers_begun(self) -> None:
        """Wait until each container runs, or has ended, that was asked for until now."""
        services = [*self.services.values()]
        await asyncio.gather(*(each.containers_begun() for each in services))

    async def close_pools(self) -> None:
        await asyncio.gather(*(pool.close() for pool in self.pools.values()))

    async def close_services(self, *, but: Set[str] = frozenset()) -> None:
        """To be called when they were stopped."""
        ended = (service.close() for name, service in self.services.items() if name not in but)
        await asyncio.gather(*ended, return_exceptions=True)

    async def are_records_written(self) -> bool:
        return all([await each.are_records_written() for each in [*self.services.values()]])

    def _join(self, account: Account, connection: Connection) -> None:
        database = self.databases[account.name] = Database(connection)
        self._stack.enter_context(closing(database))
        gateways = self.gateways[account.name] = Gateways(database)
        self._stack.callback(asyncio.create_task(gateways.keep()).cancel)

    async def _backend(self, namespace: str | None) -> Backend:
        """What starts sandboxes there, proved once."""
        found = self._backends.get(namespace)
        if found is None or (found.done() and (found.cancelled() or found.exception())):
            found = self._backends[namespace] = asyncio.create_task(self._proved(namespace))
        return await found

    async def _proved(self, namespace: str | None) -> Backend:
        async with self._proving:
            backend = await self._sources.backend(namespace)
        self._stack.push_async_callback(backend.close)
        return backend

    async def _serve(self, account: Account) -> Service:
        backend = await self._backend(account.namespace)
        pool = self.pools.get(account.namespace)
        if pool is None:
            pool = KernelPool(backend, self._sources.work, warm=self._sources.warm)
            self.pools[account.namespace] = pool
        service = self.services.get(account.name)
        if (
            service is None
        ):  # else it is tried again, with what this one may have taken over already
            service = self.services[account.name] = Service(
                self._contract,
                self.databases[account.name],
                self.gateways[account.name],
                self._sources.folder(account.name),
                pool,
                self._sources.engine(account),
                account.settings,
            )
        await service.recover()
        routes = service.routes
        if self._metrics is not None:
            self._metrics.add(account.name, service.gauges)
            if not account.name:  # the operator's
                routes = [*routes, self._metrics.route()]
        self._routers[account.name] = router_of(routes)
        return service

    async def _follow(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def _read(self) -> None:
        if self._store is None:
            assert self._sources.accounts is not None
            connection = await asyncio.to_thread(self._sources.accounts)
            if connection is None:
                return
            self._database = Database(connection)
            self._stack.enter_context(closing(self._database))
            self._store = AccountStore(connection)
        assert self._database is not None
        changes = await self._database.do(self._store.changes)
        if changes == self._changes:
            return
        records = await self._database.do(self._store.accounts)
        self._stored = await self._database.do(self._store.api_keys)
        self._changes = changes  # there may have been more since, which are read again
        used = {each.account for each in self._stored if each.revoked_at is None}
        for record in records:
            if record.name in used and record.name not in self._named:
                self._open_soon(record)
        self._take_keys()

    def _take_keys(self) -> None:
        """Let in whose keys are known now; the ones that the runtime was started with come first."""
        found: dict[bytes, ASGIApp | None] = {
            each.digest: self._routers.get(each.account)
            for each in self._stored
            if each.revoked_at is None
        }
        for account in self._named.values():
            found |= dict.fromkeys(account.digests, self._routers[account.name])
        for digest in self.keys.keys() - found.keys():
            del self.keys[digest]
        self.keys |= found

    def _open_soon(self, record: AccountRecord) -> None:
        if record.name not in self._opening:
            self._opening[record.name] = asyncio.create_task(self._open(record))

    async def _open(self, record: AccountRecord) -> None:
        """Have an account be ready that was made meanwhile."""
        if unknown := record.limits.keys() - set(QUOTAS):  # of a newer runtime's
            log.error("The account %s isn't served: nobody knows its %s", record.name, unknown)
            return
        settings = replace(self._settings, **record.limits)
        account = Account(record.name, (), settings, record.namespace)
        while True:
            try:
                if account.name not in self.databases:
                    self._join(account, await asyncio.to_thread(self._sources.records, account))
                service = await self._serve(account)
                await self.pools[account.namespace].start()
            except (DatabaseError, EngineError, RecordsError, SandboxError) as error:
                log.error("The account %s can't be served yet. %s", account.name, error)
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                service.start(orphans=False)
                self._take_keys()
                log.info("The account %s is served", account.name)
                return


async def goes_on(gateways: Gateways) -> bool:
    """Let the others know that this one ends; whether one is there to go on with what it has.

    Where nobody can be asked that may be so: what it has is left then as if it was lost.
    """
    if not gateways.epoch:
        return False
    try:
        async with asyncio.timeout(ASKED_SECONDS):
            return await patiently(gateways.announce_leaving)
    except TimeoutError:
        return True
