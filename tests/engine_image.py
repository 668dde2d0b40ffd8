"""The runtime's image, made here, on a Podman and a Docker in a network of their own.

Their bridges and the ports that they publish are in that network, and nothing of them on the machine. What
is a program outside of their containers is started in it too, by `Outer.inside`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cognitora.engine_image.api import Api
from tests.images import debian

IMAGE = "localhost/cognitora-local"
ROOT = Path(__file__).resolve().parent.parent
_BASE = "localhost/base"
_STARTS_WITHIN_S = 60
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
_SOURCES = (
    "Containerfile",
    ".dockerignore",
    "pyproject.toml",
    "cognitora",
    "cognitora_local",
    "generated",
)
_LIMITS = [
    "nofile=8192:16384",
    "nproc=16384:16384",
]  # Podman's own are more than some machines let it
_CONTAINERS = f"""\
[containers]
default_ulimits = {_LIMITS}
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
[network]
network_config_dir = "{{folder}}/networks"
""".replace("'", '"')


@dataclass(frozen=True, slots=True)
class Outer:
    """An engine that has the image.

    Attributes:
        name: "podman" or "docker".
        socket: where it answers.
        inside: what starts a program in the engine's network.
        cli: what the engine's own command line begins with, to be started by `inside`.
    """

    name: str
    socket: Path
    inside: Sequence[str]
    cli: Sequence[str]

    @property
    def api(self) -> Api:
        api = Api(str(self.socket))
        assert api.ping()
        return api

    def program(self, code: str, *arguments: str) -> subprocess.Popen[str]:
        """A program of Python's outside of the engine's containers."""
        command = [*self.inside, sys.executable, "-c", code, *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True)

    def run(self, *options: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """`podman run` or `docker run` with these words, to its end."""
        command = [*self.inside, *self.cli, "run", "--rm", *options]
        return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)


@contextmanager
def podman(folder: Path) -> Iterator[Outer]:
    """A Podman that keeps all it has in `folder`, with the image."""
    with empty_podman(folder) as outer:
        with _archive().open("rb") as archive:
            subprocess.run(
                [*outer.inside, *outer.cli, "load", "--quiet"], stdin=archive, check=True
            )
        yield outer


@contextmanager
def docker(folder: Path) -> Iterator[Outer]:
    """A Docker that keeps all it has in `folder`, with the image."""
    archive = _archive()
    address = folder / "docker.sock"
    with ExitStack() as stack:
        inside = stack.enter_context(_network())
        places = {"--data-root": "data", "--exec-root": "exec", "--pidfile": "pid"}
        daemon: list[str | Path] = [
            *inside,
            debian.program("dockerd"),
            "--host",
            f"unix://{address}",
        ]
        daemon += [f"{option}={folder / name}" for option, name in places.items()]
        daemon += ["--iptables=false", "--ip6tables=false"]
        stack.enter_context(_service(daemon, address, folder, {"PATH": debian.path()}))
        cli = [str(debian.program("docker")), "--host", f"unix://{address}"]
        with archive.open("rb") as image:
            subprocess.run([*inside, *cli, "load", "--quiet"], stdin=image, check=True)
        subprocess.run([*inside, *cli, "tag", IMAGE, IMAGE.rpartition("/")[2]], check=True)
        yield Outer("docker", address, inside, cli)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def empty_podman(folder: Path, *, driver: str = "overlay") -> Iterator[Outer]:
    """A Podman that keeps all it has in `folder`, and has no image."""
    short = tempfile.mkdtemp(prefix="podman-")  # Podman takes no longer path, nor does a socket
    address = Path(short, "podman.sock")
    configuration = folder / "containers.conf"
    configuration.write_text(_CONTAINERS.format(folder=folder))
    cli = ["env", f"CONTAINERS_CONF={configuration}", "podman", "--storage-driver", driver]
    cli += ["--root", str(folder / "store"), "--runroot", short]
    with ExitStack() as stack:
        inside = stack.enter_context(_network())
        service = [*inside, *cli, "system", "service", "--time", "0", f"unix://{address}"]
        stack.enter_context(_service(service, address, folder, {}))
        stack.callback(
            subprocess.run,
            [*inside, *cli, "rm", "--all", "--force", "--depend"],
            check=True,
            capture_output=True,
        )
        yield Outer("podman", address, inside, cli)
    shutil.rmtree(short, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _network() -> Iterator[list[str]]:
    """What starts a program in a network, and among mounts, that are nobody else's."""
    script = "ip link set lo up; mount --make-rprivate /; echo; exec sleep infinity"
    holding = ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "--mount", "sh", "-ec", script]
    holder = subprocess.Popen(holding, stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"\n"
        yield ["nsenter", "--net", "--mount", "--target", str(holder.pid), "--"]
    finally:
        holder.kill()
        holder.communicate()


@contextmanager
def _service(
    command: Sequence[str | Path], address: Path, folder: Path, environment: dict[str, str]
) -> Iterator[None]:
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", *command],
            stdout=output,
            stderr=output,
            env={**os.environ, **environment},
        )
    try:
        until = time.monotonic() + _STARTS_WITHIN_S
        while not _listens(address):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.05)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def _listens(address: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(address)) == 0


def _archive() -> Path:
    """The image as a file, built if the cache hasn't got it for the sources as they are."""
    digest = hashlib.sha256()
    for name in _SOURCES:
        path = ROOT / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(file.read_bytes())
    archive = debian.CACHE / f"runtime-image-{digest.hexdigest()[:12]}.tar"
    debootstrap = debian.program("debootstrap")
    debian.program("wget")  # which that one starts
    with debian.alone():
        if not archive.exists():
            base = _base(debootstrap)
            for stale in debian.CACHE.glob("runtime-image-*"):
                stale.unlink()
            _build(base, archive)
    return archive


def _base(debootstrap: Path) -> Path:
    """Debian without anything, as the images that everybody builds on have it."""
    archive = debian.CACHE / "debian-base.tar"
    if not archive.exists():
        folder = debian.CACHE / "debian-base"
        shutil.rmtree(folder, ignore_errors=True)
        share = debootstrap.parent.parent / "share" / "debootstrap"
        environment = {**os.environ, "DEBOOTSTRAP_DIR": str(share), "PATH": debian.path()}
        made: list[str | Path] = [
            debootstrap,
            "--variant=minbase",
            "bookworm",
            folder,
            "http://deb.debian.org/debian",
        ]
        subprocess.run(made, check=True, env=environment, stdout=subprocess.DEVNULL)
        new = archive.with_suffix(".new")
        subprocess.run(["tar", "-C", folder, "-cf", new, "."], check=True)
        new.rename(archive)
        shutil.rmtree(folder)
    return archive


def _build(base: Path, archive: Path) -> None:
    """With this machine's certificate authorities, where a proxy has one of its own."""
    folder = archive.with_suffix("")
    folder.mkdir()
    pip = folder / "pip.conf"
    pip.write_text("[global]\ncert = /authorities.crt\ndisable-pip-version-check = 1\n")
    shown = [f"{_CERTIFICATES}:/authorities.crt:ro", f"{pip}:/etc/pip.conf:ro"]
    options = [word for each in shown for word in ("--volume", each)]
    with empty_podman(folder) as outer:
        podman = list(outer.cli)  # in the machine's own network, which leads to the packages
        subprocess.run(
            [*podman, "import", "--quiet", base, _BASE], check=True, stdout=subprocess.DEVNULL
        )
        # Not what runs users' code: it would take minutes, and show nothing more.
        arguments = ["--build-arg", f"BASE={_BASE}", "--build-arg", "DATA="]
        built = [
            "build",
            "--quiet",
            "--network",
            "host",
            *options,
            *arguments,
            "--tag",
            IMAGE,
            str(ROOT),
        ]
        subprocess.run([*podman, *built], check=True, stdout=subprocess.DEVNULL)
        new = archive.with_suffix(".new")
        subprocess.run([*podman, "save", "--quiet", "--output", new, IMAGE], check=True)
        new.rename(archive)
