"""The ports of a pod that can be reached from this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType

from ..sandbox import TooManyPorts
from ..sandbox.ports import MOST_PORTS
from .link import LinkLost, Stream
from .pod import Pod

_LOOPBACK = "127.0.0.1"
_PIECE = 2**16


class PodPorts:
    """The ports of a pod, on this machine's loopback. The methods are those of `sandbox.Ports`.

    Each connection is carried by a port-forward of its own, which the pod needs no network for.
    """

    def __init__(self, pod: Pod) -> None:
        self._pod = pod
        self._servers: dict[int, asyncio.Server] = {}
        self._exposed: dict[int, int] = {}
        self._carrying: dict[int, set[asyncio.Task[None]]] = {}

    @property
    def exposed(self) -> Mapping[int, int]:
        return MappingProxyType(self._exposed)

    async def expose(self, port: int) -> int:
        if port not in self._exposed:
            if len(self._exposed) >= MOST_PORTS:
                raise TooManyPorts(f"{MOST_PORTS} of its ports are exposed already.")

            def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                task = asyncio.create_task(self._carry(port, reader, writer))
                tasks = self._carrying.setdefault(port, set())
                tasks.add(task)
                task.add_done_callback(tasks.discard)

            server = await asyncio.start_server(carry, _LOOPBACK, 0)
            self._servers[port] = server
            self._exposed[port] = server.sockets[0].getsockname()[1]
        return self._exposed[port]

    async def unexpose(self, port: int) -> bool:
        if self._exposed.pop(port, None) is None:
            return False
        self._servers.pop(port).close()
        for task in self._carrying.pop(port, set()):
            task.cancel()
        return True

    async def close(self) -> None:
        """Takes all back. More calls do no harm."""
        for port in list(self._exposed):
            await self.unexpose(port)

    async def _carry(
        self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            with suppress(OSError, EOFError, LinkLost):
                stream = await self._pod.connect(port)
                try:
                    await _carry_both(stream, reader, writer)
                finally:
                    stream.close()
        finally:
            writer.close()


async def _carry_both(
    stream: Stream, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Until the pod's end closes: a port-forward can't say that this one has said all it will."""

    async def there() -> None:
        while data := await reader.read(_PIECE):
            stream.write(data)
            await stream.drain()

    going = asyncio.create_task(there())
    try:
        while data := await stream.read(_PIECE):
            writer.write(data)
            await writer.drain()
    finally:
        going.cancel()
