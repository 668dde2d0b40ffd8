"""An API server that vanishes without a word, while another one answers who connects anew."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from cognitora_local.engine import EngineError
from cognitora_local.kubernetes import cluster as clusters
from cognitora_local.kubernetes import container as containers
from cognitora_local.kubernetes.cluster import Cluster, ClusterError
from cognitora_local.kubernetes.container import PodContainer
from cognitora_local.kubernetes.pod import Pod
from cognitora_local.kubernetes.pod_watch import PodWatch
from cognitora_local.sandbox import Limits
from tests.agent.api_server import serving
from tests.agent.clusters import ToldCluster
from tests.runtime.conftest import until


async def until_found(watch: PodWatch, name: str) -> None:
    async with asyncio.timeout(60):
        while watch.find(name) is None:
            await watch.changes.next.wait()


async def test_pods_are_watched_by_another_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "WATCH_SECONDS", 1)
    monkeypatch.setattr(clusters, "SILENT_SECONDS", 2.0)
    async with serving() as (server, cluster):
        watch = PodWatch(cluster, "a=b")
        await watch.start()
        server.add("before")
        await until_found(watch, "before")
        server.vanish()
        server.add("after")
        await until_found(watch, "after")
        await watch.close()


async def test_a_watch_that_ends_goes_on_without_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind the newest version, though nothing became of what it watches: older ones are forgotten."""
    monkeypatch.setattr(clusters, "WATCH_SECONDS", 1)
    async with serving() as (server, cluster):
        watch = PodWatch(cluster, "a=b")
        await watch.start()

        async def is_watched(version: str) -> bool:
            return version in server.watched

        await until(lambda: is_watched("1"))
        server.go_on()
        await until(lambda: is_watched("2"))
        server.add("after")
        await until_found(watch, "after")
        assert server.listed == 1
        await watch.close()


async def test_a_log_is_read_on_by_another_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    keepalive = {socket.TCP_KEEPIDLE: 1, socket.TCP_KEEPINTVL: 1, socket.TCP_KEEPCNT: 1}
    monkeypatch.setattr(clusters, "KEEPALIVE", keepalive)
    async with serving() as (server, cluster):
        watch = PodWatch(cluster, "a=b")
        await watch.start()
        output = container(cluster, watch).output
        server.print(b"before\n")
        assert await anext(output) == b"before\n"
        server.vanish()
        server.print(b"after\n")
        assert await asyncio.wait_for(anext(output), 60) == b"after\n"
        await watch.close()


async def test_a_container_begins_whose_pod_the_watch_does_not_tell_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(containers, "SCHEDULE_SECONDS", 0.1)
    monkeypatch.setattr(containers, "START_SECONDS", 0.1)
    cluster = ToldCluster()
    watch = PodWatch(cluster, "a=b")
    await watch.start()
    made = container(cluster, watch)
    await cluster.create_pod({"metadata": {"name": "pod"}})
    runs = (await cluster.told.get())["object"]  # type: ignore[index]
    waits = {**runs, "metadata": {**runs["metadata"], "resourceVersion": "0"}, "status": {}}
    cluster.there.append(waits)
    with pytest.raises(EngineError, match=r"doesn't run after 0\.1 s"):
        await made.start()
    cluster.there[:] = [runs]
    await made.start()
    assert (await made.state()).running
    await watch.close()
    await cluster.close()


class UnseenCluster(ToldCluster):
    """From now on nobody may look at its pods."""

    unseen = False

    async def pods(
        self, labels: str, fields: str | None = None
    ) -> tuple[list[dict[str, Any]], str]:
        if self.unseen:
            raise ClusterError("pods is forbidden", 403)
        return await super().pods(labels, fields)


async def test_a_container_whose_pod_may_not_be_looked_at_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(containers, "SCHEDULE_SECONDS", 0.1)
    cluster = UnseenCluster()
    watch = PodWatch(cluster, "a=b")
    await watch.start()
    made = container(cluster, watch)
    cluster.unseen = True
    with pytest.raises(EngineError, match=r"doesn't run after 0\.1 s"):
        async with asyncio.timeout(20):
            await made.start()
    await watch.close()
    await cluster.close()


def container(cluster: Cluster, watch: PodWatch) -> PodContainer:
    """One whose pod is there."""
    pod = Pod(cluster, "pod", "token", Limits(), networking=False)
    made = PodContainer(cluster, watch, pod, "ctr", None)
    made.expect()
    return made
