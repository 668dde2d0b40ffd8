"""Real engines of the tests' own, each with its own store, as they come."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import subprocess
import tempfile
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests import engines
from tests.images.filesystems import busybox, one_program
from tests.processes import alive, commands

__all__ = ["RawEngine", "busybox", "docker", "import_image", "podman", "remove_image", "scratch"]

TAR, JSON = "application/x-tar", "application/json"
CONTAINERS_CONF = """
[containers]
default_ulimits = ["nofile=8192:8192", "nproc=8192:8192"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


@dataclass(frozen=True, slots=True)
class RawEngine:
    """An engine that listens at `socket`."""

    socket: Path
    podman: bool


@contextlib.contextmanager
def podman(folder: Path) -> Iterator[RawEngine]:
    with tempfile.TemporaryDirectory(dir="/run") as run:
        # What cleans up after a container is a Podman that refuses a longer one.
        assert len(run) <= 50
        with _podman(folder, run) as engine:
            yield engine


@contextlib.contextmanager
def _podman(folder: Path, run: str) -> Iterator[RawEngine]:
    disk = folder / "disk"
    (folder / "containers.conf").write_text(CONTAINERS_CONF)
    (folder / "storage.conf").write_text(
        f'[storage]\ndriver = "btrfs"\ngraphroot = "{disk}/storage"\nrunroot = "{run}"\n'
    )
    (folder / "tmp").mkdir()
    address = folder / "podman.sock"
    environment = {
        **os.environ,
        "CONTAINERS_CONF": str(folder / "containers.conf"),
        "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
        "TMPDIR": str(folder / "tmp"),
    }
    command = [
        *map(str, engines.on_quota_disk(disk)),
        *("podman", "system", "service", "--time=0", f"unix://{address}"),
    ]
    with _running(command, folder / "log", address, environment):
        yield RawEngine(address, podman=True)
    _end_monitors(disk)
    disk.with_suffix(".img").unlink()


def podman_on_any_disk(
    folder: Path, *, containers: str = "", runtime: str = "runc", runtimes: str = ""
) -> dict[str, str]:
    """The environment of a Podman that keeps all in `folder`, without quotas."""
    ulimits = 'default_ulimits = ["nofile=8192:8192", "nproc=8192:8192"]'
    (folder / "containers.conf").write_text(
        f"[containers]\n{ulimits}\n{containers}\n[engine]\n"
        f'runtime = "{runtime}"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
        f'lock_type = "file"\ntmp_dir = "{folder}/tmp"\n[engine.runtimes]\n{runtimes}\n'
    )
    (folder / "storage.conf").write_text(
        f'[storage]\ndriver = "vfs"\ngraphroot = "{folder}/g"\nrunroot = "{folder}/r"\n'
    )
    return {
        **os.environ,
        "CONTAINERS_CONF": str(folder / "containers.conf"),
        "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
    }


@contextlib.contextmanager
def docker(folder: Path) -> Iterator[RawEngine]:
    with engines.docker(folder) as address:
        yield RawEngine(address, podman=False)


def scratch(program: str) -> bytes:
    """A tar of a file system with a static program alone, as /init."""
    return one_program(Path(program), "init")


def import_image(engine: RawEngine, name: str, tar: bytes, *changes: str) -> None:
    """Makes an image of a tar, with `changes` as in a Dockerfile."""
    repository, _, tag = name.rpartition(":")
    if engine.podman:  # its Docker-compatible import forgets the tag
        path, asked = "/v4.0.0/libpod/images/import", [("reference", name)]
    else:
        path, asked = "/images/create", [("fromSrc", "-"), ("repo", repository), ("tag", tag)]
    query = urllib.parse.urlencode([*asked, *(("changes", change) for change in changes)])
    _ask(engine, "POST", f"{path}?{query}", tar)


def remove_image(engine: RawEngine, name: str) -> None:
    _ask(engine, "DELETE", f"/images/{name}?force=true", b"")


def start_container(engine: RawEngine, image: str, *command: str) -> str:
    """Starts one without a network and without powers, and returns its id."""
    limits = {"NetworkMode": "none", "CapDrop": ["ALL"]}
    config = {"Image": image, "Cmd": command, "HostConfig": limits}
    answer = _ask(engine, "POST", "/containers/create", json.dumps(config).encode(), JSON)
    made: str = json.loads(answer)["Id"]
    _ask(engine, "POST", f"/containers/{made}/start", b"")
    return made


def other_address() -> str:
    """An address of this machine that isn't of its loopback."""
    listed = subprocess.run(["hostname", "-I"], check=True, capture_output=True, text=True)
    return listed.stdout.split()[0]


def _ask(engine: RawEngine, method: str, path: str, body: bytes, kind: str = TAR) -> bytes:
    connection = http.client.HTTPConnection("engine")
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(engine.socket))
        connection.sock = client
        headers = {"Content-Type": kind, "X-Registry-Auth": "e30="}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
    assert answer.status < 400, text
    assert b'"error"' not in text, text
    return text


def _end_monitors(disk: Path) -> None:
    """Ends what Podman keeps for minutes for each command that ran in a container."""
    monitors = [
        process
        for process, (program, *words) in commands()
        if program.endswith("conmon") and any(word.startswith(str(disk)) for word in words)
    ]
    for monitor in monitors:
        with contextlib.suppress(psutil.NoSuchProcess):
            monitor.kill()
    until = time.monotonic() + 60
    while any(alive(monitor.pid) for monitor in monitors):
        assert time.monotonic() < until
        time.sleep(0.02)


@contextlib.contextmanager
def _running(
    command: list[str], log: Path, address: Path, environment: dict[str, str]
) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
    try:
        until = time.monotonic() + 60
        while not _listens(address):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def _listens(address: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(address)) == 0
