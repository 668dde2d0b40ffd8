"""Files in and out of a container, one at a time.

Through its root folder on this machine where the kernel lets this program look into it: as root,
or as the user who runs the engine. Else by the engine's archives.
"""

from __future__ import annotations

import posixpath
from collections.abc import AsyncIterable
from contextlib import ExitStack
from pathlib import Path

from aiodocker import Docker

from . import archive, rootfs
from .container_user import find_process
from .errors import ContainerGone
from .models import StoredFile


async def put(
    docker: Docker,
    container: str,
    working_dir: str,
    path: str,
    pieces: AsyncIterable[bytes],
    *,
    spool: Path,
) -> int:
    """Write the file `path`, relative to `working_dir`, in place of a file that has the name.

    It belongs to the user whom the container runs as, and so do the folders made on its way. The
    container sees nothing of it before all has come; what the engine's archives are needed for is
    kept in the folder `spool` until then.

    Returns:
        Its size in bytes.

    Raises:
        NotAFile: a folder, a link or a device has the name, or a file stands on its way; where a program in
            the container could say more, NotAPlainFile, before any of `pieces` is taken.
        OSError: EDQUOT or ENOSPC: it doesn't fit.
        ContainerGone: the container isn't there, or doesn't run.
        EngineError: the engine failed.
    """
    process = await find_process(docker, container)
    if process is None:
        raise ContainerGone(f"The container {container} doesn't run.")
    full = _full(working_dir, path)
    with ExitStack() as opened:
        try:
            file = opened.enter_context(rootfs.new_file(process, full))
        except PermissionError:
            return await archive.put(docker, container, full, pieces, process.inside, spool=spool)
        async for piece in pieces:
            file.write(piece)
    return file.size


async def get(docker: Docker, container: str, working_dir: str, path: str) -> StoredFile:
    """The file `path`, relative to `working_dir`.

    Raises:
        FileNotFoundError: there is none.
        NotAFile: a folder, a link or a device has the name, or a file stands on its way; NotAPlainFile
            where a program in the container could say more.
        ContainerGone, EngineError: as above.
    """
    full = _full(working_dir, path)
    process = await find_process(docker, container)
    if process is not None:
        try:
            return rootfs.get(process, full)
        except PermissionError:
            pass
    return await archive.get(docker, container, full)


def _full(working_dir: str, path: str) -> str:
    """With no `..` in it, which an image's working folder may have."""
    return "/" + posixpath.normpath(posixpath.join("/", working_dir, path)).lstrip("/")
