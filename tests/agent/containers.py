"""Containers that are pods of a told cluster, as a gateway has them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from cognitora_local.concurrency.background_tasks import BackgroundTasks
from cognitora_local.containers.lazy_engine import LazyEngine
from cognitora_local.containers.registry import ContainerRegistry
from cognitora_local.kubernetes.engine import PodEngine
from cognitora_local.kubernetes.options import PodOptions
from cognitora_local.settings import Settings
from cognitora_local.store.containers import ContainerStore
from cognitora_local.store.models import ContainerRecord, new_id
from tests.agent.clusters import ToldCluster

LIFE = PodOptions(life_seconds=3600, silence_seconds=4)


@asynccontextmanager
async def containers(
    cluster: ToldCluster, store: ContainerStore, on_taken_over: Callable[[], None] = lambda: None
) -> AsyncIterator[ContainerRegistry]:
    """Those of a gateway of this cluster."""

    async def start() -> PodEngine:
        engine = PodEngine(cluster, LIFE, {}, b"key", on_taken_over)
        await engine._watch.start()
        return engine

    background_tasks, engine = BackgroundTasks(), LazyEngine(start)
    registry = ContainerRegistry(engine, store, background_tasks, Settings())
    try:
        yield registry
    finally:
        registry.stop()
        await background_tasks.finish()
        await engine.close()


def asked(
    seconds: int, *, persistent: bool = True, command: list[str] | None = None
) -> ContainerRecord:
    now = datetime.now(UTC)
    return ContainerRecord(
        id=new_id("ctr"),
        image="docker.io/library/busybox:latest",
        command=command if persistent else ["true"],
        persistent=persistent,
        cpu_cores=1.0,
        memory_mb=64,
        storage_gb=None,
        gpu_count=0,
        networking=False,
        max_cost_credits=100,
        created_at=now,
        timeout_seconds=seconds,
        expires_at=now + timedelta(seconds=seconds) if persistent else None,
    )
