"""A workspace as a tar stream, packed and unpacked where it is."""

from __future__ import annotations

import io
import tempfile
import uuid
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, cast

from ... import CognitoraError
from .. import commands

PREFIX = ".cognitora-"
"""What the names of archives begin with, which are in the workspace for a moment."""


async def packed(sandbox: commands.Sandbox, root: str, skipped: Sequence[str]) -> io.IOBase:
    """The files of a folder as a tar stream, their names relative to it.

    Raises:
        CognitoraError: It could not be packed, or fetched.
    """
    archive = f"{root}/{PREFIX}{uuid.uuid4().hex}.tar"
    left_out = [f"./{PREFIX}*", *(f"./{path}" for path in skipped)]
    exclude = [f"--exclude={path}" for path in left_out]
    fetched = tempfile.TemporaryFile()  # noqa: SIM115  # the caller closes it
    try:
        await _done(sandbox, ["tar", "-C", root, *exclude, "-cf", archive, "."])
        await sandbox.download(archive, cast(IO[bytes], fetched))
    except BaseException:
        fetched.close()
        raise
    finally:
        await _removed(sandbox, archive)
    fetched.seek(0)
    return cast(io.IOBase, fetched)


async def unpacked(sandbox: commands.Sandbox, root: str, data: io.IOBase) -> None:
    """Puts the files of a tar stream into a folder.

    Raises:
        CognitoraError: It could not be sent, or unpacked.
    """
    archive = f"{root}/{PREFIX}{uuid.uuid4().hex}.tar"
    try:
        await sandbox.upload(cast(IO[bytes], data), archive)
        await _done(sandbox, ["tar", "-C", root, "-xf", archive])
    finally:
        await _removed(sandbox, archive)


async def _done(sandbox: commands.Sandbox, command: Sequence[str]) -> None:
    done = await commands.run(sandbox, command)
    done.result.raise_for_error()


async def _removed(sandbox: commands.Sandbox, archive: str) -> None:
    with suppress(CognitoraError):  # what went wrong before is told
        await sandbox.path(archive).unlink(missing_ok=True)
