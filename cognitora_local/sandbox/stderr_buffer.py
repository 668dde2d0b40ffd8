"""What a program that makes or serves a sandbox says when it fails."""

from __future__ import annotations

import fcntl
import os

_BYTES = 8192


class StderrBuffer:
    """A small file in memory to give a program as its stderr.

    It holds 8 KiB; what is written beyond is refused, so that nobody can fill anything with it.
    """

    def __init__(self) -> None:
        self.fd = os.memfd_create("stderr", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(self.fd, _BYTES)
        seals = fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
        fcntl.fcntl(self.fd, fcntl.F_ADD_SEALS, seals)

    def text(self) -> str:
        written = os.pread(self.fd, _BYTES, 0)
        return written.rstrip(b"\0").decode(errors="replace").strip()

    def close(self) -> None:
        os.close(self.fd)
