"""A container that is a pod and stays up: its first process is the agent, whatever its image is."""

from __future__ import annotations

import asyncio
import errno
import posixpath
from collections.abc import AsyncIterable, AsyncIterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import uuid4
from weakref import WeakSet

from ..engine import CommandError, ContainerGone, EngineError, NotAFile, NotAPlainFile, StoredFile
from ..filesystem.errors import FilesystemError, FilesystemGone, FilesystemUnreachable
from ..sandbox import SandboxError, Terminal
from ..sandbox.exec import NOT_FOUND
from .cluster import Cluster
from .command import why
from .container import PodContainer
from .container_manifests import HOME
from .exec import MemoryKills, PodExec
from .files import PodFilesystem
from .link import Link, LinkLost, Refused, TakenOver, ask
from .pod import Pod
from .pod_watch import PodWatch

AGENT_SECONDS = 30.0
"""How long an agent may take to answer, once its container runs."""

PAUSE_SECONDS, LEFT_PAUSE_SECONDS = 0.1, 5.0

MAIN = "main"
"""By which its agent knows the command beside which a container stays up: that is begun once, by whomever."""

NO_FILE = (errno.EISDIR, errno.ENOTDIR, errno.ELOOP, errno.ENXIO)
NOTHING: Sequence[bytes] = ()


class _Over(Exception):
    """The agent knows a command that has ended, and that somebody was told of."""


class PersistentPodContainer(PodContainer):
    """Such a container. What its agent is asked for is what an engine does on one machine.

    Args:
        beat_seconds: how often its agent is told that somebody wants it.
    """

    def __init__(
        self,
        cluster: Cluster,
        watch: PodWatch,
        pod: Pod,
        id: str,
        manifest: Mapping[str, Any] | None,
        *,
        beat_seconds: float,
    ) -> None:
        super().__init__(cluster, watch, pod, id, manifest)
        self._beat_seconds = beat_seconds
        self._kills = MemoryKills()
        self._execs: WeakSet[PodExec] = WeakSet()
        self._leaving: set[asyncio.Task[None]] = set()
        self._environment: dict[str, str] = {}
        self._folder = HOME
        self._greeting: asyncio.Task[None] | None = None

    async def start(self) -> datetime:
        began = await super().start()
        await self._greeted()
        return began

    async def reconnect(self) -> None:
        """Let its agent know that it is wanted again: it has heard of nobody for a while."""
        self._begin_greeting()

    async def remove(self) -> None:
        if self._greeting is not None:
            self._greeting.cancel()
            await asyncio.gather(self._greeting, return_exceptions=True)
        for each in list(self._execs):
            each.close()
        for task in self._leaving:
            task.cancel()
        await super().remove()

    async def execute(
        self,
        command: Sequence[str],
        *,
        folder: str | None,
        environment: Mapping[str, str],
        user: str = "",
        stdin: bool = False,
        terminal: Terminal | None = None,
    ) -> PodExec:
        await self._greeted()
        terminal_size = terminal and [terminal.rows, terminal.columns]
        spec = self._spec(command, folder or "", environment, stdin=stdin or terminal is not None)
        return await self._begin(uuid4().hex, {**spec, "terminal": terminal_size})

    async def run_main(self, command: Sequence[str], *, again: bool) -> PodExec | None:
        await self._greeted()
        try:
            return await self._begin(MAIN, self._spec(command, "", {}, stdin=False), again=again)
        except _Over:
            return None

    async def find_exec(self, engine_id: str) -> PodExec | None:
        link = Link(self._pod.dial, {**self._pod.credentials, "id": engine_id}, again=True)
        try:
            await self._greeted()
            await link.open()
        except Refused:
            return None
        except LinkLost as error:
            raise self._gone(error) from error
        return self._exec(link, engine_id)

    async def end_commands(self, *, but: str | None) -> None:
        await self._greeted()
        await self._ask("end", but=but or MAIN)

    def _spec(
        self, command: Sequence[str], folder: str, environment: Mapping[str, str], *, stdin: bool
    ) -> dict[str, Any]:
        return {
            "kind": "command",
            "command": list(command),
            "environment": {**self._environment, **environment},
            "folder": posixpath.join(self._folder, folder),
            "terminal": None,
            "stdin": stdin,
        }

    async def _begin(
        self, identity: str, spec: Mapping[str, Any], *, again: bool = False
    ) -> PodExec:
        """Have the agent start it; `again`: unless it has for another gateway. Raises what `execute` does."""
        request = {**self._pod.credentials, "id": identity, "spec": spec}
        link = Link(self._pod.dial, request, again=again)
        try:
            await link.open()
        except Refused as error:
            if again and error.told.get("error") == "over":
                raise _Over from None
            raise _not_started(error, spec["command"], spec["folder"]) from None
        except LinkLost as error:
            if error.unanswered and identity != MAIN:  # which is found again
                self._leave(identity)
            raise self._gone(error) from error
        return self._exec(link, identity)

    async def put(self, path: str, size: int | None, pieces: AsyncIterable[bytes]) -> int:
        filesystem = await self.filesystem()
        full = posixpath.join(filesystem.folder, path)
        count = 0

        async def counted() -> AsyncIterator[bytes]:
            nonlocal count
            async for piece in pieces:
                count += len(piece)
                yield piece

        try:
            async with filesystem.visit(action="write", path=full, user=None, mode=None) as call:
                await call.send(counted())
                await call.answer()
        except FilesystemError as error:
            if error.number in NO_FILE:
                raise NotAFile(str(error)) from error
            if error.number is None:
                raise EngineError(f"A file can't be written: {error}.") from error
            raise OSError(error.number, str(error)) from error
        except FilesystemGone as error:
            raise ContainerGone from error
        except FilesystemUnreachable as error:
            raise EngineError("The container can't be reached now.") from error
        return count

    async def get(self, path: str) -> StoredFile:
        raise NotAPlainFile("a program inside reads it")

    async def filesystem(self) -> PodFilesystem:
        await self._greeted()
        return PodFilesystem(self._pod, lambda: not self._is_over(), self._folder)

    def _exec(self, link: Link, identity: str) -> PodExec:
        made = PodExec(link, identity, self._kills, self._is_over, self._leave)
        self._execs.add(made)
        return made

    def _leave(self, identity: str) -> None:
        task = asyncio.create_task(self._end(identity))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def _end(self, identity: str) -> None:
        """Have a command end that was out of reach when nobody wanted it any more, once it is in reach."""
        pause = PAUSE_SECONDS
        while not self._is_over():
            link = Link(self._pod.dial, {**self._pod.credentials, "id": identity}, again=True)
            try:
                await link.open()
            except (Refused, TakenOver):
                return
            except LinkLost:  # for a while
                await asyncio.sleep(pause)
                pause = min(2 * pause, LEFT_PAUSE_SECONDS)
            else:
                link.tell(kill=True)
                link.close()
                return

    async def _greeted(self) -> None:
        """Wait until its agent answers. Raises ContainerGone and EngineError."""
        await asyncio.shield(self._begin_greeting())

    def _begin_greeting(self) -> asyncio.Task[None]:
        """Once, unless it has failed."""
        greeting = self._greeting
        if greeting is None or (greeting.done() and greeting.exception() is not None):
            greeting = self._greeting = asyncio.create_task(self._greet())
            greeting.add_done_callback(lambda task: task.cancelled() or task.exception())
        return greeting

    async def _greet(self) -> None:
        told = await self._ask("image")
        environment = {
            name: value
            for name, value in told["environment"].items()
            if not name.startswith("KUBERNETES_")  # where the API is, which can't be reached
        }
        self._environment = environment
        self._folder = str(told["folder"]) if told["writable"] else HOME
        self._pod.keep(self._beat_seconds)

    async def _ask(self, op: str, **more: Any) -> dict[str, Any]:
        try:
            async with asyncio.timeout(AGENT_SECONDS):
                while True:
                    with suppress(OSError, EOFError):
                        stream, told = await ask(
                            self._pod.dial, op=op, **self._pod.credentials, **more
                        )
                        stream.close()
                        return told
                    if self._is_over():  # as one that was cancelled while it started
                        raise ContainerGone
                    await asyncio.sleep(PAUSE_SECONDS)
        except (LinkLost, Refused) as error:
            raise self._gone(error) from error
        except TimeoutError as error:
            if self._is_over():
                raise ContainerGone from error
            message = f"The container's agent doesn't answer for {AGENT_SECONDS:g} s."
            raise EngineError(message) from error

    def _gone(self, error: LinkLost | Refused) -> ContainerGone | EngineError:
        if isinstance(error, TakenOver):
            self._pod.lose()
        if isinstance(error, LinkLost) and error.unanswered:
            return EngineError(f"It isn't known whether the command was started. {error}")
        return (
            ContainerGone()
            if self._is_over()
            else EngineError(f"The container can't be entered. {error}")
        )

    async def _printed(self) -> AsyncIterator[bytes]:
        """Nothing: its own command is one of those that its agent runs."""
        await self._over()
        for nothing in NOTHING:
            yield nothing


def _not_started(error: Refused, command: Sequence[str], folder: str) -> CommandError | EngineError:
    refused = why(error, command, folder)
    if isinstance(refused, SandboxError):
        return EngineError(str(refused))
    program = command[0]
    if refused.exit_code == NOT_FOUND:
        return CommandError(f"The command {program} isn't in the image.", NOT_FOUND)
    if error.told.get("of") == "folder":
        return CommandError(
            f"The folder {folder} can't be entered in the container.", refused.exit_code
        )
    return CommandError(f"The command {program} can't be executed.", refused.exit_code)
