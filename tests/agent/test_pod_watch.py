"""What a gateway keeps of the pods that it is told of."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from cognitora_local.kubernetes.cluster import ClusterError
from cognitora_local.kubernetes.pod_watch import LATE, PodWatch
from tests.agent.clusters import ToldCluster

OTHERS = 2 * LATE


@asynccontextmanager
async def watched() -> AsyncIterator[tuple[ToldCluster, PodWatch]]:
    cluster = ToldCluster()
    watch = PodWatch(cluster, "a=b")
    await watch.start()
    try:
        yield cluster, watch
    finally:
        await watch.close()
        await cluster.close()


async def until_told(cluster: ToldCluster, watch: PodWatch) -> None:
    """Wait until all that is told is known."""
    last = uuid4().hex
    cluster.tell(last, "ADDED")
    while watch.find(last) is None:
        await watch.changes.next.wait()


def known(watch: PodWatch, names: list[str]) -> list[str]:
    return [name for name in names if watch.find(name) is not None]


async def test_pods_of_others_are_forgotten_once_they_are_gone() -> None:
    names = [f"pod-{number}" for number in range(OTHERS)]
    async with watched() as (cluster, watch):
        for name in names:
            cluster.tell_life(name)
        await until_told(cluster, watch)
        assert not known(watch, names)
        assert sum(map(watch.is_gone, names)) <= LATE
        cluster.tell("there", "ADDED")
        await until_told(cluster, watch)
        assert "there" in [each["metadata"]["name"] for each in watch.those_there()]


async def test_an_expected_one_that_is_gone_is_known_until_nobody_expects_it() -> None:
    async with watched() as (cluster, watch):
        expected = watch.expect("mine")
        assert watch.is_expected("mine")
        cluster.tell("mine", "ADDED")
        cluster.tell("mine", "DELETED", phase="Succeeded")
        for number in range(OTHERS):
            cluster.tell_life(f"pod-{number}")
        await until_told(cluster, watch)
        assert watch.is_gone("mine")
        assert (watch.find("mine") or {})["status"] == {"phase": "Succeeded"}
        assert "mine" not in [each["metadata"]["name"] for each in watch.those_there()]
        del expected
        gc.collect()
        cluster.tell("mine", "MODIFIED")  # late
        cluster.tell_life("another")
        await until_told(cluster, watch)
        assert watch.find("mine") is None


async def test_one_that_went_before_it_was_expected_is_gone() -> None:
    async with watched() as (cluster, watch):
        cluster.tell_life("mine")
        await until_told(cluster, watch)
        expected = watch.expect("mine")
        assert watch.is_gone(expected.name)
        assert not watch.is_expected(expected.name)


async def test_what_is_not_listed_any_more_is_gone() -> None:
    async with watched() as (cluster, watch):
        expected = watch.expect("mine")
        cluster.tell("mine", "ADDED")
        cluster.tell("others", "ADDED")
        cluster.told.put_nowait(ClusterError("too old"))
        await until_told(cluster, watch)
        assert watch.is_gone(expected.name)
        assert watch.find("mine") is not None
        assert watch.find("others") is None
