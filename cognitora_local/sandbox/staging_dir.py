"""Where a host keeps what its sandboxes show, and by which the next one finds what it left.

Everything is in a folder for run-time files: /run/cognitora for root, or a user's own. A file there
is locked for as long as the host lives; it names the host's control groups. A host that starts ends
whatever belongs to a file that nobody locks any more.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..system import lock_file
from . import cgroup, namespace, outer_container, terminals
from .errors import SandboxError

_SIZE_MB = 32
_HIDERS = 4


class StagingDir:
    """The folders and files that one host shows in its sandboxes.

    As root it is in memory, in the runtime's own mount namespace, and folders are bound on it, so
    that the user ids of sandboxes reach them. A user's bwrap reaches them where they are.
    """

    def __init__(self, data_dir: Path) -> None:
        """Raises SandboxError when a live runtime has a staging folder for the same `data_dir`."""
        self.identity = hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:12]
        self._bound = os.geteuid() == 0
        # Other containers may see this one's control groups, and have a folder of the same name.
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        place = data_dir.stat()
        self.group = f"cognitora-{self.identity}-{place.st_dev:x}-{place.st_ino:x}"
        above = _run_time_folder()
        self.folder = above / self.identity
        self._lock_file = above / f"{self.identity}.lock"
        self._lock = lock_file(self._lock_file)
        if self._lock is None:
            raise SandboxError(
                f"Another runtime uses the data folder {data_dir}. Stop it, or give this one a "
                "folder of its own with --data-dir."
            )
        # The kernel takes its time to take a mount away. Threads of its own: they are begun where
        # the namespace is entered already.
        self._hiders = ThreadPoolExecutor(_HIDERS, "hiding")
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o755)
        if self._bound:
            namespace.enter_private()
            namespace.mount_tmpfs(self.folder, size_mb=_SIZE_MB)
            outer_container.uncover(self.folder / "sys")

    def note(self, groups: Sequence[Path]) -> None:
        """Writes down the control groups that are to end with this host."""
        self._lock_file.write_text("".join(f"{group}\n" for group in groups))

    def show(self, source: Path, name: str) -> Path:
        """The path by which bwrap reaches the folder `source`, until `hide(name)`."""
        if not self._bound:
            return source
        shown = self.place(name)
        namespace.bind(source, shown)
        return shown

    def copy(self, source: Path, name: str) -> Path:
        """The path of a copy of the folder `source`, which stays as it is whatever becomes of that."""
        return Path(shutil.copytree(source, self.folder / name))

    def place(self, name: str) -> Path:
        """An empty folder to mount something on."""
        place = self.folder / name
        place.mkdir()
        return place

    def terminals(self, name: str) -> Path | None:
        """A /dev/pts with a limit, to show until `hide(name)`; None for who may not mount one."""
        if not self._bound:
            return None
        place = self.place(name)
        namespace.mount_terminals(place, terminals.OPTIONS)
        return place

    async def hide(self, name: str) -> None:
        if self._bound:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._hiders, self._hide, self.folder / name)

    def _hide(self, place: Path) -> None:
        namespace.unmount(place)
        place.rmdir()

    def close(self) -> None:
        self._hiders.shutdown()
        if self._bound:
            namespace.unmount_all(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock_file.unlink(missing_ok=True)
        if self._lock is not None:
            os.close(self._lock)


async def end_leftovers() -> None:
    """Ends what runtimes of this user left that were killed: processes, control groups, folders."""
    for file in _run_time_folder().glob("*.lock"):
        lock = lock_file(file)
        if lock is None:
            continue
        try:
            groups = [Path(line) for line in file.read_text().splitlines()]
            await cgroup.end([group for group in groups if group.exists()])
            shutil.rmtree(file.with_suffix(""), ignore_errors=True)
            file.unlink()
        finally:
            os.close(lock)


def _run_time_folder() -> Path:
    if os.geteuid() == 0:
        folder = Path("/run/cognitora")
    else:
        folder = Path(os.environ.get("XDG_RUNTIME_DIR") or Path.home() / ".cache", "cognitora")
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    except OSError as error:
        raise SandboxError(f"{folder} can't be made: {error}. Set XDG_RUNTIME_DIR.") from error
    if folder.stat().st_uid != os.geteuid():
        raise SandboxError(f"{folder} belongs to another user. Set XDG_RUNTIME_DIR.")
    return folder
