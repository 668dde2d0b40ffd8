"""An agent as a plain process of this machine, and connections to it that can be broken."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from cognitora_local.kubernetes.link import Link, Stream, ask
from tests.runtime.conftest import until

ROOT = Path(__file__).parents[2]
DRIVERS = ROOT / "cognitora_local" / "kernel" / "drivers"
TOKEN = "the pod's"
_RUN = (
    f"import sys; sys.path.insert(0, {str(ROOT)!r}); "
    "from cognitora_local.kubernetes.agent.server import main; "
    "main(sys.argv[1], lambda port: print(port, flush=True))"
)


class TcpStream:
    """A connection to an agent of this machine."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def readexactly(self, n: int, /) -> bytes:
        return await self._reader.readexactly(n)

    async def read(self, most: int, /) -> bytes:
        return await self._reader.read(most)

    def write(self, data: bytes) -> None:
        if not self._writer.is_closing():
            self._writer.write(data)

    async def drain(self) -> None:
        await self._writer.drain()

    def close(self) -> None:
        self._writer.close()

    async def closed(self) -> None:
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    def break_off(self) -> None:
        """As a connection breaks: what was on its way is lost."""
        self._writer.transport.abort()


@dataclass
class RunningAgent:
    """An agent that runs.

    Attributes:
        process: its process.
        port: where it listens.
        streams: the connections that were made to it.
        links: the programs that were asked for.
    """

    process: asyncio.subprocess.Process
    port: int
    streams: list[TcpStream] = field(default_factory=list[TcpStream])
    links: list[Link] = field(default_factory=list[Link])

    async def dial(self) -> Stream:
        stream = TcpStream(*await asyncio.open_connection("127.0.0.1", self.port))
        self.streams.append(stream)
        return stream

    def break_off(self) -> None:
        """Break all its connections."""
        for stream in self.streams:
            stream.break_off()

    async def tell(self, token: str = TOKEN) -> dict[str, Any]:
        stream, told = await ask(self.dial, op="tell", token=token)
        stream.close()
        return told

    async def command(
        self,
        *command: str,
        identity: str,
        folder: str = "/",
        terminal: tuple[int, int] | None = None,
        stdin: bool = True,
    ) -> Link:
        spec = {
            "kind": "command",
            "command": command,
            "environment": {"PATH": os.defpath},
            "folder": folder,
            "terminal": terminal,
            "stdin": stdin,
        }
        link = Link(self.dial, {"token": TOKEN, "id": identity, "spec": spec})
        self.links.append(link)
        await link.open()
        return link

    async def closed(self) -> None:
        """Close all connections."""
        for stream in self.streams:
            await stream.closed()


@asynccontextmanager
async def running(
    *, seconds: float = 600.0, driver: dict[str, Any] | None = None
) -> AsyncIterator[RunningAgent]:
    """`driver` is what it starts by itself."""
    with tempfile.TemporaryDirectory() as packages:
        async with _running(Path(packages), seconds, driver) as agent:
            yield agent


@asynccontextmanager
async def _running(
    packages: Path, seconds: float, driver: dict[str, Any] | None
) -> AsyncIterator[RunningAgent]:
    for package, where in (("cognitora_local", ROOT), ("cognitora_openapi", ROOT / "generated")):
        (packages / package).symlink_to(where / package)
    order = {"port": 0, "packages": str(packages), "seconds": seconds, "processes": None}
    order |= {"driver": driver}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", "-c", _RUN, json.dumps(order)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    agent = RunningAgent(process, int(await process.stdout.readline()))
    try:
        yield agent
    finally:
        for link in agent.links:
            link.close()
        await agent.closed()
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def printed(link: Link, stream: str = "stdout") -> bytes:
    """All that a program prints."""
    return b"".join([data async for kind, _, data in link.records() if kind == stream])


async def descriptors(agent: RunningAgent) -> int:
    """How many an agent has that nobody is connected to."""
    process = psutil.Process(agent.process.pid)

    async def is_alone() -> bool:
        return [each.status for each in process.net_connections("tcp")] == [psutil.CONN_LISTEN]

    await agent.tell()  # it has begun
    await until(is_alone)
    return process.num_fds()
