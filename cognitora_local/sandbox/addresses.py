"""Being told when this machine gets other addresses."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

# Events about IPv4 addresses and routes: RTMGRP_IPV4_IFADDR, RTMGRP_IPV4_ROUTE of rtnetlink(7).
_EVENTS = 0x10 | 0x40
_EVENT_BYTES = 65536


class AddressWatch:
    """Calls whoever was added when this machine's addresses or routes change. Free while nobody is."""

    def __init__(self) -> None:
        self._added: set[Callable[[], None]] = set()
        self._events: socket.socket | None = None

    def add(self, changed: Callable[[], None]) -> None:
        """Call `changed`, in the running event loop, at each change from now on."""
        if self._events is None:
            kind = socket.SOCK_RAW | socket.SOCK_NONBLOCK
            self._events = socket.socket(socket.AF_NETLINK, kind, socket.NETLINK_ROUTE)
            self._events.bind((0, _EVENTS))
            asyncio.get_running_loop().add_reader(self._events, self._take, self._events)
        self._added.add(changed)

    def discard(self, changed: Callable[[], None]) -> None:
        self._added.discard(changed)
        if self._events is not None and not self._added:
            asyncio.get_running_loop().remove_reader(self._events)
            self._events.close()
            self._events = None

    def _take(self, events: socket.socket) -> None:
        try:
            while events.recv(_EVENT_BYTES):
                pass
        except BlockingIOError:
            pass
        except OSError:  # ENOBUFS: there were more than could be kept; that there were is enough
            pass
        for changed in tuple(self._added):
            changed()
