"""A real Docker of the tests' own: nothing of the machine's, and nothing that stays."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.images import debian

_STARTS_WITHIN_S = 60
_DISK_BYTES = 32 * 2**30  # of a sparse file


@dataclass(frozen=True, slots=True)
class EngineUnderTest:
    """A container engine, and what a runtime must be told to use it."""

    name: str
    arguments: list[str]


@contextmanager
def docker(folder: Path) -> Iterator[Path]:
    """The socket of a Docker that keeps all it has in `folder`, on a file system with quotas."""
    program = debian.program("dockerd")
    address = folder / "docker.sock"
    with quota_disk(folder) as disk:
        command: list[str | Path] = [
            *(program, "--data-root", disk, "--exec-root", folder / "exec"),
            *("--host", f"unix://{address}", "--pidfile", folder / "pid"),
            *("--iptables=false", "--ip6tables=false", "--bridge=none"),
        ]
        log = folder / "log"
        with log.open("wb") as output:
            # It looks for containerd and runc in PATH.
            environment = {**os.environ, "PATH": debian.path()}
            process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
        try:
            until = time.monotonic() + _STARTS_WITHIN_S
            while not _listens(address):
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < until, log.read_text()
                time.sleep(0.05)
            yield address
        finally:
            process.terminate()
            process.wait(timeout=60)
    shutil.rmtree(folder)


@contextmanager
def quota_disk(folder: Path) -> Iterator[Path]:
    """A file system that can limit what each container holds, in a sparse file."""
    image, disk = folder / "disk.img", folder / "disk"
    disk.mkdir()
    with image.open("wb") as file:
        file.truncate(_DISK_BYTES)
    subprocess.run(["mkfs.btrfs", "-q", image], check=True, stderr=subprocess.DEVNULL)
    subprocess.run(["mount", "-o", "loop,noatime", image, disk], check=True)
    try:
        subprocess.run(["btrfs", "quota", "enable", disk], check=True)
        yield disk
    finally:
        subprocess.run(["umount", "--recursive", disk], check=True)
        image.unlink()


def _listens(address: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(address)) == 0
