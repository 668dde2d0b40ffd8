"""What a gateway still does that was told to end, before it leaves the rest to others."""

from __future__ import annotations

import asyncio

from cognitora_local.http.app import App
from cognitora_local.runtime import drain
from cognitora_local.tenants import Tenants


class Beginning(Tenants):
    """A container is on its way until the test lets it begin."""

    def __init__(self) -> None:
        self.asked, self.begins = asyncio.Event(), asyncio.Event()

    async def containers_begun(self) -> None:
        self.asked.set()
        await self.begins.wait()


async def test_a_call_is_finished_that_comes_while_containers_begin() -> None:
    app, tenants, goes_on = App({}), Beginning(), asyncio.Event()

    async def call() -> None:
        with app._under_way("POST"):
            await goes_on.wait()

    draining = asyncio.create_task(drain(app, tenants))
    await tenants.asked.wait()
    late = asyncio.create_task(call())
    asyncio.get_running_loop().call_later(0.2, goes_on.set)
    asyncio.get_running_loop().call_soon(tenants.begins.set)
    await draining
    assert goes_on.is_set()
    await late
