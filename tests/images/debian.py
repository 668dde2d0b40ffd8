"""Debian 12's packages, unpacked into folders and not installed: nothing of them starts by itself.

Needs apt-get, which is there on Debian and what descends from it, and no root.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CACHE = Path(__file__).resolve().parent.parent.parent / ".cache" / "tests"
# Programs that tests start, and the packages that they are in.
PACKAGES = {
    "busybox": ["busybox-static"],
    "docker-registry": ["docker-registry"],
    "dockerd": ["docker.io", "containerd"],
    "patch": ["patch"],
    "debootstrap": ["debootstrap"],
    "wget": ["wget"],
}
_PROGRAMS = CACHE / "debian"
# What Debian has, which takes seconds to get and to read: it is asked again when this is older.
_APT = CACHE / "apt"
_APT_OF_SOURCES = CACHE / "apt-sources"
_LISTS_KEPT_S = 3600
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_RELEASE = "bookworm"
_LISTED = f"""\
KIND [signed-by={_KEYRING}] http://deb.debian.org/debian {_RELEASE} main
KIND [signed-by={_KEYRING}] http://deb.debian.org/debian-security {_RELEASE}-security main
"""


class Unavailable(Exception):
    """This machine can't have Debian's packages; says why."""


def program(name: str) -> Path:
    """Where `name` of PACKAGES is: on this machine, else unpacked under .cache.

    Those that it starts itself are beside it: see `path`.
    """
    found = shutil.which(name, path=path())
    if found is None:
        with alone():
            unpack(PACKAGES[name], _PROGRAMS)
        found = shutil.which(name, path=path())
        assert found, f"{name} is not in {PACKAGES[name]}"
    return Path(found)


def path() -> str:
    """A PATH with the machine's programs, and behind them those that were unpacked."""
    machine = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    return f"{machine}:{_PROGRAMS / 'usr' / 'bin'}:{_PROGRAMS / 'usr' / 'sbin'}"


def unpack(packages: list[str], folder: Path, *, dependencies: bool = False) -> None:
    """Unpack packages into a folder, with all they depend on if asked for. Only while `alone`."""
    with tempfile.TemporaryDirectory() as temporary:
        get = ["--yes", "--download-only", "install"] if dependencies else ["download"]
        archives = _download([*get, *packages], Path(temporary), _APT, "deb").glob("*.deb")
        # In Debian 12 /bin is /usr/bin, and so on, but not all of its packages say so.
        for name in ("bin", "lib", "lib64", "sbin"):
            (folder / "usr" / name).mkdir(parents=True, exist_ok=True)
            if not (folder / name).is_symlink():
                (folder / name).symlink_to(f"usr/{name}")
        for archive in sorted(archives):
            with subprocess.Popen(
                ["dpkg-deb", "--fsys-tarfile", archive], stdout=subprocess.PIPE
            ) as tar:
                unpacking = ["tar", "-x", "--keep-directory-symlink", "-C", str(folder)]
                subprocess.run(unpacking, stdin=tar.stdout, check=True)
            assert tar.returncode == 0, archive


def source(package: str, folder: Path) -> None:
    """Get a source package (`NAME=VERSION`) into a folder, as it was packed. Only while `alone`."""
    _download(["--download-only", "source", package], folder, _APT_OF_SOURCES, "deb-src")


@contextmanager
def alone() -> Iterator[None]:
    """While no other run of the tests changes the cache."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _download(get: list[str], folder: Path, state: Path, kind: str) -> Path:
    """`folder` with what `get` asks of an apt with lists of its own that knows of nothing installed.

    Its lists are in `state`, and of packages (`deb`) or of their sources (`deb-src`).
    """
    if shutil.which("apt-get") is None or not _KEYRING.exists():
        raise Unavailable(f"needs apt-get and {_KEYRING} (Debian: debian-archive-keyring)")
    if not (state / "status").exists():  # apt reads all anew when these files are
        (state / "lists" / "partial").mkdir(parents=True, exist_ok=True)
        (state / "sources.list").write_text(_LISTED.replace("KIND", kind))
        (state / "status").touch()
    settings = {
        "Dir::State": state,
        "Dir::State::lists": state / "lists",
        "Dir::State::status": state / "status",
        "Dir::Cache": state,
        "Dir::Cache::archives": folder,
        "Dir::Cache::pkgcache": "packages",  # which Debian's images for containers switch off
        "Dir::Cache::srcpkgcache": "",
        "Dir::Etc::sourcelist": state / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "root",
        "APT::Update::Error-Mode": "any",  # else lists that can't be had are a warning
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
    }
    apt = ["apt-get", "-qq", *(f"-o{name}={value}" for name, value in settings.items())]
    (folder / "partial").mkdir()
    updated = state / "updated"
    if not updated.exists() or time.time() - updated.stat().st_mtime > _LISTS_KEPT_S:
        _run([*apt, "update"], folder)
        updated.touch()
    _run([*apt, *get], folder)
    return folder


def _run(command: list[str], folder: Path) -> None:
    nothing = subprocess.DEVNULL
    subprocess.run(command, cwd=folder, check=True, stdin=nothing, stdout=nothing)
