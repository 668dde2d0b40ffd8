"""The driver's end of the socket to the host."""

from __future__ import annotations

import _socket  # not socket: that costs three milliseconds
import os
import sys
from _thread import allocate_lock, get_ident

from .frames import FRAME_LIMIT, LENGTH, pack, unpack
from .streams import wait_until_read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from .bundle import Bundle
    from .interrupts import Interrupts

SIOCOUTQ = 0x5411  # bytes that the other side of a socket hasn't read yet


class Connection:
    """Frames from and to the host; whole ones only, whichever thread sends them."""

    def __init__(self, descriptor: int, interrupts: Interrupts) -> None:
        self._socket = _socket.socket(fileno=descriptor)
        self._socket.setblocking(True)
        self._interrupts = interrupts
        self._main_thread = get_ident()
        self._lock = allocate_lock()
        self.in_child = False
        """Whether this process is one that user code forked."""
        os.register_at_fork(after_in_child=self._after_fork)

    def greet(self, descriptors: tuple[int, ...]) -> None:
        """Say ready, and hand the descriptors over."""
        rights = b"".join(number.to_bytes(4, sys.byteorder) for number in descriptors)
        ancillary = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, rights)]
        self._socket.sendmsg([pack("ready")], ancillary)
        for number in descriptors:
            os.close(number)

    def receive(self) -> list[str]:
        length = int.from_bytes(self._read(LENGTH), "big")
        return unpack(self._read(length))

    def send(self, frames: bytes) -> None:
        """Send whole frames; an interrupt that comes meanwhile is raised when they are gone."""
        if get_ident() != self._main_thread:
            with self._lock:
                return self._socket.sendall(frames)
        self._interrupts.shield()
        try:
            with self._lock:
                self._socket.sendall(frames)
        finally:
            self._interrupts.unshield()
        return None

    def show(self, bundle: Bundle, kind: str = "display") -> None:
        """Send a display, and return when the host has it."""
        if self.in_child:
            return print(bundle.get("text/plain", ""))
        return self.deliver(self.pack_bundle(kind, bundle))

    def clear(self, *, wait: bool) -> None:
        """Send that what was shown so far is to be cleared: now, or when something follows."""
        if not self.in_child:
            self.deliver(pack("clear", "wait" if wait else ""))

    def deliver(self, frames: bytes) -> None:
        """Send frames, and return when the host has them: what is printed next comes after them."""
        self.send(frames)
        wait_until_read(self._socket.fileno(), SIOCOUTQ)

    @staticmethod
    def pack_bundle(kind: str, bundle: Bundle) -> bytes:
        """The frame of a bundle; ValueError when it is larger than the host accepts."""
        frame = pack(kind, *(field for pair in bundle.items() for field in pair))
        if len(frame) > FRAME_LIMIT:
            raise ValueError(
                f"this output takes {len(frame) / 2**20:.1f} MiB, and one may take "
                f"{FRAME_LIMIT / 2**20:.0f}: write it to a file and download that"
            )
        return frame

    def _read(self, size: int) -> bytes:
        data = self._socket.recv(size, _socket.MSG_WAITALL)
        while 0 < len(data) < size:  # a signal cut it short
            more = self._socket.recv(size - len(data), _socket.MSG_WAITALL)
            data = data + more if more else b""
        return data or _host_is_gone()

    def _after_fork(self) -> None:
        self.in_child = True
        self._lock = allocate_lock()
        self._socket.close()


def _host_is_gone() -> NoReturn:
    os._exit(0)
