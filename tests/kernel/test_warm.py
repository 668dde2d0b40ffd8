"""Kernels that stand ready."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from cognitora_local.kernel import Kernel, WarmKernels
from cognitora_local.sandbox import Host, Limits
from tests.kernel.conftest import Session, sandbox_of


@pytest_asyncio.fixture(loop_scope="session")
async def warm(host: Host, tmp_path: Path) -> AsyncIterator[WarmKernels]:
    warm = WarmKernels(host, tmp_path / "warm", size=2)
    await warm.start()
    await until_ready(warm, 2)
    yield warm
    await warm.close()


async def until_ready(warm: WarmKernels, count: int) -> None:
    async with asyncio.timeout(20):
        while warm.ready != count:
            await asyncio.sleep(0.005)


async def take(warm: WarmKernels, **changes: object) -> Kernel:
    options: dict[str, object] = {"limits": Limits(), "environment": {}, "name": "t", **changes}
    return await warm.take(**options)  # type: ignore[arg-type]  # each test changes one


async def test_takes_a_warm_one_and_refills(warm: WarmKernels) -> None:
    kernels = set(warm._ready)
    kernel = await take(warm)
    assert kernel in kernels
    assert warm.ready == 1
    assert await Session(kernel).value("1 + 1") == "2"
    await until_ready(warm, 2)
    assert kernel not in warm._ready
    await kernel.close()


async def test_more_than_there_are_warm(warm: WarmKernels) -> None:
    kernels = await asyncio.gather(*(take(warm) for _ in range(4)))
    assert len({kernel.folder for kernel in kernels}) == 4
    for kernel in kernels:
        await Session(kernel).run("x = 1")
        await kernel.close()
        assert kernel.folder.exists()  # it is whose the kernel is


async def test_other_limits_or_variables_start_anew(warm: WarmKernels) -> None:
    kernel = await take(warm, environment={"NAME": "value"})
    assert await Session(kernel).value("__import__('os').environ['NAME']") == "'value'"
    assert warm.ready == 2
    await kernel.close()
    kernel = await take(warm, limits=Limits(memory_mb=100))
    assert kernel._limits.memory_mb == 100
    assert warm.ready == 2
    await kernel.close()


async def test_one_that_died_is_replaced(warm: WarmKernels) -> None:
    victim = next(iter(warm._ready))
    os.kill(sandbox_of(victim).pid, signal.SIGKILL)
    await victim.wait()
    kernel = await take(warm)
    assert kernel is not victim
    assert kernel.alive
    await until_ready(warm, 2)
    assert victim not in warm._ready
    await kernel.close()


async def test_close_removes_what_nobody_took(host: Host, tmp_path: Path) -> None:
    warm = WarmKernels(host, tmp_path / "warm", size=2)
    await warm.start()
    await until_ready(warm, 2)
    kernels = list(warm._ready)
    await warm.close()
    assert [kernel.alive for kernel in kernels] == [False, False]
    assert list((tmp_path / "warm").iterdir()) == []


async def test_close_in_the_middle_of_a_start(host: Host, tmp_path: Path) -> None:
    warm = WarmKernels(host, tmp_path / "warm", size=2)
    await warm.start()
    await asyncio.sleep(0)
    await warm.close()
    assert warm.ready == 0


async def test_one_that_has_waited_too_long_is_replaced(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cognitora_local.kernel.warm.WARM_SECONDS", 0.5)
    warm = WarmKernels(host, tmp_path / "warm", size=1)
    await warm.start()
    try:
        async with asyncio.timeout(60):
            while warm.ready == 0:
                await asyncio.sleep(0.01)
            [first] = (tmp_path / "warm").iterdir()
            while first.exists() or warm.ready == 0:
                await asyncio.sleep(0.01)
    finally:
        await warm.close()
