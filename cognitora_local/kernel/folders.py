"""Removing work folders, in which code may have built anything."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path


async def remove_folder(folder: Path) -> None:
    """Remove a folder and all in it, without following links. A missing one is no error."""
    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    if folder.exists():  # nested deeper than Python's stack
        remover = await asyncio.create_subprocess_exec("rm", "-rf", "--one-file-system", folder)
        await remover.wait()
