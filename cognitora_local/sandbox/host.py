"""This machine, as the start-up probe found it."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from . import bubblewrap, cgroup, etc, namespace, python, seccomp
from .bubblewrap import Bubblewrap, Root
from .cgroup import Hierarchy
from .launch import launch
from .limits import Limits
from .sandbox import Sandbox
from .users import UserIds

_DRIVERS = Path(__file__).parent.parent / "kernel" / "drivers"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


class Host:
    """This machine, as the probe proved it: starts sandboxes, and ends them all when closed.

    `isolation` says by what each promise is kept here; `python` is the path, inside the sandbox, of
    the interpreter that runs users' code.
    """

    isolation: dict[str, str]
    python: Path

    def __init__(
        self,
        *,
        bwrap: Bubblewrap,
        environment: python.Python,
        groups: Hierarchy,
        root: Root,
        stage: Path,
        seccomp: Path,
    ) -> None:
        self.python = environment.executable
        self.isolation = {
            "sandbox": f"bubblewrap {bwrap.version}",
            "cgroup": groups.version,
        }
        self._bwrap = bwrap
        self._groups = groups
        self._root = root
        self._stage = stage
        self._seccomp = seccomp
        self._users = UserIds() if os.geteuid() == 0 else None
        self._counter = itertools.count(1)
        self._sandboxes: set[Sandbox] = set()

    @classmethod
    async def probe(cls, data_dir: Path, *, python: Path | None = None) -> Host:
        return await prepare(data_dir, python)

    async def start(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        limits: Limits,
        environment: Mapping[str, str],
        name: str,
    ) -> Sandbox:
        """Starts `command` in a sandbox of its own, with `folder` as its work folder /work.

        `folder` is made if it is missing, and given to the sandbox with all in it. `environment` is
        added to HOME, TMPDIR, PATH and LANG; nothing of the runtime's own environment is there.
        `name` begins the name of its control group.

        Raises SandboxError when it can't be made as promised.
        """
        if not _NAME.fullmatch(name):
            raise ValueError(f"a sandbox's name is of letters, digits, _ . and -, not {name!r}")
        unique = f"{name}-{next(self._counter)}"
        async with AsyncExitStack() as failed:
            folder.mkdir(parents=True, exist_ok=True)
            program: tuple[str, ...] = (self._bwrap.program,)
            work = folder
            if self._users is not None:
                user = self._users.take_for(folder)
                failed.callback(self._users.put_back, user)
                program = (*_as_user(user), self._bwrap.program)
                work = self._stage / unique
                work.mkdir()
                failed.callback(work.rmdir)
                namespace.bind(folder, work)
                failed.callback(namespace.unmount, work)
            group = self._groups.create(unique, limits)
            failed.push_async_callback(group.end)
            launched = await launch(
                program,
                bubblewrap.options(self._root, work, limits, self._inside(environment)),
                command,
                doors=group.doors,
                seccomp=self._seccomp,
            )
            kept = failed.pop_all()

        async def clean_up() -> None:
            self._sandboxes.discard(sandbox)
            await kept.aclose()

        sandbox = Sandbox(launched, group, folder, clean_up=clean_up)
        self._sandboxes.add(sandbox)
        return sandbox

    async def close(self) -> None:
        """Ends every sandbox and removes what the host holds on this machine."""
        await asyncio.gather(*(sandbox.kill() for sandbox in set(self._sandboxes)))
        await cgroup.end(self._groups.folders)

    def _inside(self, environment: Mapping[str, str]) -> dict[str, str]:
        return {
            "HOME": bubblewrap.WORK,
            "TMPDIR": "/tmp",
            "PATH": f"{self.python.parent}:/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            **environment,
        }


async def prepare(data_dir: Path, executable: Path | None) -> Host:
    data_dir = data_dir.resolve()
    identity = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    bwrap = await Bubblewrap.find()
    environment = await python.find(executable, private=data_dir)
    groups = cgroup.find(f"cognitora-{identity}")
    stage = data_dir / "sandbox"
    if os.geteuid() == 0:
        namespace.enter_private()
        stage = Path("/run/cognitora") / identity
        stage.mkdir(parents=True, exist_ok=True)
        namespace.mount_tmpfs(stage, size_mb=16)
    etc.write(stage / "etc")
    filter_file = stage / "seccomp.bpf"
    filter_file.write_bytes(seccomp.program())
    shown = {Path("/etc"): stage / "etc", Path(bubblewrap.DRIVERS): _DRIVERS, **environment.folders}
    if os.geteuid() == 0:
        for number, (target, source) in enumerate(shown.items()):
            staged = stage / f"shown-{number}"
            staged.mkdir()
            namespace.bind(source, staged)
            shown[target] = staged
    system = bubblewrap.system()
    root = Root({**system.folders, **shown}, {**system.links, **environment.links})
    return Host(
        bwrap=bwrap,
        environment=environment,
        groups=groups,
        root=root,
        stage=stage,
        seccomp=filter_file,
    )


def _as_user(user: int) -> tuple[str, ...]:
    return (
        *("setpriv", "--reuid", str(user), "--regid", str(user), "--clear-groups"),
        *("--no-new-privs", "--"),
    )
