"""The sandbox's command for JavaScript: starts node, and helps it with what node can't do."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # signal, without the enums: 2 ms
import _socket  # not socket: that costs three milliseconds
import os
import sys
from fcntl import F_DUPFD_CLOEXEC, fcntl
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import NoReturn

    from cognitora_local.kernel.drivers.python_driver.connection import SIOCOUTQ
    from cognitora_local.kernel.drivers.python_driver.frames import INTERRUPT_SIGNALS, pack
    from cognitora_local.kernel.drivers.python_driver.streams import FIONREAD, wait_until_read
else:
    from python_driver.connection import SIOCOUTQ
    from python_driver.frames import INTERRUPT_SIGNALS, pack
    from python_driver.streams import FIONREAD, wait_until_read

HOST = 3
DRIVER = f"{os.path.dirname(__file__)}/driver.js"

READY, SETTLE = b"r", b"s"
"""What node asks: to greet the host; to be told when the host has read all that waits."""

STUCK_SECONDS = 0.3
"""The host interrupts again while code goes on. Interrupts closer together mean that node is stuck."""

HEAP_SHARE = 0.75
"""Of the memory, for V8's old generation."""


def main() -> NoReturn:
    """Run node until it ends, and end as it did."""
    Supervisor(sys.argv[1]).serve()


class Supervisor:
    """Node, and the pipes around it."""

    def __init__(self, node: str) -> None:
        self._host = _socket.socket(fileno=HOST)
        self._out, out = os.pipe()
        self._err, err = os.pipe()
        interrupts, self._interrupt = os.pipe()
        self._requests, requests = os.pipe()
        replies, self._reply = os.pipe()
        os.set_blocking(self._interrupt, False)
        self._last_interrupt = 0.0
        for number in INTERRUPT_SIGNALS:
            _signal.signal(number, self._forward)
        given = (0, out, err, HOST, interrupts, requests, replies)
        self._node = _spawn([node, *_options(), DRIVER], given)
        for descriptor in given[1:3] + given[4:]:
            os.close(descriptor)

    def serve(self) -> NoReturn:
        while request := os.read(self._requests, 1):
            if request == READY:
                self._greet()
            elif request == SETTLE:
                self._settle()
                os.write(self._reply, SETTLE)
        status = os.waitstatus_to_exitcode(os.waitpid(self._node, 0)[1])
        os._exit(status if status >= 0 else 128 - status)

    def _greet(self) -> None:
        rights = b"".join(n.to_bytes(4, sys.byteorder) for n in (self._out, self._err))
        ancillary = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, rights)]
        self._host.sendmsg([pack("ready")], ancillary)

    def _settle(self) -> None:
        wait_until_read(self._out, FIONREAD)
        wait_until_read(self._err, FIONREAD)
        wait_until_read(self._host.fileno(), SIOCOUTQ)

    def _forward(self, number: int, _frame: FrameType | None) -> None:
        try:
            os.write(self._interrupt, bytes([1 + INTERRUPT_SIGNALS.index(number)]))
        except OSError:  # full, or node has ended
            return
        last, self._last_interrupt = self._last_interrupt, monotonic()
        if self._last_interrupt - last < STUCK_SECONDS:
            self._interrupt_children()

    def _interrupt_children(self) -> None:
        """Interrupt the programs that node may be waiting for, deaf to everything else.

        As Ctrl-C in a terminal does.
        """
        found = [str(self._node)]
        for process in found:
            try:
                with open(f"/proc/{process}/task/{process}/children") as file:
                    found += file.read().split()
            except OSError:  # it has ended
                continue
        for process in found[1:]:
            try:
                os.kill(int(process), _signal.SIGINT)
            except OSError:
                continue


def _options() -> list[str]:
    """Node's options.

    The heap is smaller than the memory, which the size of /tmp says (half of it): close to the
    control group's limit node would do nothing but read its own program again and again. Without
    the checks of async_hooks it survives that a timer's callback is terminated.
    """
    tmp = os.statvfs("/tmp")
    megabytes = 2 * tmp.f_blocks * tmp.f_frsize / 2**20
    return [f"--max-old-space-size={megabytes * HEAP_SHARE:.0f}", "--no-force-async-hooks-checks"]


def _spawn(command: list[str], descriptors: tuple[int, ...]) -> int:
    """Start the command, which finds the descriptors as 0, 1, 2 and so on."""
    free = [_high(descriptor) for descriptor in descriptors]
    actions = [(os.POSIX_SPAWN_DUP2, old, new) for new, old in enumerate(free)]
    pid = os.posix_spawn(command[0], command, os.environ, file_actions=actions)
    for descriptor in free:
        os.close(descriptor)
    return pid


def _high(descriptor: int) -> int:
    """A copy of it above those that are dealt out, which the command doesn't inherit."""
    return fcntl(descriptor, F_DUPFD_CLOEXEC, 64)
