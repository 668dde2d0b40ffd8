"""What the cluster tells of pods, as it comes: one request for all of them."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any

from ..concurrency.changes import Changes
from .cluster import Cluster, ClusterError

PAUSES = (0.0, 0.1, 0.5, 2.0, 5.0)
"""In seconds, before it is asked anew; the last for all that follow a failure."""

log = logging.getLogger("cognitora_local")

PodFound = dict[str, Any]
"""As the API server tells of it."""


class PodWatch:
    """Knows the pods with some labels. It begins with `start`.

    Attributes:
        changes: told whenever something has changed.
    """

    def __init__(self, cluster: Cluster, labels: str) -> None:
        self.changes = Changes()
        self._cluster = cluster
        self._labels = labels
        self._pods: dict[str, PodFound | None] = {}  # None: expected, and not told of yet
        self._gone: set[str] = set()

    async def start(self) -> list[PodFound]:
        """Begin, and return those that are there. Raises ClusterError."""
        pods, version = await self._cluster.pods(self._labels)
        self._take_all(pods, set())
        self._watching = asyncio.create_task(self._watch(version))
        return pods

    def expect(self, name: str) -> None:
        """A pod was created."""
        self._pods.setdefault(name, None)

    def find(self, name: str) -> PodFound | None:
        """What was told last of a pod that is expected; None: nothing yet."""
        return self._pods.get(name)

    def is_expected(self, name: str) -> bool:
        """Whether nothing was told yet of a pod that was created."""
        return name in self._pods and self._pods[name] is None and name not in self._gone

    def those_there(self) -> list[PodFound]:
        """What was told last of each that is there. Those that aren't any more are forgotten."""
        for name in list(self._gone):
            self.forget(name)
        return [pod for pod in self._pods.values() if pod is not None]

    def is_gone(self, name: str) -> bool:
        """Whether a pod that was expected isn't there any more."""
        return name in self._gone

    def forget(self, name: str) -> None:
        self._pods.pop(name, None)
        self._gone.discard(name)

    async def close(self) -> None:
        self._watching.cancel()
        with suppress(asyncio.CancelledError):
            await self._watching

    async def _watch(self, version: str | None) -> None:
        failures = 0
        while True:
            try:
                if version is None:
                    expected = set(self._pods)
                    pods, version = await self._cluster.pods(self._labels)
                    self._take_all(pods, expected)
                async for change in self._cluster.changes(self._labels, version):
                    version = str(change["object"]["metadata"]["resourceVersion"])
                    self._take(change)
                    failures = 0
            except (ClusterError, ValueError) as error:
                log.info("The pods are looked at anew. %s", error)
                version = None
                await asyncio.sleep(PAUSES[min(failures, len(PAUSES) - 1)])
                failures += 1

    def _take(self, change: dict[str, Any]) -> None:
        pod = change["object"]
        name = str(pod["metadata"]["name"])
        self._pods[name] = pod
        if change["type"] == "DELETED":
            self._gone.add(name)
        self.changes.notify()

    def _take_all(self, pods: list[PodFound], expected: set[str]) -> None:
        found = {str(pod["metadata"]["name"]): pod for pod in pods}
        self._pods |= found
        self._gone |= expected - set(found)
        self.changes.notify()
