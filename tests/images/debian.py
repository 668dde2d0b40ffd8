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
}
_PROGRAMS = CACHE / "debian"
# What Debian has, which takes seconds to get and to read: it is asked again when this is older.
_APT = CACHE / "apt"
_LISTS_KEPT_S = 3600
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_RELEASE = "bookworm"
_SOURCES = f"""\
deb [signed-by={_KEYRING}] http://deb.debian.org/debian {_RELEASE} main
deb [signed-by={_KEYRING}] http://deb.debian.org/debian-security {_RELEASE}-security main
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
    if shutil.which("apt-get") is None or not _KEYRING.exists():
        raise Unavailable(f"needs apt-get and {_KEYRING} (Debian: debian-archive-keyring)")
    with tempfile.TemporaryDirectory() as temporary:
        archives = _download(packages, Path(temporary), dependencies)
        # In Debian 12 /bin is /usr/bin, and so on, but not all of its packages say so.
        for name in ("bin", "lib", "lib64", "sbin"):
            (folder / "usr" / name).mkdir(parents=True, exist_ok=True)
            if not (folder / name).is_symlink():
                (folder / name).symlink_to(f"usr/{name}")
        for archive in archives:
            with subprocess.Popen(
                ["dpkg-deb", "--fsys-tarfile", archive], stdout=subprocess.PIPE
            ) as tar:
                unpacking = ["tar", "-x", "--keep-directory-symlink", "-C", str(folder)]
                subprocess.run(unpacking, stdin=tar.stdout, check=True)
            assert tar.returncode == 0, archive


@contextmanager
def alone() -> Iterator[None]:
    """While no other run of the tests changes the cache."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _download(packages: list[str], folder: Path, dependencies: bool) -> list[Path]:
    """The packages' files, by an apt with lists of its own that knows of nothing installed."""
    if not (_APT / "status").exists():  # apt reads all anew when these files are
        (_APT / "lists" / "partial").mkdir(parents=True, exist_ok=True)
        (_APT / "sources.list").write_text(_SOURCES)
        (_APT / "status").touch()
    settings = {
        "Dir::State": _APT,
        "Dir::State::lists": _APT / "lists",
        "Dir::State::status": _APT / "status",
        "Dir::Cache": _APT,
        "Dir::Cache::archives": folder,
        "Dir::Cache::pkgcache": "packages",  # which Debian's images for containers switch off
        "Dir::Cache::srcpkgcache": "",
        "Dir::Etc::sourcelist": _APT / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "root",
        "APT::Update::Error-Mode": "any",  # else lists that can't be had are a warning
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
    }
    apt = ["apt-get", "-qq", *(f"-o{name}={value}" for name, value in settings.items())]
    get = ["--yes", "--download-only", "install"] if dependencies else ["download"]
    (folder / "partial").mkdir()
    updated = _APT / "updated"
    if not updated.exists() or time.time() - updated.stat().st_mtime > _LISTS_KEPT_S:
        _run([*apt, "update"], folder)
        updated.touch()
    _run([*apt, *get, *packages], folder)
    return sorted(folder.glob("*.deb"))


def _run(command: list[str], folder: Path) -> None:
    nothing = subprocess.DEVNULL
    subprocess.run(command, cwd=folder, check=True, stdin=nothing, stdout=nothing)
