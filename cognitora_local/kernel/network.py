"""What of the outside a kernel's code reaches, and when."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cognitora_local.kernel.run import WayOut
from cognitora_local.sandbox import RunningSandbox, SandboxError


class KernelNetwork:
    """The network of a kernel's sandbox, which is there while code runs that may use it.

    Args:
        sandbox: whose it is.
        alive: whether there is a kernel in it.
    """

    def __init__(self, sandbox: RunningSandbox, alive: Callable[[], bool]) -> None:
        self._sandbox = sandbox
        self._alive = alive
        self._lock = asyncio.Lock()
        self._way_out: WayOut | None = None

    async def set(self, way_out: WayOut | None) -> None:
        """Let what runs reach this; None: nothing. Raises SandboxError when that can't be had."""
        async with self._lock:
            self._way_out = way_out
            try:
                if way_out is not None:
                    await self._sandbox.connect_network(way_out())
                else:
                    await self._sandbox.disconnect_network()
            except SandboxError:
                if self._alive():
                    raise

    async def shut(self) -> None:
        """Nothing runs any more: open connections are kept, and lead nowhere."""
        async with self._lock:
            self._way_out = None
            await self._sandbox.pause_network()

    async def change(self) -> None:
        """Hold what runs to what its way out names now.

        Raises SandboxError when that can't be had; it reaches nothing then.
        """
        async with self._lock:
            if self._way_out is None or not self._alive():
                return
            try:
                await self._sandbox.connect_network(self._way_out())
            except SandboxError:
                await self._sandbox.disconnect_network()
                raise
