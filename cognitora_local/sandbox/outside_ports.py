"""Where on this machine exposed ports are listened for."""

from __future__ import annotations

import errno
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from .errors import TooManyPorts

LOOPBACK = "127.0.0.1"
_EVERYWHERE = "0.0.0.0"
_WAITING = 128  # connections that were made and not yet accepted


@dataclass(frozen=True, slots=True)
class OutsidePorts:
    """Ports that sandboxes and containers are given, one for each of theirs that is exposed.

    Attributes:
        published: the ports that may be taken, in a container that the runtime itself is in, and by which of
            the machine's each is reached there. They are listened for on every address of the container, as
            its engine leads to them. None: any free port of the loopback.
    """

    published: Mapping[int, int] | None = None

    def listen(self) -> socket.socket:
        """Takes a free port. Raises TooManyPorts where none of those that were published is free."""
        if self.published is None:
            return socket.create_server((LOOPBACK, 0), backlog=_WAITING)
        for port in self.published:
            try:
                return socket.create_server((_EVERYWHERE, port), backlog=_WAITING)
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
        raise TooManyPorts(
            f"The {len(self.published)} ports that the runtime's container publishes are all taken. "
            "Take one back, or start it with more (--ports)."
        )

    def reached_at(self, listener: socket.socket) -> int:
        """The port of the machine's loopback by which programs reach `listener`."""
        port: int = listener.getsockname()[1]
        return port if self.published is None else self.published[port]


ANY = OutsidePorts()
