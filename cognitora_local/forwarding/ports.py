"""What carries connections into a sandbox: a program that `sandbox/ports.py` starts in its network.

A socket stays in the network it was made in. So the runtime hands over sockets that listen on this
machine, and for each connection that comes to one this program makes another inside.

The runtime's socket is the one argument. A message there is JSON, {"port": …} and with it the socket
that listens for it, or without one to take the port back; each is answered. When it ends, so does
this.
"""

from __future__ import annotations

import json
import socket
from contextlib import suppress

from .carrier import Carrier, Connection
from .program import begun

_LOOPBACKS = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))


class PortCarrier(Carrier):
    """Carries what comes to a port of this machine to the port inside that it stands for."""

    def __init__(self, runtime: socket.socket) -> None:
        super().__init__()
        self._runtime = runtime
        self._listeners: dict[int, socket.socket] = {}
        self._ports: dict[Connection, int] = {}
        self.watch(runtime, self._told)

    def closed(self, connection: Connection) -> None:
        self._ports.pop(connection, None)
        super().closed(connection)

    def _told(self, _: int) -> None:
        with suppress(BlockingIOError):
            while True:
                said, files, _, _ = socket.recv_fds(self._runtime, 4096, 1)
                if not said:
                    self.stop()
                    return
                port = json.loads(said)["port"]
                self._take_back(port)
                for file in files:
                    self._expose(port, socket.socket(fileno=file))
                self._runtime.send(b"done")

    def _expose(self, port: int, listener: socket.socket) -> None:
        def made(client: socket.socket) -> Connection:
            targets = [(family, address, port) for family, address in _LOOPBACKS]
            connection = Connection(self, client, targets)
            self._ports[connection] = port
            return connection

        self._listeners[port] = listener
        self.listen(listener, made)

    def _take_back(self, port: int) -> None:
        if listener := self._listeners.pop(port, None):
            self.listen_no_more(listener)
        for connection in [each for each, other in self._ports.items() if other == port]:
            connection.abort()


def main() -> None:
    PortCarrier(begun()).run()
