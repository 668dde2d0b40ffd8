"""A cluster as a test tells of it; the agent of its pods is a process of this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

from kubernetes_asyncio import client

from cognitora_local.kubernetes.cluster import Cluster, ClusterError
from cognitora_local.kubernetes.container_manifests import NAME
from cognitora_local.kubernetes.link import Dial


class ToldCluster(Cluster):
    """Its API server is the test. An error that is told breaks the watch, and pods are listed anew.

    Args:
        dial: connects to the agent of each pod, which runs at once where it is created.

    Attributes:
        there: what is listed.
        made: the pods that were asked for, by their names. They aren't listed by themselves.
        deleted: the names of pods that are.
        refusals: what is answered instead to those who want pods to be deleted, one after the other.
        told: what is yet to be told of pods.
    """

    def __init__(self, dial: Dial | None = None) -> None:
        super().__init__(client, client.Configuration(), "default")
        self.there: list[dict[str, Any]] = []
        self.told: asyncio.Queue[dict[str, Any] | ClusterError] = asyncio.Queue()
        self._dial = dial
        self.made: dict[str, dict[str, Any]] = {}
        self.deleted: list[str] = []
        self.refusals: list[ClusterError] = []
        self._version = 0

    async def pods(
        self, labels: str, fields: str | None = None
    ) -> tuple[list[dict[str, Any]], str]:
        return self.there, "0"

    async def changes(self, labels: str, version: str) -> AsyncIterator[dict[str, Any]]:
        while True:
            change = await self.told.get()
            if isinstance(change, ClusterError):
                raise change
            yield change

    def tell(self, name: str, type: str, **status: Any) -> None:
        self._version += 1
        metadata = {"name": name, "resourceVersion": str(self._version)}
        told = {"metadata": metadata, "spec": {"nodeName": "n1"}, "status": status}
        self.told.put_nowait({"type": type, "object": told})

    def tell_life(self, name: str) -> None:
        for type in ("ADDED", "MODIFIED", "DELETED"):
            self.tell(name, type)

    async def create_pod(self, manifest: Mapping[str, Any], *, tried: bool = False) -> None:
        if not tried:
            began = {"startedAt": datetime.now(UTC).isoformat()}
            statuses = [{"name": NAME, "state": {"running": began}}]
            name = manifest["metadata"]["name"]
            status = {"phase": "Running", "containerStatuses": statuses}
            self.made[name] = {"metadata": manifest["metadata"], "spec": {}, "status": status}
            self.tell(name, "ADDED", **status)

    def tell_ended(self, name: str) -> None:
        """Its command has, by itself."""
        times = dict.fromkeys(("startedAt", "finishedAt"), datetime.now(UTC).isoformat())
        statuses = [{"name": NAME, "state": {"terminated": {"exitCode": 0, **times}}}]
        self.tell(name, "MODIFIED", phase="Succeeded", containerStatuses=statuses)

    async def delete_pod(self, name: str, version: str | None = None) -> None:
        if self.refusals:
            raise self.refusals.pop(0)
        self.deleted.append(name)
        self.tell(name, "DELETED")

    async def port_forward(self, pod: str, port: int) -> Any:
        assert self._dial is not None
        try:
            return await self._dial()
        except OSError as error:
            raise ClusterError(str(error)) from error
