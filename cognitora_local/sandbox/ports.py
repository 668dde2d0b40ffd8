"""The ports of a sandbox or container that can be reached from this machine."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Mapping
from types import MappingProxyType

from ..concurrency.completion import to_completion
from ..forwarding import program
from .errors import SandboxError, TooManyPorts
from .network_namespace import network_namespace
from .outside_ports import ANY, OutsidePorts
from .process import Handle, Process
from .stderr_buffer import StderrBuffer

MOST_PORTS = 64
_NOBODY = 65534


class Ports:
    """The ports of the sandbox or container whose process is `first`, on this machine's loopback.

    Connections are carried there by a program of their own, as `user` (None: as somebody without
    rights, where root starts it), which is there from the first port until `close`.
    """

    def __init__(
        self, first: Handle, *, user: int | None = None, outside: OutsidePorts = ANY
    ) -> None:
        self._first = first
        self._outside = outside
        self._user = user
        self._changing = asyncio.Lock()
        self._exposed: dict[int, int] = {}
        self._process: Process | None = None
        self._forwarder: socket.socket | None = None
        self._closed = False

    @property
    def exposed(self) -> Mapping[int, int]:
        """By the port inside, the one on this machine's loopback."""
        return MappingProxyType(self._exposed)

    async def expose(self, port: int) -> int:
        """Lets this machine's programs connect to a port inside; the same again for one that is.

        Returns the port of 127.0.0.1 to connect to. Whether anybody listens inside doesn't matter
        yet.

        Raises SandboxError when it has ended, or its network can't be entered, and TooManyPorts.
        """
        return await to_completion(self._expose(port))

    async def unexpose(self, port: int) -> bool:
        """Takes a port back, with all its connections; False for one that isn't exposed."""
        return await to_completion(self._unexpose(port))

    async def close(self) -> None:
        """Takes all back, for good. More calls do no harm."""
        self._closed = True
        if self._process is not None:
            self._process.kill()
            await self._process.wait()
        async with self._changing:
            if self._forwarder is not None:
                self._forwarder.close()

    async def _expose(self, port: int) -> int:
        async with self._changing:
            if port not in self._exposed:
                if len(self._exposed) >= MOST_PORTS:
                    raise TooManyPorts(f"{MOST_PORTS} of its ports are exposed already.")
                with self._outside.listen() as listener:
                    await self._tell(port, listener)
                    self._exposed[port] = self._outside.reached_at(listener)
            return self._exposed[port]

    async def _unexpose(self, port: int) -> bool:
        async with self._changing:
            if self._exposed.pop(port, None) is None:
                return False
            await self._tell(port)
            return True

    async def _tell(self, port: int, *listener: socket.socket) -> None:
        try:
            if self._process is None or self._process.ended.done():
                self._start()
            assert self._forwarder is not None
            said = f'{{"port": {port}}}'.encode()
            socket.send_fds(self._forwarder, [said], [each.fileno() for each in listener])
            if not await asyncio.get_running_loop().sock_recv(self._forwarder, 16):
                raise OSError("what carries connections into it has ended")
        except OSError as error:
            raise SandboxError(f"The port can't be reached: {error}.") from error

    def _start(self) -> None:
        if self._closed:
            raise OSError("it has ended")
        user = self._user or _NOBODY
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        stderr = StderrBuffer()
        try:
            with theirs, network_namespace(self._first, None) as namespaces:
                command = ["setpriv", "--no-new-privs", "--pdeathsig", "KILL", "--"]
                command += ["nsenter", *namespaces.nsenter]
                become = [user] if os.geteuid() == 0 else []
                self._process = Process(
                    [*command, *program.command("ports", theirs.fileno(), *become)],
                    stderr=stderr.fd,
                    pass_fds=(*namespaces.fds, theirs.fileno()),
                )
        except BaseException:
            ours.close()
            raise
        finally:
            stderr.close()
        if self._forwarder is not None:
            self._forwarder.close()
        self._forwarder = ours
        self._process.ended.add_done_callback(lambda _: self._exposed.clear())
