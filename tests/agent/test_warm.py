"""An agent whose driver is there before anybody asks: of whoever comes first, and of nobody else."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from cognitora_local.kubernetes.agent.server import DRIVER, UNHEARD
from cognitora_local.kubernetes.link import Link, Refused, ask
from tests.agent.agents import DRIVERS, RunningAgent, running
from tests.agent.test_agent import has_not_ended


def driver(folder: Path, *command: str) -> dict[str, Any]:
    usual = (sys.executable, str(DRIVERS / "python.py"))
    given = {"environment": {"PATH": os.defpath}, "folder": str(folder)}
    return {"kind": "driver", "command": command or usual, **given}


async def keep(agent: RunningAgent) -> None:
    stream, _ = await ask(agent.dial, op="keep")
    stream.close()


async def test_a_driver_that_is_there_is_of_who_comes_first(tmp_path: Path) -> None:
    async with running(driver=driver(tmp_path)) as agent:
        await keep(agent)
        link = Link(agent.dial, {"token": "the first's", "id": DRIVER})
        agent.links.append(link)
        await link.open()
        async for kind, _, data in link.records():
            assert (kind, b"ready" in data) == ("frame", True)
            break
        for request in ({"op": "keep"}, {"op": "tell", "token": "another"}, {"op": "tell"}):
            with pytest.raises(Refused, match="denied"):
                await ask(agent.dial, **request)
        await agent.tell("the first's")


async def test_who_has_no_token_can_only_keep_it(tmp_path: Path) -> None:
    async with running(driver=driver(tmp_path)) as agent:
        for request in ({"op": "tell"}, {"op": "open", "id": DRIVER}, {"op": "visit"}):
            with pytest.raises(Refused, match="denied"):
                await ask(agent.dial, **request)
        await agent.tell()


async def test_one_that_nobody_keeps_ends_with_its_driver(tmp_path: Path) -> None:
    async with running(seconds=3, driver=driver(tmp_path)) as agent:
        await keep(agent)
        children = psutil.Process(agent.process.pid).children()
        assert children
        assert await asyncio.wait_for(agent.process.wait(), 60) == UNHEARD
        assert not [child for child in children if has_not_ended(child)]


async def test_one_whose_driver_has_ended_is_of_nobody(tmp_path: Path) -> None:
    async with running(driver=driver(tmp_path, "sh", "-c", "exit 3")) as agent:
        assert await asyncio.wait_for(agent.process.wait(), 60) == UNHEARD
