"""Images that are made of the one with Python, by what is installed here."""

from __future__ import annotations

import io
import tarfile
import tempfile
from collections.abc import Mapping, Set
from dataclasses import replace
from importlib.metadata import distribution
from pathlib import Path, PurePosixPath

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.kubernetes.layout import ROOT
from tests.images import Image, debian, filesystems, services

CODE = "docker.io/library/code:latest"
EVERYBODYS = "/everybodys"
PIP = "docker.io/library/python-with-pip:3.11"
GATEWAY = "docker.io/library/cognitora-local:latest"
_PACKAGES = "usr/lib/python3/dist-packages"
_LEFT_OUT = {"__pycache__", "tests"}


def python_with_pip() -> Image:
    """As the world's Python images are."""
    return _added(services.python(), _trees("pip", _PACKAGES))


def of_containers() -> dict[str, Image]:
    """Those that the tests of containers use, as their registry has them; BUSYBOX is there already."""
    files = filesystems.busybox({"app/hello.txt": "hello\n"})
    sleep = filesystems.one_program(debian.program("busybox"), "sleep")
    return {
        "everybodys": Image(everybodys(filesystems.busybox()), working_dir=EVERYBODYS),
        "user": Image(files, user="nobody", working_dir="/app"),
        "noshell": Image(sleep, environment={"PATH": "/"}),
        "entrypoint": Image(filesystems.busybox(), entrypoint=["/bin/echo", "entry"]),
    }


def everybodys(filesystem: bytes) -> bytes:
    """The same with a folder EVERYBODYS that everybody may write to; /tmp, /dev and /etc are in it, too."""
    folder = tarfile.TarInfo(EVERYBODYS.strip("/"))
    folder.type, folder.mode = tarfile.DIRTYPE, 0o777
    made = io.BytesIO(filesystem)
    with tarfile.open(fileobj=made, mode="a") as tar:
        tar.addfile(folder)
        for name in ("tmp", "dev", "etc"):
            link = tarfile.TarInfo(f"{folder.name}/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, f"/{name}"
            tar.addfile(link)
    return made.getvalue()


def code() -> Image:
    """What code is to find: node, pip, IPython, matplotlib and pandas beside Python."""
    names = {"pip"}.union(*map(_needed, ("ipython", "matplotlib", "pandas")))
    trees = [_trees(name, _PACKAGES) for name in names]
    return _added(
        services.python_and_node(), {place: at for each in trees for place, at in each.items()}
    )


def gateway() -> Image:
    """As the Containerfile's is, without what a cluster has no need of."""
    place = "opt/runtime/lib/python3.11/site-packages"
    trees = {
        f"{place}/cognitora_local": ROOT / "cognitora_local",
        f"{place}/cognitora_openapi": ROOT / "generated/cognitora_openapi",
    }
    for name in _needed("cognitora", {"local", "metrics", "kubernetes", "postgresql"}) - {
        "cognitora"
    }:
        trees |= _trees(name, place)
    with tempfile.TemporaryDirectory() as temporary:
        python, settings = Path(temporary, "python"), Path(temporary, "pyvenv.cfg")
        python.symlink_to("/usr/bin/python3")
        settings.write_text("home = /usr/bin\ninclude-system-site-packages = false\n")
        trees |= {"opt/runtime/bin/python": python, "opt/runtime/pyvenv.cfg": settings}
        return _added(services.python(), trees)


def _needed(name: str, extras: Set[str] = frozenset()) -> set[str]:
    """A distribution of this environment, and all that it needs with these extras."""
    found: set[str] = {canonicalize_name(name)}
    for line in distribution(name).requires or []:
        requirement = Requirement(line)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in {"", *extras}):
            found |= _needed(requirement.name, requirement.extras)
    return found


def _trees(name: str, place: str) -> dict[str, Path]:
    """The folders and files of a distribution of this environment, by where they are to be in an image."""
    found = distribution(name)
    parts = {file.parts[0] for file in found.files or [] if file.parts[0] != ".."}
    return {f"{place}/{part}": Path(str(found.locate_file(part))) for part in parts}


def _added(image: Image, trees: Mapping[str, Path]) -> Image:
    buffer = io.BytesIO(image.filesystem)
    with tarfile.open(fileobj=buffer, mode="a") as tar:
        for place, source in sorted(trees.items()):
            tar.add(source, place, filter=_of_root)
    return replace(image, filesystem=buffer.getvalue())


def _of_root(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    member.uid = member.gid = 0
    return None if _LEFT_OUT & set(PurePosixPath(member.name).parts) else member
