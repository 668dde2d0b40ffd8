"""A cluster whose pods are containers."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from weakref import WeakSet

from ..engine import Collected, ContainerSpec, EngineError, Image, Secret
from ..engine.reference import parse
from ..sandbox import Limits, SandboxError
from . import container_manifests as manifests
from . import programs
from .cluster import MANAGED, Cluster, ClusterError
from .container import PodContainer
from .networks import policies_of_containers
from .options import PodOptions
from .persistent import PersistentPodContainer
from .pod import Pod
from .pod_state import has_ended_before
from .pod_watch import PodWatch
from .room import refusal

NO_NETWORK = (
    "`networking` can't be had: this cluster's containers have no network (--no-networking). "
    "Leave it false."
)
NO_GPU = "`gpuCount` can't be had: this cluster's containers have no GPUs. Leave it at 0."
NO_EGRESS = (
    "Egress lists can't be kept on this cluster: its network plugin knows addresses and no names."
)
LEFT = timedelta(days=1)
"""How long what an ended container leaves is kept for a runtime that may come back."""

KEY = "containers"
"""The secret that the tokens of their agents come from."""


log = logging.getLogger("cognitora_local")


class PodEngine:
    """Makes containers that are pods. Its methods are those of `Engine`.

    Attributes:
        limits_disk: True: softly, as `PodHost.isolation` says.
        replaceable: False: a cluster that doesn't answer now is asked again, by the same containers.
    """

    limits_disk = True
    replaceable = False

    def __init__(
        self,
        cluster: Cluster,
        options: PodOptions,
        images: Mapping[str, str],
        key: bytes,
        on_taken_over: Callable[[], None] = lambda: None,
    ) -> None:
        """For `start`."""
        self._cluster = cluster
        self._options = options
        self._images = images
        self._key = key
        self._on_taken_over = on_taken_over
        self._made: WeakSet[PodContainer] = WeakSet()  # by this gateway; others may have more
        self._owner = hashlib.sha256(key).hexdigest()[:32]
        self._watch = PodWatch(
            cluster, f"{MANAGED}={manifests.OURS},{manifests.OWNER}={self._owner}"
        )

    @classmethod
    async def start(
        cls,
        options: PodOptions,
        images: Mapping[str, str],
        on_taken_over: Callable[[], None],
        data_dir: Path,
        secret: Secret,
    ) -> PodEngine:
        """Find the cluster.

        `images` is what stands for an image, by its name. All who know the same `secret` find each other's
        containers, and are those that their agents know. Nothing is kept in `data_dir`. `on_taken_over` is
        called when another gateway has a container that was this one's: it was taken for dead.

        Raises:
            EngineError: there is none, or it doesn't let this program make containers.
        """
        try:
            cluster = await Cluster.connect(options.namespace)
        except SandboxError as error:
            raise EngineError(str(error)) from error
        try:
            engine = cls(cluster, options, images, await secret(KEY), on_taken_over)
            await programs.note_use(cluster)
            for policy in policies_of_containers(options):
                await cluster.put_network_policy(policy)
            await engine._watch.start()
        except ClusterError as error:
            await cluster.close()
            raise EngineError(f"The Kubernetes cluster can't be used: {error}.") from error
        except BaseException:
            await cluster.close()
            raise
        return engine

    @property
    def life_seconds(self) -> float:
        return self._options.life_seconds

    def refusal(self, *, networking: bool, egress: bool, gpus: int) -> str | None:
        if networking and not self._options.networking:
            return NO_NETWORK
        if egress:
            return NO_EGRESS
        return NO_GPU if gpus else None

    async def check_egress(self) -> None:
        raise EngineError(NO_EGRESS)

    def hold_to(self, container_id: str, rules: Sequence[str]) -> None:
        raise EngineError(NO_EGRESS)

    async def image(self, name: str) -> Image:
        """What `name` names. Whether it is there only a pod's node finds out. Raises ImageError."""
        reference = str(parse(name))
        reference = self._images.get(reference, reference)
        return Image(name=name, reference=reference, id=reference, working_dir=manifests.HOME)

    async def check_room(self, spec: ContainerSpec) -> None:
        """Raises SandboxError where the cluster wouldn't make its pod now, as where a quota is used up."""
        try:
            pod = manifests.pod(spec, self._options, self._owner)
            await self._cluster.create_pod(pod, tried=True)
        except ClusterError as error:
            if error.message:  # else its API server wasn't reached, which is tried again
                raise refusal(error) from error

    async def create(self, spec: ContainerSpec) -> PodContainer:
        manifest = manifests.pod(spec, self._options, self._owner)
        made = self._container(spec.id, manifest, persistent=spec.persistent)
        self._made.add(made)
        return made

    async def find(self) -> dict[str, PodContainer]:
        found = {}
        try:
            pods, _ = await self._cluster.pods(
                f"{MANAGED}={manifests.OURS},{manifests.OWNER}={self._owner}"
            )
        except ClusterError as error:
            raise EngineError(f"The containers of this cluster can't be found: {error}.") from error
        for pod in pods:
            labels = pod["metadata"]["labels"]
            container_id = str(labels[manifests.CONTAINER])
            persistent = labels[manifests.PERSISTENT] == "yes"
            found[container_id] = self._container(container_id, None, persistent=persistent)
            found[container_id].expect()
        return found

    async def collect(self) -> Collected:
        """Remove the pods of containers that ended so long ago that nobody will ask for them any more.

        Those of others' too, who may be no more: what ran there has ended by itself.
        """
        try:
            pods, _ = await self._cluster.pods(f"{MANAGED}={manifests.OURS}")
            ended = [
                str(pod["metadata"]["name"])
                for pod in pods
                if pod["metadata"]["labels"].get(manifests.OWNER) != self._owner
                and has_ended_before(pod, datetime.now(UTC) - LEFT)
            ]
            await asyncio.gather(*map(self._cluster.delete_pod, ended))
        except ClusterError as error:
            raise EngineError(f"Pods that are left can't be removed: {error}.") from error
        return Collected(len(ended), 0, 0)

    async def close(self, *, keep: bool = False) -> None:
        try:
            if not keep:
                await asyncio.gather(*(each.remove() for each in self._made))
        finally:
            await self._watch.close()
            await self._cluster.close()

    def _container(
        self, container_id: str, manifest: Mapping[str, object] | None, *, persistent: bool
    ) -> PodContainer:
        name = manifests.name_of(container_id)
        token = hmac.new(self._key, name.encode(), hashlib.sha256).hexdigest()
        pod = Pod(
            *(self._cluster, name, token, Limits()),
            networking=False,
            on_taken_over=self._on_taken_over,
        )
        known = (self._cluster, self._watch, pod, container_id, manifest)
        if persistent:
            return PersistentPodContainer(*known, beat_seconds=self._options.silence_seconds / 4)
        return PodContainer(*known)
