"""What the cluster tells of pods, as it comes: one request for all of them."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any
from weakref import WeakSet

from ..concurrency.changes import Changes
from .cluster import Cluster, ClusterError

PAUSES = (0.0, 0.1, 0.5, 2.0, 5.0)
"""In seconds, before it is asked anew; the last for all that follow a failure."""

LATE = 200
"""Of so many pods it is known that they went before anybody expected them: events may be ahead of answers."""

log = logging.getLogger("cognitora_local")

PodFound = dict[str, Any]
"""As the API server tells of it."""


class Expected:
    """That a pod is expected: what was told of it last is kept as long as somebody has this."""

    def __init__(self, name: str) -> None:
        self.name = name


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
        self._gone: dict[str, None] = {}  # in the order in which they went
        self._expected: WeakSet[Expected] = WeakSet()

    async def start(self) -> list[PodFound]:
        """Begin, and return those that are there. Raises ClusterError."""
        pods, version = await self._cluster.pods(self._labels)
        self._take_all(pods, set())
        self._watching = asyncio.create_task(self._watch(version))
        return pods

    def expect(self, name: str) -> Expected:
        """A pod was created. Once it is gone it is forgotten, unless somebody has what this returns."""
        self._pods.setdefault(name, None)
        expected = Expected(name)
        self._expected.add(expected)
        return expected

    def find(self, name: str) -> PodFound | None:
        """What was told last of a pod that is expected; None: nothing yet."""
        return self._pods.get(name)

    def is_expected(self, name: str) -> bool:
        """Whether nothing was told yet of a pod that was created."""
        return name in self._pods and self._pods[name] is None and name not in self._gone

    def those_there(self) -> list[PodFound]:
        """What was told last of each that is there."""
        return [
            pod for name, pod in self._pods.items() if pod is not None and name not in self._gone
        ]

    def is_gone(self, name: str) -> bool:
        """Whether a pod that was expected isn't there any more."""
        return name in self._gone

    async def look(self, name: str) -> bool:
        """Ask for an expected pod by itself, as nothing may be told now; whether there is news of it.

        Raises ClusterError.
        """
        before = _version(self.find(name))
        pods, _ = await self._cluster.pods(self._labels, f"metadata.name={name}")
        self._take_all(pods, {name})
        return self.is_gone(name) or _version(self.find(name)) != before

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
                    if change["type"] != "BOOKMARK":
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
            self._gone[name] = None
            self._forget()
        self.changes.notify()

    def _take_all(self, pods: list[PodFound], expected: set[str]) -> None:
        found = {str(pod["metadata"]["name"]): pod for pod in pods}
        self._pods |= found
        self._gone |= dict.fromkeys(expected - set(found))
        self._forget()
        self.changes.notify()

    def _forget(self) -> None:
        """Keep nothing of those that are gone, and that nobody expects."""
        expected = {each.name for each in self._expected}
        others = [name for name in self._gone if name not in expected]
        for name in others:
            self._pods.pop(name, None)
        for name in others[:-LATE]:
            del self._gone[name]


def _version(pod: PodFound | None) -> str | None:
    return None if pod is None else str(pod["metadata"]["resourceVersion"])
