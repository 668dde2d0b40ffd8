"""The file systems that images are made of, as tars."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.images import debian

_PYTHON = ["python3", "python3-requests", "dash", "bash", "coreutils", "grep", "sed", "findutils"]
_LEFT_OUT = ["usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info", "var/lib/dpkg"]
_USERS = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n"
_GROUPS = "root:x:0:\nnogroup:x:65534:\n"


def busybox(files: Mapping[str, str] | None = None) -> bytes:
    """busybox, which is all of its commands, a /tmp, and `files`."""
    program = debian.program("busybox")
    listed = subprocess.run([program, "--list"], check=True, capture_output=True, text=True)
    tar = _Tar()
    tar.program(program, "bin/busybox")
    for name in listed.stdout.split():
        if name != "busybox":
            tar.link(f"bin/{name}", "busybox")
    tar.folder("tmp", mode=0o1777)
    for name, text in {"etc/passwd": _USERS, "etc/group": _GROUPS, **(files or {})}.items():
        tar.text(name, text)
    return tar.done()


def one_program(program: Path, name: str) -> bytes:
    """A static program and nothing else: no shell, no folder for temporary files, no users."""
    tar = _Tar()
    tar.program(program, name)
    return tar.done()


def python(*more: str) -> bytes:
    """Debian's Python 3.11 with requests, a shell, and the usual commands; and `more` of its packages."""

    def finish(root: Path) -> None:
        (root / "usr/bin/python").symlink_to("python3")
        certificates = sorted((root / "usr/share/ca-certificates").rglob("*.crt"))
        bundle = root / "etc/ssl/certs/ca-certificates.crt"
        bundle.parent.mkdir(parents=True, exist_ok=True)
        bundle.write_bytes(b"".join(path.read_bytes() for path in certificates))

    return of_packages([*_PYTHON, *more], finish)


def of_packages(packages: list[str], finish: Callable[[Path], None]) -> bytes:
    """Debian's packages with all they depend on; `finish` does what their own scripts would."""
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary) / "root"
        debian.unpack(packages, root, dependencies=True)
        for name in _LEFT_OUT:
            remove(root / name)
        (root / "etc/passwd").write_text(_USERS)
        (root / "etc/group").write_text(_GROUPS)
        for name in ("tmp", "var/tmp"):
            (root / name).mkdir(parents=True, exist_ok=True)
            (root / name).chmod(0o1777)
        finish(root)
        tar = _Tar()
        tar.tree(root)
        return tar.done()


def remove(path: Path) -> None:
    """A file, or a folder and all that is in it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


class _Tar:
    """Everything in it belongs to root, and nothing says when it was made."""

    def __init__(self) -> None:
        self._buffer = io.BytesIO()
        self._tar = tarfile.open(fileobj=self._buffer, mode="w")  # noqa: SIM115 - closed by `done`

    def program(self, path: Path, name: str) -> None:
        self._parents(name)
        self._tar.add(path, name, filter=_plain)

    def tree(self, root: Path) -> None:
        for path in sorted(root.iterdir()):
            self._tar.add(path, path.name, filter=_plain)

    def link(self, name: str, target: str) -> None:
        link = tarfile.TarInfo(name)
        link.type, link.linkname = tarfile.SYMTYPE, target
        self._tar.addfile(link)

    def folder(self, name: str, mode: int) -> None:
        if name in self._tar.getnames():
            return
        folder = tarfile.TarInfo(name)
        folder.type, folder.mode = tarfile.DIRTYPE, mode
        self._tar.addfile(folder)

    def text(self, name: str, text: str) -> None:
        self._parents(name)
        member = tarfile.TarInfo(name)
        member.size = len(text.encode())
        self._tar.addfile(member, io.BytesIO(text.encode()))

    def _parents(self, name: str) -> None:
        """Folders that aren't told of are made by engines, by some of them for root alone."""
        for parent in reversed(Path(name).parents[:-1]):
            self.folder(str(parent), mode=0o755)

    def done(self) -> bytes:
        self._tar.close()
        return self._buffer.getvalue()


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = 0
    return member
