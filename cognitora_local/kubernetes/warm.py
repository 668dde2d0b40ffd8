"""Warm pods: made before anybody asks, for all gateways of a namespace together.

One gateway has the Lease. It sees that there are as many pods of each kind as are wanted, and lets their
agents know that somebody wants them. Any gateway takes one, by taking its label off while the pod is as it
knows it: so exactly one does. A warm pod has no token yet. Its agent's is that of who comes first, so nobody
can have it beforehand, and a pod that somebody has used answers nobody else: none is ever taken twice.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from typing import Any
from uuid import uuid4

from ..concurrency.changes import wait_for
from ..concurrency.completion import to_completion
from ..sandbox import WARM_SECONDS, Limits
from .agent.server import DRIVER
from .cluster import MANAGED, Cluster, ClusterError
from .lease import Lease
from .link import Link, LinkLost, Refused, Stream, ask
from .manifests import AGENT_PORT, GATEWAY, PREFIX, WARM
from .options import PodOptions
from .pod import Pod
from .pod_watch import Expected, PodFound, PodWatch

LANGUAGE = "cognitora.dev/language"
"""The label that says which language's driver runs in a warm pod."""

NAME = "cognitora.dev/name"

TAKE_SECONDS = 5.0
"""How long the agent of a warm pod may take to answer; some 50 milliseconds are usual."""

RETRY_SECONDS = 5.0
"""After pods that couldn't be made, or have ended by themselves."""

ENDED = ("Succeeded", "Failed")
SWEEP_ROUNDS = 60

log = logging.getLogger("cognitora_local")


@dataclass(frozen=True)
class Kind:
    """Warm pods that are alike.

    Attributes:
        language: whose driver runs in them.
        networking: whether they reach the outside.
        driver: what their agents start.
        make: their manifests, by name and labels: with the image, the RuntimeClass and all else.
    """

    language: str
    networking: bool
    driver: Mapping[str, Any]
    make: Callable[[str, Mapping[str, str]], dict[str, Any]]

    @property
    def name(self) -> str:
        """By which gateways tell each other that it is wanted."""
        return f"warm-{self.language}-{'outside' if self.networking else 'none'}"

    @cached_property
    def digest(self) -> str:
        """What their label WARM says: another for whatever differs in any way."""
        text = json.dumps(self.make("", {}), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def made(self, name: str) -> dict[str, Any]:
        """The manifest of one."""
        return self.make(name, {WARM: self.digest, LANGUAGE: self.language})


class WarmPods:
    """As one of the gateways has them.

    Args:
        gateway: what it is known by.
        kinds: those that there can be. Of the first there are some from the start, of the others once they
            were asked for.
        options: with `warm`, how many of each kind are kept.
    """

    def __init__(
        self, cluster: Cluster, gateway: str, kinds: Sequence[Kind], options: PodOptions
    ) -> None:
        self._cluster = cluster
        self._gateway = gateway
        self._kinds = {kind.digest: kind for kind in kinds}
        self._size = options.warm
        self._round = options.silence_seconds / 12
        self._lease = Lease(cluster, gateway, 3 * self._round)
        self._watch = PodWatch(cluster, f"{MANAGED}=cognitora,{WARM}")
        self._tried: set[tuple[str, str]] = set()  # by name and version
        self._made: dict[Expected, str] = {}  # the digests of those that nothing is told of yet
        self._silent: dict[str, int] = {}  # how often each didn't answer
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin; returns at once. Raises ClusterError where there can be none."""
        await self._watch.start()
        for work in (self._hold(), self._refill(), self._keep()):
            self._tasks.add(asyncio.create_task(work))

    def kind(self, driver: Mapping[str, Any], *, networking: bool) -> Kind | None:
        """The one that such a driver runs in."""
        for kind in self._kinds.values():
            if kind.driver == driver and kind.networking == networking:
                return kind
        return None

    async def take(
        self, kind: Kind, name: str, on_taken_over: Callable[[], None]
    ) -> tuple[Pod, Link] | None:
        """A pod that nobody else has, and the link to its driver; None: there is none.

        `name` is what its label says from then on, `on_taken_over` is for the pod.
        """
        while (found := self._next(kind.digest)) is not None:
            pod = Pod(
                *(self._cluster, found[0], secrets.token_hex(32), Limits()),
                networking=kind.networking,
                on_taken_over=on_taken_over,
            )
            labels = {WARM: None, GATEWAY: self._gateway, NAME: name}
            try:
                if not await self._cluster.relabel_pod(*found, labels):
                    continue
            except ClusterError as error:
                log.info("No warm pod is taken: %s", error)
                return None
            try:
                return pod, await self._open(pod)
            except (Refused, LinkLost, TimeoutError) as error:
                log.info("The warm pod %s isn't used: %s", pod.name, str(error) or "no answer")
                self._later(_delete(pod))
            except BaseException:
                await to_completion(_delete(pod))
                raise
        if kind.name not in self._lease.noted:
            self._later(self._want(kind))
        return None

    async def close(self) -> None:
        """End it, and remove the pods that nobody took, as nobody is to take them."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(ClusterError):
            await self._remove_untaken()
            await self._lease.release()
        await self._watch.close()

    def _next(self, digest: str) -> tuple[str, str] | None:
        """The name and version of one that can be taken. It isn't told again as long as it is the same."""
        pods = {_known(pod): pod for pod in self._watch.those_there()}
        self._tried &= pods.keys()
        untried = [
            known
            for known, pod in pods.items()
            if known not in self._tried
            and pod["metadata"]["labels"].get(WARM) == digest
            and is_ready(pod)
        ]
        random.shuffle(untried)  # else all gateways would choose the same
        for known in untried:
            self._tried.add(known)
            if self._is_ours(pods[known]):
                return known
        return None

    async def _open(self, pod: Pod) -> Link:
        link = Link(pod.dial, {**pod.credentials, "id": DRIVER})
        async with asyncio.timeout(TAKE_SECONDS):
            await link.open()
        pod.link = link
        pod.keep(3 * self._round)
        return link

    async def _want(self, kind: Kind) -> None:
        with suppress(ClusterError):
            await self._lease.note(kind.name)
            self._watch.changes.notify()

    async def _hold(self) -> None:
        while True:
            before = self._lease.held
            try:
                await self._lease.renew()
            except ClusterError as error:
                log.warning("Warm pods have no owner by this gateway: %s", error)
            if self._lease.held and not before:
                self._watch.changes.notify()
            await asyncio.sleep(self._round)

    async def _refill(self) -> None:
        while True:
            changed = self._watch.changes.next
            if self._lease.held:
                try:
                    await self._tend()
                except ClusterError as error:
                    log.warning("No warm pod: %s", error)
                    await asyncio.sleep(RETRY_SECONDS)
            await wait_for(changed, self._round)

    async def _tend(self) -> None:
        """See that there are the pods that are wanted, and no others."""
        first = next(iter(self._kinds))
        wanted: dict[str, list[PodFound | str]] = {
            digest: []
            for digest, kind in self._kinds.items()
            if digest == first or kind.name in self._lease.noted
        }
        self._made = {e: d for e, d in self._made.items() if self._watch.is_expected(e.name)}
        for expected, digest in self._made.items():
            wanted.setdefault(digest, []).append(expected.name)
        ended = False
        for pod in sorted(self._watch.those_there(), key=is_ready, reverse=True):
            if "deletionTimestamp" in pod["metadata"]:
                continue
            kept = wanted.get(pod["metadata"]["labels"].get(WARM, ""))
            if kept is None or len(kept) >= self._size or self._is_spoilt(pod):
                ended |= pod["status"].get("phase") in ENDED
                await self._remove(pod)
            else:
                kept.append(pod)
        if ended:  # by itself: as may the next
            await asyncio.sleep(RETRY_SECONDS)
        for digest, kept in wanted.items():
            for _ in range(self._size - len(kept)):
                await self._make(self._kinds[digest])

    async def _make(self, kind: Kind) -> None:
        name = f"{PREFIX}warm-{uuid4().hex}"
        await self._cluster.create_pod(kind.made(name))
        self._made[self._watch.expect(name)] = kind.digest

    async def _keep(self) -> None:
        """Let the agents of those that run know that somebody wants them."""
        rounds = 0
        while True:
            await asyncio.sleep(self._round)
            if not self._lease.held:
                rounds = 0
                continue
            if rounds % 3 == 0:
                pods = [pod for pod in self._watch.those_there() if is_ready(pod)]
                self._silent = {n: c for n, c in self._silent.items() if n in map(_name, pods)}
                await asyncio.gather(*map(self._beat, pods))
            if rounds % SWEEP_ROUNDS == 1:
                await self._sweep()
            rounds += 1

    async def _beat(self, pod: PodFound) -> None:
        name = _name(pod)
        try:
            stream, _ = await ask(partial(self._dial, name), op="keep")
            stream.close()
            self._silent.pop(name, None)
            return
        except (Refused, LinkLost) as error:
            log.info("The warm pod %s is somebody's: %s", name, error)
        except (OSError, EOFError):
            self._silent[name] = self._silent.get(name, 0) + 1
            if self._silent[name] < 2:
                return
        with suppress(ClusterError):
            await self._remove(pod)

    async def _dial(self, name: str) -> Stream:
        try:
            return await self._cluster.port_forward(name, AGENT_PORT)
        except ClusterError as error:
            raise ConnectionError(str(error)) from error

    async def _sweep(self) -> None:
        """Remove what has ended long ago, as nobody does whose gateway was killed."""
        before = datetime.now(UTC) - timedelta(seconds=12 * self._round)
        with suppress(ClusterError):
            for phase in ENDED:
                pods, _ = await self._cluster.pods(f"{MANAGED}=cognitora", f"status.phase={phase}")
                await asyncio.gather(*(self._remove(p) for p in pods if _changed_at(p) < before))

    async def _remove(self, pod: PodFound) -> None:
        """Delete it, unless it has changed meanwhile, as one does that is taken."""
        await self._cluster.delete_pod(*_known(pod))

    async def _remove_untaken(self) -> None:
        """Delete all that nobody takes meanwhile, those too that change otherwise, as by becoming ready."""
        pods = await self._untaken()
        names = set(map(_name, pods))
        while pods:
            await asyncio.gather(*map(self._remove, pods))
            pods = [pod for pod in await self._untaken() if _name(pod) in names]

    async def _untaken(self) -> list[PodFound]:
        pods, _ = await self._cluster.pods(f"{MANAGED}=cognitora,{WARM}")
        there = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
        return [pod for pod in there if self._kind_of(pod) is not None]

    def _kind_of(self, pod: PodFound) -> Kind | None:
        return self._kinds.get(pod["metadata"]["labels"].get(WARM, ""))

    def _is_ours(self, pod: PodFound) -> bool:
        """Whether it is what one of its kind is made as, and has not been for too long."""
        kind = self._kind_of(pod)
        if kind is None or "ephemeralContainers" in pod["spec"]:
            return False
        made = kind.made(_name(pod))
        for container in made["spec"]["containers"]:
            del container["resources"]  # which a cluster writes in its own way
        created = datetime.fromisoformat(pod["metadata"]["creationTimestamp"])
        return stands(made["spec"], pod["spec"]) and (
            stands(made["metadata"], pod["metadata"])
            and datetime.now(UTC) - created < timedelta(seconds=WARM_SECONDS)
        )

    def _is_spoilt(self, pod: PodFound) -> bool:
        """Whether nobody can take it, now or soon."""
        waits = pod["status"].get("phase", "Pending") == "Pending"
        return not self._is_ours(pod) or not (waits or is_ready(pod))

    def _later(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def is_ready(pod: PodFound) -> bool:
    """Whether it runs on a node that the cluster hears of: the cluster takes pods of others for not ready."""
    if "deletionTimestamp" in pod["metadata"] or pod["status"].get("phase") != "Running":
        return False
    conditions = {each["type"]: each["status"] for each in pod["status"].get("conditions", [])}
    return conditions.get("Ready") == "True"


def stands(told: Any, found: Any) -> bool:
    """Whether all that the cluster was told is there, whatever it has added."""
    if isinstance(told, Mapping):
        return isinstance(found, Mapping) and all(
            stands(value, found.get(key)) for key, value in told.items()
        )
    if isinstance(told, list):
        return (
            isinstance(found, list)
            and len(told) <= len(found)
            and all(map(stands, told, found[: len(told)]))
        )
    return bool(told == found)


def _name(pod: PodFound) -> str:
    return str(pod["metadata"]["name"])


def _known(pod: PodFound) -> tuple[str, str]:
    return _name(pod), str(pod["metadata"]["resourceVersion"])


def _changed_at(pod: PodFound) -> datetime:
    """When it has changed last."""
    at = [each["lastTransitionTime"] for each in pod["status"].get("conditions", [])]
    return datetime.fromisoformat(max(at, default=pod["metadata"]["creationTimestamp"]))


async def _delete(pod: Pod) -> None:
    with suppress(ClusterError):  # it ends by itself, as it is heard of no more
        await pod.delete()
