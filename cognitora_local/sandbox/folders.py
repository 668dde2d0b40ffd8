"""Removing work folders, in which code may have built anything."""

from __future__ import annotations

import asyncio
from pathlib import Path

from .process import ENVIRONMENT


async def remove_folder(folder: Path) -> None:
    """Remove a folder and all in it, without following links. A missing one is no error.

    By `rm`, unless it is empty: folders nested deep enough exhaust Python's stack, and the
    descriptors of the process that removes them.
    """
    try:
        await asyncio.to_thread(folder.rmdir)
    except FileNotFoundError:
        return
    except OSError:
        command = ("rm", "-rf", "--one-file-system", "--", folder)
        await (await asyncio.create_subprocess_exec(*command, env=ENVIRONMENT)).wait()
