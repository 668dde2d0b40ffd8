"""Files of what is about to end: its first process has left its mounts, and doesn't count as ended yet."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cognitora_local.engine import ContainerGone, rootfs
from cognitora_local.engine.container_user import ContainerProcess, Owner
from cognitora_local.filesystem.errors import FilesystemError, FilesystemGone
from cognitora_local.filesystem.filesystem import Filesystem
from cognitora_local.sandbox.process import Handle
from tests.needs import USERS, need_root
from tests.runtime.conftest import until

# The kernel keeps such a process for a moment. One whose first thread alone has ended is the same for as long
# as its others run.
FIRST_THREAD = """
import ctypes, sys, threading, time
threading.Thread(target=time.sleep, args=[600]).start()
sys.stdin.readline()
ctypes.CDLL(None).pthread_exit(None)
"""


class Process:
    def __init__(self) -> None:
        command = [sys.executable, "-c", FIRST_THREAD]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE)
        self.pid = self._process.pid

    async def begin_to_end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")
        self._process.stdin.flush()

        async def has_left() -> bool:
            return not Path(f"/proc/{self.pid}/ns/mnt").exists()

        await until(has_left)

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def process() -> Iterator[Process]:
    need_root(USERS)
    with closing(Process()) as process:
        yield process


@pytest.mark.parametrize("ends", [True, False])
async def test_a_file_call_says_so_and_nothing_of_its_files(
    process: Process, tmp_path: Path, *, ends: bool
) -> None:
    folder = tmp_path / "mounted"
    folder.mkdir()
    with closing(Handle(process.pid)) as handle:
        seen = Filesystem(process.pid, "/", handle.is_there)
        path = str(folder / "file")
        async with seen.visit(action="write", path=path, mode=None, user=None) as visit:

            async def has_begun() -> bool:
                return bool(list(folder.iterdir()))

            await until(has_begun)
            if ends:
                await process.begin_to_end()
            assert handle.is_there()
            folder.rename(tmp_path / "gone")
            await visit.put(b"")
            with pytest.raises(FilesystemGone if ends else FilesystemError):
                await visit.answer()


async def test_nothing_that_was_seen_meanwhile_is_told(process: Process) -> None:
    with closing(Handle(process.pid)) as handle:
        seen = Filesystem(process.pid, "/", handle.is_there)
        async with seen.visit(action="entry", path="/", told="/", user=None) as visit:
            await process.begin_to_end()
            with pytest.raises(FilesystemGone):
                await visit.answer()


@pytest.mark.parametrize("ends", [True, False])
async def test_a_containers_files_say_so_too(
    process: Process, tmp_path: Path, *, ends: bool
) -> None:
    container = ContainerProcess("/", process.pid, here=Owner(0, 0), inside=Owner(0, 0))

    async def write() -> None:
        with rootfs.new_file(container, str(tmp_path / "file")):
            if ends:
                await process.begin_to_end()
            (tmp_path / "other").unlink()

    with pytest.raises(ContainerGone if ends else FileNotFoundError):
        await write()
