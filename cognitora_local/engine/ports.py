"""The ports of a container that can be reached from this machine: the same as a sandbox's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from ..sandbox import OutsidePorts, Ports
from ..sandbox.process import Handle
from .errors import ContainerGone, EngineError
from .proc import belongs


class ContainerPorts:
    """Those of the container that the engine knows as `container`; `first` finds its process.

    `outside` is where they are on this machine.
    """

    def __init__(
        self, container: str, first: Callable[[], Awaitable[int]], outside: OutsidePorts
    ) -> None:
        self._container = container
        self._outside = outside
        self._first = first
        self._opening = asyncio.Lock()
        self._process: Handle | None = None
        self._ports: Ports | None = None

    def go_on(self, first: Callable[[], Awaitable[int]]) -> None:
        """Those that are exposed stay so; from now on `first` finds the container's process."""
        self._first = first

    @property
    def exposed(self) -> Mapping[int, int]:
        """By the port inside, the one on this machine's loopback."""
        return {} if self._ports is None else self._ports.exposed

    async def expose(self, port: int) -> int:
        """As `Ports.expose`. Raises ContainerGone and EngineError too."""
        return await (await self._open()).expose(port)

    async def unexpose(self, port: int) -> bool:
        """As `Ports.unexpose`."""
        return self._ports is not None and await self._ports.unexpose(port)

    async def close(self) -> None:
        """Takes all back, for good."""
        async with self._opening:
            if self._ports is not None:
                await self._ports.close()
            if self._process is not None:
                self._process.close()

    async def _open(self) -> Ports:
        async with self._opening:
            if self._ports is None:
                self._process = self._take_hold(await self._first())
                self._ports = Ports(self._process, outside=self._outside)
            return self._ports

    def _take_hold(self, pid: int) -> Handle:
        try:
            process = Handle(pid)
        except (OSError, ValueError) as error:
            raise ContainerGone(f"The container {self._container} doesn't run.") from error
        if not belongs(pid, self._container):
            process.close()
            raise EngineError(
                f"The port can't be reached: process {pid} isn't in the control groups of the "
                f"container {self._container}. The engine must run on this machine."
            )
        return process
