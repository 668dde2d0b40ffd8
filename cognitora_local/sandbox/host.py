"""This machine, as the start-up probe proved it."""

from __future__ import annotations

import asyncio
import errno
import itertools
import os
import re
import resource
import shutil
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from pathlib import Path

from ..system import remove_folder
from . import (
    bubblewrap,
    capabilities,
    cgroup,
    etc,
    hierarchy,
    probe,
    python_environment,
    seccomp,
    staging_dir,
    terminals,
)
from .bubblewrap import Bubblewrap, Root
from .command import as_user
from .egress import UNAVAILABLE, Egress, Nftables
from .errors import SandboxError
from .exec import Entry
from .keeper import Keeper
from .launch import Launched, launch
from .limits import Limits
from .network import REFUSED, Network, Slirp
from .node import find_node
from .outside_ports import ANY, OutsidePorts
from .ports import Ports
from .python_environment import PythonEnvironment
from .sandbox import Sandbox
from .staging_dir import StagingDir
from .storage import Storage
from .users import UserIds

_DRIVERS = Path(__file__).parent.parent / "kernel" / "drivers"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


class Host:
    """This machine, as the probe proved it: starts sandboxes, and ends them all when closed.

    `python` is the path, inside the sandbox, of the interpreter that runs users' code.
    """

    python: Path
    networks = ()
    life_seconds = None

    def __init__(
        self,
        bwrap: Bubblewrap,
        slirp: Slirp,
        nftables: Nftables,
        storage: Storage,
        staging: StagingDir,
        python: PythonEnvironment,
        outside: OutsidePorts,
    ) -> None:
        """For `probe`, which proves afterwards what this only prepares."""
        self.python = python.path
        self._environment = python
        self._path = _path(python)
        self._bwrap = bwrap
        self._slirp = slirp
        self._nftables = nftables
        self._storage = storage
        self._staging = staging
        self._outside = outside
        self._groups = hierarchy.find(staging.group)
        staging.note(self._groups.folders)
        self._trust = etc.write(staging.folder / "etc")
        self._root = _root(staging, python)
        self._filter = staging.folder / "seccomp.bpf"
        self._filter.write_bytes(seccomp.program())
        self._users = UserIds() if os.geteuid() == 0 else None
        self._counter = itertools.count(1)
        self._sandboxes: set[Sandbox] = set()
        self._keeper = Keeper(self._groups.folders)

    @property
    def isolation(self) -> dict[str, str]:
        """By what each promise is kept here; "none" and why, for one that is refused."""
        slirp, nftables, storage = self._slirp, self._nftables, self._storage
        return {
            "sandbox": f"bubblewrap {self._bwrap.version}",
            "cgroup": self._groups.version,
            "network": f"none: {slirp.missing}"
            if slirp.missing
            else f"slirp4netns {slirp.version}",
            "egress": f"none: {nftables.missing}"
            if nftables.missing
            else f"nftables {nftables.version}",
            "storage": f"none: {storage.missing}" if storage.missing else "ext4 images",
        }

    @classmethod
    async def probe(
        cls, data_dir: Path, *, python: Path | None = None, outside: OutsidePorts = ANY
    ) -> Host:
        """Finds out how this machine keeps each promise, and proves it with a real sandbox.

        Before, what a killed runtime left is ended. `data_dir` isn't shown to any sandbox, and only
        one host at a time may have it; `python` is the interpreter that runs users' code, by default
        the one that runs this program; `outside` is where exposed ports are. Call it from the main thread,
        before there are others: run by root it moves the process into a mount namespace of its own. The
        threads of `asyncio.to_thread` are new ones from then on.

        Raises SandboxError for a promise that isn't kept: which, why, and what to do.
        """
        if sys.platform != "linux":
            raise SandboxError(
                "Sandboxes are made of parts of the Linux kernel. On macOS and Windows run the "
                "runtime in a Linux machine: a virtual machine, WSL 2, or a container."
            )
        await staging_dir.end_leftovers()
        host = await _prepare(data_dir, python, outside)
        try:
            await host._prove(data_dir)
        except BaseException:
            await host.close()
            raise
        return host

    async def start(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        limits: Limits,
        environment: Mapping[str, str],
        name: str,
        networking: bool = False,
    ) -> Sandbox:
        """Starts `command` in a sandbox of its own, with `folder` as its work folder /work.

        `folder` is made if it is missing, and given to the sandbox with all in it. `environment` is
        added to HOME, TMPDIR, PATH and LANG; nothing of the runtime's own environment is there.
        `name` begins the name of its control group. It has no network until that is connected, whatever
        `networking` is.

        Raises SandboxError when it can't be made as promised, and ValueError for a name or a
        variable that is none.
        """
        check(name, environment)
        try:
            return await self._start(
                command,
                folder=folder,
                limits=limits,
                environment=environment,
                name=f"{name}-{next(self._counter)}",
            )
        except OSError as error:
            raise SandboxError(_reason(error, folder)) from error

    def node(self) -> str:
        """The program that runs JavaScript, inside. Raises SandboxError: there is none."""
        return find_node(self._environment)

    async def attach(
        self, address: str, *, limits: Limits, environment: Mapping[str, str], term: int
    ) -> Sandbox:
        raise SandboxError("The sandboxes of a machine end with their runtime.")

    async def remove(self, folder: Path) -> None:
        """Removes a work folder with all in it, once what ran on it has ended."""
        await remove_folder(folder)

    async def close(self) -> None:
        """Ends every sandbox and removes what the host holds on this machine."""
        await asyncio.gather(*(sandbox.kill() for sandbox in self._sandboxes))
        await cgroup.end(self._groups.folders)
        await self._keeper.close()
        self._staging.close()

    async def _start(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        limits: Limits,
        environment: Mapping[str, str],
        name: str,
    ) -> Sandbox:
        async with AsyncExitStack() as held:
            # In threads, as is all that touches the disk: it may stand still.
            await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
            work = await self._work_folder(folder, name, limits.storage_gb, held)
            user = await self._take_user(work, held)
            pts = self._staging.terminals(f"{name}-pts")
            if pts is not None:
                held.push_async_callback(self._staging.hide, pts.name)
            group = self._groups.create(name, limits)
            held.push_async_callback(group.end)
            inside = self._inside(environment)
            launched = await launch(
                [*as_user(user), self._bwrap.program],
                bubblewrap.options(self._root, work, limits, inside, terminals=pts),
                command,
                procs_files=group.procs_files,
                seccomp=self._filter,
            )
            if pts is None:
                await _limit_terminals(launched)
            network = Network(self._slirp, launched.first, user=user, procs_files=group.procs_files)
            entry = Entry(launched.first, user, group, self._filter, inside)
            kept = held.pop_all()
        ports = Ports(launched.first, user=user, outside=self._outside)
        egress = Egress(self._nftables, launched.first, user=user)
        sandbox = Sandbox(
            launched, group, network, egress, ports, folder, entry, give_back=kept.aclose
        )
        self._sandboxes.add(sandbox)
        kept.callback(self._sandboxes.discard, sandbox)
        return sandbox

    async def _prove(self, data_dir: Path) -> None:
        sandbox = await self.start(
            [str(self.python), "-I", "-S", "-c", probe.SOURCE],
            folder=self._staging.folder / "probe",
            limits=probe.LIMITS,
            environment={},
            name="probe",
        )
        missing, unheld = await probe.prove(
            sandbox,
            data_dir,
            network=self._slirp.missing is None,
            egress=self._nftables.missing is None,
        )
        if missing is not None:
            self._slirp = Slirp(self._slirp.version, missing.removeprefix(REFUSED))
        if unheld is not None:
            reason = unheld.removeprefix(UNAVAILABLE).removesuffix(".")
            self._nftables = Nftables(self._nftables.version, reason)

    async def _take_user(self, folder: Path, held: AsyncExitStack) -> int | None:
        if self._users is None:
            return None
        user = await self._users.take_for(folder)
        held.callback(self._users.put_back, user)
        return user

    async def _work_folder(
        self, folder: Path, name: str, storage_gb: float | None, held: AsyncExitStack
    ) -> Path:
        """The path by which bwrap reaches the work folder."""
        if storage_gb is None:
            shown = self._staging.show(folder, name)
            held.push_async_callback(self._staging.hide, name)
            return shown
        place = self._staging.place(name)
        held.callback(place.rmdir)
        await self._storage.mount(folder, place, storage_gb)
        held.callback(self._storage.unmount, folder, place)
        return place

    def _inside(self, environment: Mapping[str, str]) -> dict[str, str]:
        return {
            "HOME": bubblewrap.WORK,
            "TMPDIR": "/tmp",
            "PATH": self._path,
            "LANG": "C.UTF-8",
            "TERM": "xterm",  # else `clear` and `tput` complain
            **self._trust,
            **environment,
        }


async def _prepare(data_dir: Path, executable: Path | None, outside: OutsidePorts) -> Host:
    if missing := capabilities.lacking(capabilities.SANDBOXES):
        raise SandboxError(f"Sandboxes can't be made: {missing}.")
    bwrap, slirp, nftables, found = await asyncio.gather(
        Bubblewrap.find(),
        Slirp.find(),
        Nftables.find(),
        python_environment.find(executable, private=data_dir),
    )
    # No core dump, of the runtime with its key nor of users' code, is written or given to the crash
    # handler of this machine, which root would run: 1 is what tells the kernel so
    # (https://docs.kernel.org/admin-guide/sysctl/kernel.html#core-pattern; fs/coredump.c).
    resource.setrlimit(resource.RLIMIT_CORE, (1, 1))
    staging = StagingDir(data_dir)
    # Threads that have begun before see the machine's folders in place of the staging folder's.
    asyncio.get_running_loop().set_default_executor(
        ThreadPoolExecutor(thread_name_prefix="asyncio")
    )
    try:
        return Host(bwrap, slirp, nftables, Storage.find(), staging, found, outside)
    except BaseException:
        staging.close()
        raise


async def _limit_terminals(launched: Launched) -> None:
    try:
        await terminals.limit(launched.first)
    except BaseException:
        launched.socket.close()
        await launched.kill()
        launched.stderr.close()
        launched.stdin.close()
        raise


def _reason(error: OSError, folder: Path) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"The sandbox can't be made: the disk of {folder.parent} is full. Delete sessions that "
            "hold much of it, or make room."
        )
    return f"The sandbox can't be made: {error}."


def check(name: str, environment: Mapping[str, str]) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(f"a sandbox's name is of letters, digits, _ . and -, not {name!r}")
    for variable, value in environment.items():
        # A NUL would end the value, and what follows would be an option of bwrap.
        if not variable or "=" in variable or "\0" in variable + value:
            raise ValueError(
                f"the environment variable {variable!r} can't be set: names are not empty and hold "
                "no `=`, and neither names nor values hold NUL characters"
            )


def _path(python: PythonEnvironment) -> str:
    """The session's own programs first, those that stand in where the machine has none last."""
    system = "/usr/local/bin:/usr/bin:/bin"
    programs = f"{bubblewrap.DRIVERS}/bin"
    folders = [f"{bubblewrap.WORK}/.local/bin", programs, str(python.path.parent), system]
    if shutil.which("uv", path=f"{python.environment}/bin:{system}"):
        folders.insert(2, f"{programs}/uv")
    return ":".join([*folders, f"{programs}/node"])


def _root(staging: StagingDir, python: PythonEnvironment) -> Root:
    system = bubblewrap.system()
    folders = {**system.folders, Path("/etc"): staging.folder / "etc"}
    folders[Path(bubblewrap.DRIVERS)] = staging.copy(_DRIVERS, "drivers")
    for number, (target, source) in enumerate(python.folders.items()):
        folders[target] = staging.show(source, f"shown-{number}")
    programs = {Path(bubblewrap.PYTHON): str(python.path)}
    return Root(folders, {**system.links, **python.links, **programs})
