"""Images that the tests' containers are made of, and the registry that they come from.

They are made on this machine, once, from Debian's packages, and kept under .cache/tests.
`python -m tests.images` serves them to a runtime that was started by hand.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.images import debian, filesystems
from tests.images.debian import Unavailable
from tests.images.image import Image, push
from tests.images.registry import Registry, serve

__all__ = ["Image", "Registry", "Unavailable", "arguments", "push", "serve", "served"]

# Names that programs use, and the images of the registry that stand for them.
_STAND_INS = {
    "docker.io/library/python:3.11": "python:3.11",
    "docker.io/library/python:3.11-slim": "python:3.11-slim",
    "docker.io/library/busybox:latest": "busybox:latest",
    "docker.io/library/user:latest": "user:latest",
    "docker.io/library/noshell:latest": "noshell:latest",
    "docker.io/library/entrypoint:latest": "entrypoint:latest",
}


@contextmanager
def served(folder: Path) -> Iterator[Registry]:
    """A registry with all of the images, in a folder of its own: it may be changed."""
    shutil.copytree(made(), folder)
    with serve(folder) as registry:
        yield registry


def arguments(registry: Registry) -> list[str]:
    """The runtime's arguments by which its images come from `registry`."""
    pairs = [f"{name}={registry.address}/{image}" for name, image in _STAND_INS.items()]
    return [argument for pair in pairs for argument in ("--image", pair)]


def made() -> Path:
    """The folder of a registry with the images, made if the cache hasn't got it."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    key = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]
    folder = debian.CACHE / f"images-{key}"
    if not folder.exists():
        # Outside the lock, which getting them needs too.
        for name in ("busybox", "docker-registry"):
            debian.program(name)
        with debian.alone():
            if not folder.exists():
                for stale in debian.CACHE.glob("images-*"):
                    shutil.rmtree(stale)
                _make(folder)
    return folder


def _make(folder: Path) -> None:
    busybox = filesystems.busybox()
    busybox_program = debian.program("busybox")
    images = {
        ("python:3.11", "python:3.11-slim"): Image(filesystems.python(), command=["python3"]),
        ("busybox:latest",): Image(busybox, command=["sh"]),
        ("user:latest",): Image(
            filesystems.busybox({"app/hello.txt": "hello\n"}), user="nobody", working_dir="/app"
        ),
        ("noshell:latest",): Image(
            filesystems.one_program(busybox_program, "sleep"), environment={"PATH": "/"}
        ),
        ("entrypoint:latest",): Image(busybox, entrypoint=["/bin/echo", "entry"]),
    }
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        unfinished = Path(temporary) / "registry"
        with serve(unfinished) as registry:
            for names, image in images.items():
                push(image, registry.address, names)
        unfinished.rename(folder)
