"""Thousands of executions leave the runtime and the machine as they were."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.processes import children
from tests.runtime.conftest import EXECUTE, Process, Start, until
from tests.runtime.leftovers import cgroups, mounts, work

HttpOf = Callable[[Process], httpx.AsyncClient]

CALLERS = 8
WARM = 2
MIB = 1024  # in the kB of /proc


@dataclass(frozen=True)
class Held:
    """What a runtime holds on to."""

    descriptors: int
    children: int
    cgroups: int
    mounts: int
    folders: int


def held(pid: int, data: Path) -> Held:
    return Held(
        descriptors=len(os.listdir(f"/proc/{pid}/fd")),
        children=len(children(pid)),
        cgroups=len(cgroups(data)),
        mounts=len(mounts(data)),
        folders=len(work(data)),
    )


def memory(pid: int) -> int:
    """Resident memory, in kB."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1])


async def settled(pid: int, data: Path) -> Held:
    """What is held once that no longer changes: sandboxes have ended, warm ones are started."""
    seen: list[Held] = []

    async def unchanged() -> bool:
        seen.append(held(pid, data))
        return len(seen) > 50 and set(seen[-50:]) == {seen[-1]} and seen[-1].folders == WARM

    await until(unchanged)
    return seen[-1]


async def execute(http: httpx.AsyncClient, count: int) -> None:
    async def call(numbers: range) -> None:
        for n in numbers:
            body = {"code": f"print({n})", "networking": False}
            headers = {"Idempotency-Key": f"key-{count}-{n}"} if n % 2 else {}
            answer = await http.post(EXECUTE, json=body, headers=headers)
            assert answer.json()["data"]["outputs"][0]["data"] == f"{n}\n"

    await asyncio.gather(*(call(range(n, count, CALLERS)) for n in range(CALLERS)))


@pytest.mark.long
async def test_2000_one_shots_leave_nothing(start: Start, http_of: HttpOf, tmp_path: Path) -> None:
    data = tmp_path / "data"
    runtime = await start("--data-dir", data, "--warm-kernels", str(WARM))
    pid = runtime.process.pid

    async with http_of(runtime) as http:
        await execute(http, 200)  # until then caches fill
    before, memory_before = await settled(pid, data), memory(pid)
    async with http_of(runtime) as http:
        await execute(http, 2000)
    assert await settled(pid, data) == before
    assert memory(pid) - memory_before < 8 * MIB
