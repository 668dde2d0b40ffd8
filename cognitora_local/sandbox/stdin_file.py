"""What a sandbox's own command reads from its standard input: nothing, unless it is given something."""

from __future__ import annotations

import os


class StdinFile:
    """A file in memory, empty but for the time in which it holds an input.

    All who have it as their standard input read on from one place. They can't write to it.
    """

    def __init__(self) -> None:
        self._writing = os.memfd_create("stdin", os.MFD_CLOEXEC)
        try:
            os.fchmod(self._writing, 0o444)
            self.fd = os.open(f"/proc/self/fd/{self._writing}", os.O_RDONLY | os.O_CLOEXEC)
        except BaseException:
            os.close(self._writing)
            raise

    def fill(self, data: bytes) -> None:
        """Let it hold this, to be read from the beginning."""
        os.ftruncate(self._writing, 0)
        os.lseek(self.fd, 0, os.SEEK_SET)
        view, written = memoryview(data), 0
        while written < len(data):
            written += os.pwrite(self._writing, view[written:], written)

    def close(self) -> None:
        os.close(self._writing)
        os.close(self.fd)
