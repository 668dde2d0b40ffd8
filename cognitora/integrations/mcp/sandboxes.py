"""The sessions and containers that callers of a server have."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Any, TypeAlias

from mcp.server.auth.middleware.auth_context import get_access_token

from ... import CognitoraError, InvalidRequestError
from ...results.processes import OutputDecoder
from ..gone import is_gone
from .limits import Limits

if TYPE_CHECKING:
    from ... import (
        AsyncContainer,
        AsyncInterpreterSession,
        AsyncProcess,
        CognitoraAsync,
        Execution,
        SessionDetails,
    )

    Sandbox: TypeAlias = AsyncInterpreterSession | AsyncContainer

ALIVE = ("active", "pending", "running")
LANGUAGES = ("python", "javascript", "bash")
MADE_SECONDS = 30
"""How long a server that ends waits for a session or container that it makes just then."""


class Sandboxes:
    """Those of one caller, by the names that it gives its sessions and the ids of its containers."""

    def __init__(self, client: CognitoraAsync, limits: Limits) -> None:
        self.client = client
        self.limits = limits
        self.sessions: dict[str, tuple[AsyncInterpreterSession, str]] = {}
        self.containers: dict[str, AsyncContainer] = {}
        self.processes: dict[str, AsyncProcess] = {}
        self.decoders: dict[str, OutputDecoder] = {}
        self._making = asyncio.Lock()
        self._ended = False

    async def session(
        self, name: str | None, language: str | None = None
    ) -> tuple[str, AsyncInterpreterSession]:
        """A session by its name, which is made where there is none.

        Args:
            name: Its name; by default the one that is called like its language.
            language: Of a new one; by default that which it is called like, else Python.

        Returns:
            Its name, and the session.

        Raises:
            InvalidRequestError: It has another language, or there are too many.
        """
        name = name or language or "python"
        wanted = language or (name if name in LANGUAGES else "python")
        async with self._making:
            if name not in self.sessions:
                self._check_open()
                if len(self.sessions) >= self.limits.sessions:
                    raise InvalidRequestError(
                        f"There are {len(self.sessions)} sessions already: {', '.join(self.sessions)}. "
                        "Close one of them (close_session), or use it."
                    )
                self.sessions[name] = (await self._opened(wanted), wanted)
        session, spoken = self.sessions[name]
        if language is not None and spoken != language:
            raise InvalidRequestError(
                f"The session {name!r} runs {spoken}, not {language}. Give the session another name."
            )
        return name, session

    async def sandbox(self, session: str, container: str | None) -> Sandbox:
        """The container that is named, else the session."""
        found = (await self.session(session))[1] if container is None else self.container(container)
        await self.live_on(found)
        return found

    def container(self, container_id: str) -> AsyncContainer:
        """A container of this caller's, by its id."""
        try:
            return self.containers[container_id]
        except KeyError:
            raise InvalidRequestError(
                f"There is no container {container_id!r}; start_container makes one, and says its id."
            ) from None

    def process(self, process_id: str) -> AsyncProcess:
        """A process of this caller's, by its id."""
        try:
            return self.processes[process_id]
        except KeyError:
            raise InvalidRequestError(
                f"There is no process {process_id!r}; start_process starts one, and says its id."
            ) from None

    async def live_on(self, sandbox: Sandbox, seconds: int = 0) -> None:
        """Lets a sandbox live for its time from now, and as long as something in it may run besides."""
        if "update" in await self.client.features():
            await sandbox.update(self.limits.session_seconds + seconds)

    async def forget_ended(self) -> list[str]:
        """Forgets the sessions and containers that have ended, of themselves or by others; their names."""
        ended: list[str] = []
        for name, (session, _) in list(self.sessions.items()):
            if await _has_ended(self.client.code_interpreter.get_session(session.id)):
                self._forget(self.sessions, name, session.id)
                ended.append(f"session {name}")
        for ident in list(self.containers):
            if await _has_ended(self.client.containers.get_container(ident)):
                self._forget(self.containers, ident, ident)
                ended.append(f"container {ident}")
        return ended

    async def close_session(self, name: str) -> bool:
        """Deletes a session, with its files; whether there was one."""
        if name not in self.sessions:
            return False
        session, _ = self.sessions[name]
        await session.close()
        self._forget(self.sessions, name, session.id)
        return True

    async def start_container(self, image: str, networking: bool) -> AsyncContainer:
        """A container that stays, made of an image."""
        async with self._making:
            self._check_open()
            if len(self.containers) >= self.limits.containers:
                raise InvalidRequestError(
                    f"There are {len(self.containers)} containers already: {', '.join(self.containers)}. "
                    "Stop one of them (stop_container)."
                )
            container = self.client.containers.container(
                image,
                self.limits.cpu_cores,
                self.limits.memory_mb,
                self.limits.max_cost_credits,
                timeout_seconds=self.limits.session_seconds,
                networking=networking,
            )
            await container.open()
            self.containers[container.id] = container
            return container

    async def stop_container(self, container_id: str) -> None:
        """Ends a container of this caller's."""
        await self.container(container_id).close()
        self._forget(self.containers, container_id, container_id)

    async def close(self) -> None:
        """Ends all of them, for good: no other is made. One that fails doesn't keep the others."""
        self._ended = True
        with suppress(TimeoutError):  # what is being made is waited for, so that it is ended too
            async with asyncio.timeout(MADE_SECONDS), self._making:
                pass
        async with AsyncExitStack() as stack:
            for session, _ in self.sessions.values():
                stack.push_async_callback(session.close)
            for container in self.containers.values():
                stack.push_async_callback(container.close)
        self.sessions.clear()
        self.containers.clear()

    def _forget(self, sandboxes: dict[str, Any], name: str, ident: str) -> None:
        """Forgets a sandbox that has ended, with its processes."""
        sandboxes.pop(name, None)  # somebody else may have been quicker
        for process in list(self.processes.values()):
            if ident in (process.info.session_id, process.info.container_id):
                del self.processes[process.id]
                self.decoders.pop(process.id, None)

    def _check_open(self) -> None:
        if self._ended:
            raise InvalidRequestError(
                "This server ends: it makes no sessions and containers any more."
            )

    async def _opened(self, language: str) -> AsyncInterpreterSession:
        session = self.client.code_interpreter.session(
            language,
            timeout_seconds=self.limits.session_seconds,
            resources={"cpu_cores": self.limits.cpu_cores, "memory_mb": self.limits.memory_mb},
        )
        return await session.open()


async def _has_ended(asking: Awaitable[SessionDetails | Execution]) -> bool:
    try:
        return str((await asking).status).lower() not in ALIVE
    except CognitoraError as error:
        return is_gone(error)


class Callers:
    """The callers of a server: over HTTP one for each token, else the one at the other end."""

    def __init__(self, client: CognitoraAsync, limits: Limits) -> None:
        self.limits = limits
        self._client = client
        self._known: dict[str, Sandboxes] = {}
        self._ended = False

    def now(self) -> Sandboxes:
        """What the caller of this request has."""
        token = get_access_token()
        name = token.client_id if token else ""
        if self._ended and name not in self._known:
            raise InvalidRequestError("This server ends: it takes no callers any more.")
        return self._known.setdefault(name, Sandboxes(self._client, self.limits))

    async def close(self) -> None:
        """Ends what all of them have; who isn't known yet comes too late."""
        self._ended = True
        async with AsyncExitStack() as stack:
            for sandboxes in self._known.values():
                stack.push_async_callback(sandboxes.close)
