"""A container that is a pod: one that runs its own command alone."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterable, AsyncIterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from ..concurrency.changes import wait_for
from ..engine import (
    KILLED,
    ContainerGone,
    ContainerState,
    EngineError,
    RunningExec,
    StoredFile,
)
from ..filesystem.visit import ReachableFilesystem
from ..sandbox import Refusal, Terminal
from .cluster import Cluster, ClusterError
from .container_manifests import START_SECONDS
from .pod import Pod
from .pod_state import (
    began_at,
    check_can_start,
    end_of,
    engine_id_of,
    is_scheduled,
    waits,
    why_waiting,
)
from .pod_watch import Expected, PodFound, PodWatch
from .ports import PodPorts
from .room import refusal

SCHEDULE_SECONDS = 60.0
"""How long a pod may wait for a node."""

CREATE_SECONDS = 30.0
"""How long it is tried again to have a pod made, while the API server doesn't answer."""

LOST_SECONDS = 30.0
"""After so long a pod that was to end is taken for lost with its node: nobody says what became of it."""

HALF_MADE_SECONDS = 3.0
"""After so long a pod that was to end, and whose command its node hasn't started, is told as ended before it
ran: the node would have said that it had. To clear away what is half made may take it long."""

LAST_SECONDS = 5.0
"""How long the last of a log may take to come, once its container has ended, or its end, once the log has."""

WHOLE_SECONDS = 30.0
"""How long a piece of a log may take to come that is there as a whole."""

OPEN_SECONDS = 3.0
"""How long a container that is to be ended is let run, until its log is open."""

PAUSE_SECONDS = 0.2
NO_COMMANDS = "Only persistent containers run other commands than their own."

log = logging.getLogger("cognitora_local")


class PodContainer:
    """A container whose pod runs its command by itself. The attributes and methods are those of `Container`.

    Args:
        cluster: where it is.
        watch: what is told of its pod.
        pod: how its ports are reached.
        id: ours.
        manifest: what the cluster is told to make; None: it was found.
    """

    has_users = False

    def __init__(
        self,
        cluster: Cluster,
        watch: PodWatch,
        pod: Pod,
        id: str,
        manifest: Mapping[str, Any] | None,
    ) -> None:
        self.id = id
        self.output: AsyncIterator[bytes] = self._printed()
        self.ports = PodPorts(pod)
        self._cluster = cluster
        self._watch = watch
        self._pod = pod
        self._manifest = manifest
        self._killed = False
        self._reading = False
        self._open = asyncio.Event()  # its log is, or nobody reads it any more
        self._deleted_since: float | None = None
        self._expected: Expected | None = None

    def expect(self) -> None:
        """Its pod is there: what becomes of it is to be known, until it is removed."""
        self._expected = self._watch.expect(self._pod.name)

    async def take_over(self, earlier: PodContainer) -> bool:
        self.ports = earlier.ports
        self._killed |= earlier._killed
        return True

    @property
    def term(self) -> int:
        return int(self._pod.credentials["term"])

    @term.setter
    def term(self, term: int) -> None:
        self._pod.credentials["term"] = term

    async def start(self) -> datetime:
        if self._manifest is not None:
            await self._create(self._manifest)
        if self._killed:  # before it was there
            await self._delete()
        return await self._begun()

    async def state(self) -> ContainerState:
        if (ended := self._ended()) is not None:
            return ended
        found = self._watch.find(self._pod.name)
        began = None if found is None else began_at(found)
        starts = began is None and (found is None or "deletionTimestamp" not in found["metadata"])
        return ContainerState(began is not None, None, False, began, None, starting=starts)

    async def wait(self) -> ContainerState:
        while (ended := self._ended()) is None:
            await wait_for(self._watch.changes.next, LOST_SECONDS / 10)
        return ended

    async def kill(self) -> None:
        self._killed = True
        if self._reading:  # what it has printed goes with its pod, where nobody has it open by then
            await wait_for(self._open, OPEN_SECONDS)
        await self._delete()

    async def remove(self) -> None:
        await self.ports.close()
        await self._delete()
        self._expected = None

    async def execute(
        self,
        command: Sequence[str],
        *,
        folder: str | None,
        environment: Mapping[str, str],
        user: str = "",
        stdin: bool = False,
        terminal: Terminal | None = None,
    ) -> RunningExec:
        raise EngineError(NO_COMMANDS)

    async def run_main(self, command: Sequence[str], *, again: bool) -> RunningExec | None:
        raise EngineError(NO_COMMANDS)

    async def find_exec(self, engine_id: str) -> RunningExec | None:
        return None

    async def end_commands(self, *, but: str | None) -> None:
        """There are none."""

    async def put(self, path: str, size: int | None, pieces: AsyncIterable[bytes]) -> int:
        raise EngineError(NO_COMMANDS)

    async def get(self, path: str) -> StoredFile:
        raise EngineError(NO_COMMANDS)

    async def filesystem(self) -> ReachableFilesystem:
        raise EngineError(NO_COMMANDS)

    @property
    def egress(self) -> list[str] | None:
        return None

    async def set_egress(self, rules: Sequence[str]) -> None:
        raise EngineError("The container has no way out that could be held to a list.")

    async def refused(self) -> list[Refusal]:
        return []

    async def reconnect(self) -> None:
        """It has no network."""

    async def _create(self, manifest: Mapping[str, Any]) -> None:
        """Have it made: once, however often it is asked for, by its name."""
        since = time.monotonic()
        while True:
            try:
                await self._cluster.create_pod(manifest)
            except ClusterError as error:
                if not error.passes or time.monotonic() - since > CREATE_SECONDS:
                    raise EngineError(f"The container can't be made. {refusal(error)}") from error
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                self.expect()
                return

    async def _begun(self) -> datetime:
        """Wait until its command runs, or has run; when it began."""
        since, name = time.monotonic(), self._pod.name
        while True:
            change = self._watch.changes.next
            found = self._watch.find(name)
            if found is not None:
                check_can_start(found)
            if (ended := self._ended()) is not None:
                if ended.started_at is None:
                    raise EngineError(ended.lost or "The container was ended before it ran.")
                return datetime.now(UTC)
            if found is not None and began_at(found) is not None:
                return datetime.now(UTC)
            limit = START_SECONDS if is_scheduled(found) else SCHEDULE_SECONDS
            if time.monotonic() - since > limit and not await self._has_news():
                why = why_waiting(found)
                raise EngineError(
                    f"The container can't be started: its pod doesn't run after {limit:g} s: {why}."
                )
            await wait_for(change, 1.0)

    async def _has_news(self) -> bool:
        """Whether its pod is otherwise than was told, or that can't be known now. It is known then."""
        try:
            return await self._watch.look(self._pod.name)
        except ClusterError as error:
            log.info("The pod of container %s can't be looked at. %s", self.id, error)
            return error.passes

    def _ended(self) -> ContainerState | None:
        """How it has ended; None: it hasn't. Raises ContainerGone."""
        found = self._watch.find(self._pod.name)
        ended = None if found is None else end_of(found, killed=self._killed)
        if ended is not None:
            return ended
        began = None if found is None else began_at(found)
        if self._watch.is_gone(self._pod.name):
            if not self._killed:
                raise ContainerGone
            return ContainerState(False, KILLED, False, began, None)
        if found is None:
            return None
        since = self._deleted(found)
        if self._killed and waits(found) and since > HALF_MADE_SECONDS:
            return ContainerState(False, KILLED, False, None, None)
        if since > LOST_SECONDS:
            node = found["spec"].get("nodeName", "nobody knows which")
            lost = f"The container's node {node} isn't reached any more: how it went is unknown."
            return ContainerState(False, None, False, began, None, lost)
        return None

    def _deleted(self, found: PodFound) -> float:
        """For how many seconds its pod was seen to be on its way out."""
        if "deletionTimestamp" not in found["metadata"]:
            return 0.0
        self._deleted_since = self._deleted_since or time.monotonic()
        return time.monotonic() - self._deleted_since

    def _is_over(self) -> bool:
        try:
            return self._ended() is not None
        except Exception:  # noqa: BLE001  # who waits for its end is told
            return True

    async def _over(self) -> None:
        while not self._is_over():
            await wait_for(self._watch.changes.next, LOST_SECONDS / 10)

    async def _delete(self) -> None:
        try:
            await self._pod.delete()
        except ClusterError as error:
            raise EngineError(f"The container can't be ended: {error}.") from error

    def _without_regret(self, piece: bytes) -> bytes:
        """Without what a node says at the end of the log of a container that it has removed meanwhile."""
        found = self._watch.find(self._pod.name) if self._killed else None
        engine_id = None if found is None else engine_id_of(found)
        if engine_id is None:
            return piece
        regret = rb"rpc error: code = NotFound desc = [^\n]{0,200}%b[^\n]{0,100}\n?\Z"
        return re.sub(regret % re.escape(engine_id.encode()), b"", piece)

    async def _printed(self) -> AsyncIterator[bytes]:
        """Its log, from the beginning. Where the connection breaks, it is read on by another."""
        taken, over = 0, asyncio.create_task(self._over())
        self._reading = True
        try:
            while True:
                skip, follow = taken, not over.done()
                with suppress(ClusterError):  # there is none yet, or it can't be had now
                    pieces = self._cluster.log(self._pod.name, self._open.set, follow=follow)
                    patience = LAST_SECONDS if follow else WHOLE_SECONDS
                    async for piece in _until(over, pieces, patience):
                        rest = piece[skip:]
                        skip -= len(piece) - len(rest)
                        taken += len(rest)
                        said = self._without_regret(rest)
                        if said:
                            yield said
                # An end of the log before that of the container may be one of the connection; and a node that
                # follows a log may end before the last of it has come, which is there once the end is told.
                await asyncio.wait({over}, timeout=LAST_SECONDS)
                if not follow or (over.done() and self._killed):
                    return
        finally:
            self._open.set()
            over.cancel()


async def _until(
    over: asyncio.Task[None], pieces: AsyncIterator[bytes], patience: float
) -> AsyncIterator[bytes]:
    """The pieces, to their end; or until none has come for so many seconds since `over` was done."""
    reading: asyncio.Task[bytes | None] | None = None
    try:
        while True:
            reading = reading or asyncio.create_task(_next(pieces))
            others = set() if over.done() else {over}
            await asyncio.wait(
                {reading, *others},
                timeout=None if others else patience,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if reading.done():
                piece, reading = reading.result(), None
                if piece is None:
                    return
                yield piece
            elif not others:
                return
    finally:
        if reading is not None:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


async def _next(pieces: AsyncIterator[bytes]) -> bytes | None:
    return await anext(pieces, None)
