"""Where an engine of our own keeps images and containers: a file system in a file.

A container's disk can be limited only on a file system that counts what each one holds. Most
machines have none, so it is made: btrfs with quotas, in a sparse file, mounted in the runtime's own
mount namespace. Runtimes of a user share it, and so its images: each mounts the same file, and a
mount ends with the last process that can see it, however that ends.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from ..sandbox import SandboxError, capabilities, namespace, outer_container
from ..system import lock_file, stderr_of
from . import prerequisites, rootless
from .errors import EngineError

_GIB = 1024**3
_LEAST_BYTES = 2 * _GIB
_SPARED_BYTES = _GIB
_PAUSE_S = 0.02
_FREE_WITHIN_S = 10
_RUN = Path("/run/cognitora")

# How many open stores of this process share a mount.
_users: Counter[Path] = Counter()


def default_folder() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "cognitora" / "containers"


class PodmanStorage:
    """The open store of this runtime.

    Attributes:
        root: the mounted file system.
        run: a folder for what lives no longer than the machine runs; every runtime with this store
            has the same one.
        config: a folder for the engine's configuration.
    """

    root: Path
    run: Path
    config: Path

    def __init__(self, folder: Path) -> None:
        """For `open`."""
        self.config = folder / "config"
        name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
        self.run = _RUN / f"containers-{name}"
        # Not beneath anybody's home: the path to it must be open to containers' users, and Podman
        # opens what isn't.
        self.root = _RUN / f"store-{name}"
        self._image = folder / "store.btrfs"
        self._lock = folder / "lock"
        self._left_open = False

    @classmethod
    async def open(cls, folder: Path) -> PodmanStorage:
        """Make the store if it is missing, and mount it. Raises EngineError."""
        _check_machine()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            storage = cls(folder.resolve())
            for needed in (storage.config, _RUN):
                needed.mkdir(mode=0o755, exist_ok=True)
            async with storage.alone():
                await storage._open()
        except OSError as error:
            raise EngineError(
                f"The container store {folder} can't be used: {error}. "
                "Choose another with --container-store."
            ) from error
        return storage

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """While no other runtime opens or closes the store."""
        while (handle := lock_file(self._lock)) is None:  # noqa: ASYNC110  # another process has it
            await asyncio.sleep(_PAUSE_S)
        try:
            yield
        finally:
            os.close(handle)

    async def tidy(self) -> None:
        """Remove the quotas of containers that are no more, which engines leave behind."""
        try:
            await _run("btrfs", "qgroup", "clear-stale", str(self.root))
        except EngineError:
            return  # one is busy for as long as the kernel cleans up after it: the next time

    @property
    def libpod(self) -> Path:
        """Where Podman keeps what lives no longer than the machine runs."""
        return self.run / "libpod"

    @property
    def exits(self) -> Path:
        """Where it learns how containers have ended, by their ids."""
        return self.libpod / "exits"

    @property
    def graph(self) -> Path:
        """Where Podman keeps images and containers."""
        return self.root / "graph"

    def leave_open(self) -> None:
        """Have `close` leave it mounted, for the containers that live on."""
        self._left_open = True

    async def close(self) -> None:
        """Unmount it. Others' mounts of it, and what runs in them, aren't touched."""
        async with self.alone():
            _users[self.root] -= 1
            if self._left_open or _users[self.root] > 0:
                return
            until = time.monotonic() + _FREE_WITHIN_S
            while os.path.ismount(self.root):
                try:
                    await _run("umount", "--recursive", str(self.root))
                except EngineError:  # the engine's last processes are still ending
                    if time.monotonic() > until:
                        namespace.unmount(self.root)
                        return
                    await asyncio.sleep(_PAUSE_S)
            # Its mount point stays: to remove it would unmount it for other runtimes.

    async def _open(self) -> None:
        self._start_anew_after_boot()
        if not self._image.exists():
            await self._make()
        try:
            namespace.enter_private()
        except SandboxError as error:
            raise EngineError(str(error)) from error
        self.root.mkdir(exist_ok=True)
        if not os.path.ismount(self.root):
            await self._mount()
            # Not shared with copies of this mount namespace: what clears up after a container in a
            # user namespace unmounts Podman's own mount in there, and those that are being set up
            # need theirs. A container's /dev/shm stays here until the container is removed.
            await _run("btrfs", "quota", "enable", str(self.root))
            self._forget_containers_of_another_place()
        _users[self.root] += 1

    def _start_anew_after_boot(self) -> None:
        """What the engine knows of running containers is wrong once the machine has restarted."""
        boot = Path("/proc/sys/kernel/random/boot_id").read_text()
        noted = self.run / "boot"
        if not noted.exists() or noted.read_text() != boot:
            shutil.rmtree(self.run, ignore_errors=True)
            self.run.mkdir(mode=0o711)
            noted.write_text(boot)

    def _forget_containers_of_another_place(self) -> None:
        """What Podman knows of its containers has their paths in it; images stay."""
        noted = self.root / "mounted-at"
        if not noted.exists() or noted.read_text() != str(self.root):
            (self.graph / "libpod" / "bolt_state.db").unlink(missing_ok=True)
            noted.write_text(str(self.root))

    async def _make(self) -> None:
        size = shutil.disk_usage(self._image.parent).free - _SPARED_BYTES
        if size < _LEAST_BYTES:
            raise EngineError(
                f"There is too little room for containers on the disk of {self._image.parent}: "
                f"{(size + _SPARED_BYTES) / _GIB:.1f} GB are free, and "
                f"{(_LEAST_BYTES + _SPARED_BYTES) / _GIB:.0f} GB are needed. Make room, or choose "
                "another disk with --container-store."
            )
        new = self._image.with_suffix(".new")
        with new.open("wb") as file:
            os.truncate(file.fileno(), size)
        await _run("mkfs.btrfs", "-q", "-f", str(new))
        new.rename(self._image)

    async def _mount(self) -> None:
        until = time.monotonic() + _FREE_WITHIN_S
        while True:
            try:
                outer_container.make_loop_devices()
                await _run(
                    *("mount", "-t", "btrfs", "-o", "loop,noatime,nosuid,nodev,discard=async"),
                    *(str(self._image), str(self.root)),
                )
                return
            except EngineError:
                # The kernel may still be taking down the mount of a runtime that has just ended.
                if time.monotonic() > until:
                    raise
                await asyncio.sleep(_PAUSE_S)


def _check_machine() -> None:
    if os.geteuid() != 0:
        raise EngineError(
            "There is no container engine that you can use, and only root is given one of the "
            f"runtime's own. What to do: {rootless.advice()}"
        )
    prerequisites.check()
    if missing := capabilities.lacking(capabilities.CONTAINERS):
        raise EngineError(f"The runtime can't have an engine of its own: {missing}.")
    if not Path("/dev/loop-control").exists():
        raise EngineError(
            "This machine has no loop devices for the containers' disks; modprobe loop"
            f"{outer_container.hint(outer_container.LOOPS)}."
        )


async def _run(*command: str) -> None:
    if stderr := await stderr_of(*command):
        raise EngineError(f"The containers' disks can't be made: {stderr}.")
