"""One pod: the way into it, and what became of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..sandbox import Limits, SandboxError
from . import room
from .cluster import Cluster, ClusterError
from .link import Link, LinkLost, Refused, Stream, TakenOver, ask
from .manifests import AGENT_PORT

START_SECONDS = 60.0
"""How long a pod may take to run, its image pulled; about a second is usual."""

LOOK_SECONDS = 0.1
"""Between two looks whether it does."""

HOPELESS = {
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
}
"""Why a container waits that will go on waiting."""


@dataclass(frozen=True, slots=True)
class EndReason:
    """Why a pod has ended."""

    sentence: str
    out_of_memory: bool = False


class Pod:
    """A pod of ours that was created.

    Attributes:
        name: its name, which is derived from our id.
        credentials: what its agent knows this gateway by: the pod's token, and its term.
        networking: whether it reaches the outside, which it does for good or never.
        link: to its driver, while there is one.
        taken_over: whether another gateway has it now.
    """

    def __init__(
        self,
        cluster: Cluster,
        name: str,
        token: str,
        limits: Limits,
        term: int = 0,
        *,
        networking: bool,
        on_taken_over: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_taken_over` is called when another gateway has it."""
        self.name = name
        self.networking = networking
        # Not in its manifest: nobody who can read that can ask its agent.
        self.credentials: dict[str, Any] = {"token": token, "term": term}
        self.limits = limits
        self.link: Link | None = None
        self.taken_over = False
        self._on_taken_over = on_taken_over
        self._cluster = cluster
        self._beating: asyncio.Task[None] | None = None

    async def started(self, beat_seconds: float) -> dict[str, Any]:
        """Wait until its agent answers; what that tells.

        Raises SandboxError when it won't, and why.
        """
        since, why = time.monotonic(), "nobody says why"
        while time.monotonic() - since < START_SECONDS:
            try:
                found = await self._cluster.pod(self.name)
                if found is None:
                    raise SandboxError("The sandbox can't be made: its pod was deleted.")
                why = _not_running(found) or why
                if found.status.phase == "Running":
                    told = await self._tell()
                    self.keep(beat_seconds)
                    return told
            except (ClusterError, OSError, EOFError) as error:
                why = str(error) or why
            except (LinkLost, Refused) as error:
                raise SandboxError(f"The sandbox can't be made: {error}") from error
            await asyncio.sleep(LOOK_SECONDS)
        if room.is_wanting(why):
            raise room.no_node(why)
        raise SandboxError(
            f"The sandbox can't be made: its pod doesn't run after {START_SECONDS:g} s: {why}."
        )

    def keep(self, beat_seconds: float) -> None:
        """Let its agent know, so often, that somebody wants it; until it is deleted."""
        self._beating = self._beating or asyncio.create_task(self._beat(beat_seconds))

    def lose(self) -> None:
        """Another gateway has it: nothing of it is touched any more."""
        self.taken_over = True
        self._on_taken_over()

    async def dial(self) -> Stream:
        """Connect to its agent."""
        return await self.connect(AGENT_PORT)

    async def connect(self, port: int) -> Stream:
        """Connect to a port inside. Raises OSError, and LinkLost when the pod has ended."""
        try:
            return await self._cluster.port_forward(self.name, port)
        except ClusterError as error:
            if (reason := await self.end_reason()) is not None:
                raise LinkLost(reason.sentence) from error
            raise ConnectionError(str(error)) from error

    async def end_reason(self) -> EndReason | None:
        """Why it has ended; None where it hasn't, or that isn't known now."""
        try:
            return _end_of(await self._cluster.pod(self.name))
        except ClusterError:
            return None

    async def addresses(self) -> tuple[str | None, str | None]:
        """Its own, and that of its node; None for one that isn't known."""
        found = await self._cluster.pod(self.name)
        if found is None:
            raise SandboxError("The probe's pod was deleted.")
        return found.status.pod_ip, found.status.host_ip

    async def delete(self) -> None:
        """Have it end, with all in it, unless it is another gateway's now."""
        if self._beating is not None:
            self._beating.cancel()
        if not self.taken_over:
            await self._cluster.delete_pod(self.name)

    async def _tell(self) -> dict[str, Any]:
        stream, told = await ask(self.dial, op="tell", **self.credentials)
        stream.close()
        return told

    async def _beat(self, seconds: float) -> None:
        """Let its agent know, from time to time, that somebody wants it."""
        while True:
            await asyncio.sleep(seconds)
            if self.link is not None and self.link.connected:
                self.link.tell(beat=True)
            else:
                try:
                    await self._tell()
                except TakenOver:
                    self.lose()
                    return
                except (OSError, EOFError, LinkLost, Refused):
                    continue


def _not_running(found: Any) -> str | None:
    """Why it doesn't run yet, where that is told. Raises SandboxError where it never will."""
    if found.status.phase in ("Succeeded", "Failed"):
        if room.is_out_of_room(found.status.reason):
            raise room.no_node(str(found.status.message))
        end = _end_of(found)
        raise SandboxError(f"The sandbox can't be made: {end.sentence if end else 'it has ended.'}")
    for status in found.status.container_statuses or []:
        waiting = status.state.waiting
        if waiting is not None and waiting.reason in HOPELESS:
            raise SandboxError(
                f"The sandbox can't be made: its image {status.image!r} can't be run "
                f"({waiting.reason}: {waiting.message}). See to --sandbox-image."
            )
    for condition in found.status.conditions or []:
        if condition.status == "False" and condition.message:
            return str(condition.message)
    return None


def _end_of(found: Any | None) -> EndReason | None:
    if found is None:
        return EndReason("Its pod is gone, with its files: it was deleted, or its node was.")
    if found.metadata.deletion_timestamp is not None:
        return EndReason("Its pod is being deleted, with its files.")
    if found.status.phase not in ("Succeeded", "Failed"):
        return None
    for status in found.status.container_statuses or []:
        ended = status.state.terminated
        if ended is not None and ended.reason == "OOMKilled":
            return EndReason("Its pod ran out of memory, and its files are gone.", True)
    why: Mapping[str, str] = {
        "DeadlineExceeded": "it had been there as long as a pod may",
        "Evicted": f"its node put it out ({found.status.message})",
    }
    reason = found.status.reason or "its agent ended"
    return EndReason(f"Its pod has ended, with its files: {why.get(reason, reason)}.")
