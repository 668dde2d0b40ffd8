"""Tar streams, made and read by Python's own library: another than the one under test."""

from __future__ import annotations

import io
import tarfile
from typing import Any

TAR = {"Content-Type": "application/octet-stream"}


def member(name: str, content: bytes = b"", **more: Any) -> tuple[tarfile.TarInfo, bytes]:
    """What goes into a stream; `more` are attributes of tarfile.TarInfo."""
    made = tarfile.TarInfo(name)
    made.size = len(content)
    for key, value in more.items():
        setattr(made, key, value)
    return made, content


def folder(name: str, **more: Any) -> tuple[tarfile.TarInfo, bytes]:
    return member(name, type=tarfile.DIRTYPE, mode=0o755, **more)


def link(name: str, target: str) -> tuple[tarfile.TarInfo, bytes]:
    return member(name, type=tarfile.SYMTYPE, linkname=target)


def hard_link(name: str, target: str) -> tuple[tarfile.TarInfo, bytes]:
    return member(name, type=tarfile.LNKTYPE, linkname=target)


def tar(*members: tuple[tarfile.TarInfo, bytes], format: int = tarfile.PAX_FORMAT) -> bytes:
    """A stream of these members."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=format) as archive:
        for made, content in members:
            archive.addfile(made, io.BytesIO(content))
    return stream.getvalue()


def untar(stream: bytes) -> dict[str, Any]:
    """What is in a stream: the bytes of files, `-> target` of links, None of folders."""
    with tarfile.open(fileobj=io.BytesIO(stream)) as archive:
        return {each.name: _content(archive, each) for each in archive}


def _content(archive: tarfile.TarFile, found: tarfile.TarInfo) -> Any:
    if found.issym():
        return f"-> {found.linkname}"
    file = archive.extractfile(found)
    return None if file is None else file.read()
