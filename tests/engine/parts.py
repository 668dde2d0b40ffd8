"""Real engines of the tests' own, each with its own store, and a real registry on the loopback."""

from __future__ import annotations

import contextlib
import http.client
import io
import os
import shutil
import socket
import subprocess
import tarfile
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CONTAINERS_CONF = """
[containers]
default_ulimits = ["nofile=8192:8192", "nproc=8192:8192"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


@dataclass(frozen=True, slots=True)
class TestEngine:
    """An engine that listens at `socket`."""

    socket: Path
    podman: bool


@dataclass(frozen=True, slots=True)
class Registry:
    """A registry at 127.0.0.1:`port`, which keeps what it holds in `folder`."""

    port: int
    folder: Path

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


@contextlib.contextmanager
def podman(folder: Path) -> Iterator[TestEngine]:
    with _disk(folder) as disk:
        (folder / "containers.conf").write_text(CONTAINERS_CONF)
        (folder / "storage.conf").write_text(
            f'[storage]\ndriver = "btrfs"\ngraphroot = "{disk}/storage"\nrunroot = "{folder}/run"\n'
        )
        (folder / "tmp").mkdir()
        address = folder / "podman.sock"
        environment = {
            **os.environ,
            "CONTAINERS_CONF": str(folder / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
            "TMPDIR": str(folder / "tmp"),
        }
        command = ["podman", "system", "service", "--time=0", f"unix://{address}"]
        with _running(command, folder / "log", address, environment):
            yield TestEngine(address, podman=True)
        with contextlib.suppress(OSError):  # what it mounts for itself
            subprocess.run(["umount", "-q", disk / "storage" / "btrfs"], check=False)


@contextlib.contextmanager
def docker(folder: Path) -> Iterator[TestEngine]:
    with _disk(folder) as disk:
        address = folder / "docker.sock"
        command = [
            *("dockerd", "--data-root", str(disk), "--exec-root", str(folder / "exec")),
            *("--host", f"unix://{address}", "--pidfile", str(folder / "pid")),
            *("--iptables=false", "--ip6tables=false", "--bridge=none"),
        ]
        with _running(command, folder / "log", address, dict(os.environ)):
            yield TestEngine(address, podman=False)


@contextlib.contextmanager
def registry(folder: Path, *, password_file: Path | None = None) -> Iterator[Registry]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    configuration = f"""
version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: {folder / "registry"}}}, delete: {{enabled: true}}}}
http: {{addr: "127.0.0.1:{port}"}}
"""
    if password_file is not None:
        configuration += f"auth: {{htpasswd: {{realm: tests, path: {password_file}}}}}\n"
    (folder / "registry.yml").write_text(configuration)
    command = ["docker-registry", "serve", str(folder / "registry.yml")]
    with _running(command, folder / "registry.log", ("127.0.0.1", port), dict(os.environ)):
        yield Registry(port, folder / "registry")


def busybox(files: dict[str, str] | None = None) -> bytes:
    """A tar of a file system with busybox, which is all of its commands, and `files` in it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        tar.add("/usr/bin/busybox", "bin/busybox")
        commands = subprocess.run(["busybox", "--list"], check=True, capture_output=True, text=True)
        for name in commands.stdout.split():
            if name != "busybox":
                link = tarfile.TarInfo(f"bin/{name}")
                link.type, link.linkname = tarfile.SYMTYPE, "busybox"
                tar.addfile(link)
        for name, text in (files or {}).items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    return buffer.getvalue()


def scratch(program: str) -> bytes:
    """A tar of a file system with `program` alone, as /init."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        tar.add(shutil.which(program) or program, "init", filter=_plain)
    return buffer.getvalue()


def import_image(engine: TestEngine, name: str, tar: bytes, *changes: str) -> None:
    """Makes an image of a tar, with `changes` as in a Dockerfile."""
    repository, _, tag = name.rpartition(":")
    asked = [("fromSrc", "-"), ("repo", repository), ("tag", tag)]
    query = urllib.parse.urlencode([*asked, *(("changes", change) for change in changes)])
    _ask(engine, "POST", f"/images/create?{query}", tar)


def push(engine: TestEngine, name: str) -> None:
    if engine.podman:
        path = f"/v4.0.0/libpod/images/{urllib.parse.quote(name, safe='')}/push?tlsVerify=false"
        _ask(engine, "POST", f"{path}&destination={name}", b"")
    else:
        _ask(engine, "POST", f"/images/{name}/push", b"")


def remove_image(engine: TestEngine, name: str) -> None:
    _ask(engine, "DELETE", f"/images/{name}?force=true", b"")


def other_address() -> str:
    """An address of this machine that isn't of its loopback."""
    listed = subprocess.run(["hostname", "-I"], check=True, capture_output=True, text=True)
    return listed.stdout.split()[0]


def _ask(engine: TestEngine, method: str, path: str, body: bytes) -> bytes:
    connection = http.client.HTTPConnection("engine")
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(engine.socket))
        connection.sock = client
        headers = {"Content-Type": "application/x-tar", "X-Registry-Auth": "e30="}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
    assert answer.status < 400, text
    assert b'"error"' not in text, text
    return text


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    return member


@contextlib.contextmanager
def _disk(folder: Path) -> Iterator[Path]:
    """A file system with quotas, in a file."""
    image, disk = folder / "disk.img", folder / "disk"
    disk.mkdir()
    with image.open("wb") as file:
        file.truncate(8 * 2**30)
    subprocess.run(["mkfs.btrfs", "-q", image], check=True)
    subprocess.run(["mount", "-o", "loop,noatime", image, disk], check=True)
    try:
        subprocess.run(["btrfs", "quota", "enable", disk], check=True)
        yield disk
    finally:
        subprocess.run(["umount", "--recursive", "--lazy", disk], check=True)
        image.unlink()


@contextlib.contextmanager
def _running(
    command: list[str], log: Path, address: Path | tuple[str, int], environment: dict[str, str]
) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
    try:
        until = time.monotonic() + 30
        while not _listens(address):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def _listens(address: Path | tuple[str, int]) -> bool:
    family = socket.AF_UNIX if isinstance(address, Path) else socket.AF_INET
    with socket.socket(family) as client:
        return client.connect_ex(str(address) if isinstance(address, Path) else address) == 0
