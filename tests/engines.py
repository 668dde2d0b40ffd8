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
    address, log, disk = folder / "docker.sock", folder / "log", folder / "disk"
    command = [
        *on_quota_disk(disk),
        *(debian.program("dockerd"), "--data-root", disk, "--exec-root", folder / "exec"),
        *("--host", f"unix://{address}", "--pidfile", folder / "pid"),
        *("--iptables=false", "--ip6tables=false", "--bridge=none"),
    ]
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


def on_quota_disk(disk: Path) -> list[str | Path]:
    """What starts a program (that comes behind it) with a file system on `disk` that knows quotas.

    The mount is in a namespace of the program's own, and the program ends with this process:
    whatever ends the tests, no mount is left on the machine.
    """
    image = disk.with_suffix(".img")
    disk.mkdir()
    with image.open("wb") as file:
        file.truncate(_DISK_BYTES)
    subprocess.run(["mkfs.btrfs", "-q", image], check=True, capture_output=True)
    script = 'mount -o loop,noatime "$1" "$2"; btrfs quota enable "$2"; shift 2; exec "$@"'
    private = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount"]
    return [*private, "sh", "-ec", script, "sh", image, disk]


def _listens(address: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(address)) == 0
