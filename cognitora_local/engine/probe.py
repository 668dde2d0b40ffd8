"""Proves, with a real container, that an engine keeps what containers are promised.

What the engine says of itself isn't asked. The kernel is: what it limits the container to, what it
shows it, and what it does when the container goes too far.
"""

from __future__ import annotations

import asyncio
import os
import tarfile
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from aiodocker import DockerError

from ..sandbox import cgroup
from .api import VERSION, Api, failing
from .container_config import ContainerConfig
from .create import create_container
from .errors import EngineError, UnlimitedDisk
from .proc import ended
from .removal import remove
from .users import CAPABILITIES, Users

_MIB = 1024 * 1024
_MEMORY_BYTES = 64 * _MIB
_PROCESSES = 16
_CPU_CORES = 0.5
_DISK_BYTES = 8 * _MIB
_TOO_MUCH = 16 * _MIB
_FULL = ("quota exceeded", "no space left")
_ROUNDING = 1.02
_ENDS_WITHIN_S = 10
_NULL = Path("/dev/null")
_IN_MEMORY = frozenset(
    ("tmpfs", "proc", "sysfs", "mqueue", "devpts", "cgroup", "cgroup2", "ramfs", "devtmpfs")
)


@dataclass(frozen=True, slots=True)
class Parts:
    """What the engine makes containers of: what keeps their disks, and what starts them."""

    storage: str
    runtime: str


async def prove(api: Api, config: ContainerConfig, *, disk: bool = True) -> Parts:
    """Raises EngineError for the first promise that isn't kept: which, and what to do.

    For the limit of the disk that is UnlimitedDisk, without which the engine can do all the same.

    Args:
        api: the engine.
        config: a container that stays; its limits are replaced.
        disk: whether its disk must be limited.
    """
    config = replace(
        config,
        memory_bytes=_MEMORY_BYTES,
        processes=_PROCESSES,
        cpu_cores=_CPU_CORES,
        disk_bytes=_DISK_BYTES if disk else None,
    )
    with _null_kept(config.users):
        return await _prove(api, config, disk=disk)


async def _prove(api: Api, config: ContainerConfig, *, disk: bool) -> Parts:
    try:
        engine_id = await create_container(api, config)
    except EngineError as error:
        if disk and "storage-opt" in str(error):
            raise UnlimitedDisk(f" ({error})") from error
        raise
    try:
        with failing("The engine can't start a container"):
            await api.post(f"containers/{engine_id}/start")
            if api.podman:
                found = await api.libpod("GET", f"containers/{engine_id}/json")
                parts = Parts(found["Driver"], found["OCIRuntime"])
            else:
                found = await api.get(f"containers/{engine_id}/json")
                parts = Parts(found["Driver"], found["HostConfig"]["Runtime"])
            pid = int(found["State"]["Pid"])
        try:
            _prove_process(pid, ids=config.users.ids is not None)
            _prove_groups(pid)
        except OSError as error:
            raise _broken("it can't be seen what its containers are limited to", error) from error
        if disk:
            await _prove_disk(api, engine_id)
        await _prove_end(api, engine_id, pid)
    finally:
        await remove(api, engine_id)
    return parts


@contextmanager
def _null_kept(users: Users) -> Iterator[None]:
    """Before 1.24 crun gives the machine's own /dev/null to a container's root, who may then close it to all.

    https://github.com/containers/crun/issues/1845
    """
    before = _owner_of_null()
    if users.ids is not None and before == (users.ids.first, users.ids.first):  # given away earlier
        _give_null_back((0, 0))
        before = _owner_of_null()
    try:
        yield
    finally:
        if is_given := _owner_of_null() != before:
            _give_null_back(before)
    if is_given:
        raise _broken(
            f"it gives its containers the machine's own {_NULL}",
            "Install runc, or crun 1.24 or newer",
        )


def _owner_of_null() -> tuple[int, int]:
    found = _NULL.stat()
    return found.st_uid, found.st_gid


def _give_null_back(owner: tuple[int, int]) -> None:
    with suppress(OSError):  # which only root may
        os.chown(_NULL, *owner)


def _prove_process(pid: int, *, ids: bool) -> None:
    folder = Path("/proc", str(pid))
    status = dict(
        line.split(":\t", 1)
        for line in (folder / "status").read_text().splitlines()
        if ":\t" in line
    )
    own = os.readlink(folder / "ns" / "user") != os.readlink("/proc/self/ns/user")
    root = int((folder / "uid_map").read_text().split()[1])
    if ids and (not own or root in (0, os.geteuid())):
        raise _broken("it doesn't give its containers users of their own (a user namespace)")
    allowed = sum(1 << number for number in CAPABILITIES.values()) if own else 0
    if (int(status["CapEff"], 16) | int(status["CapBnd"], 16)) & ~allowed:
        raise _broken("it leaves its containers capabilities")
    if status["NoNewPrivs"] != "1":
        raise _broken("it lets its containers gain privileges (no-new-privileges isn't set)")
    if status["Seccomp"] != "2":
        raise _broken(
            "it doesn't filter its containers' system calls",
            "Use an engine with its default seccomp profile in place",
        )
    interfaces = [
        line.split(":")[0].strip() for line in (folder / "net/dev").read_text().splitlines()[2:]
    ]
    if interfaces != ["lo"]:
        raise _broken("its containers have a network although they asked for none")
    for point, kind in _writable(folder / "mountinfo"):
        if point != "/" and kind not in _IN_MEMORY:
            raise _broken(
                f"its containers can write to {point}, which isn't on their disk",
                "Take what mounts it out of its configuration",
            )


def _writable(mountinfo: Path) -> Iterable[tuple[str, str]]:
    for line in mountinfo.read_text().splitlines():
        mount, _, filesystem = line.partition(" - ")
        point, options = mount.split()[4:6]
        if "ro" not in options.split(","):
            yield point, filesystem.split()[0]


def _prove_groups(pid: int) -> None:
    """The limits in the control groups of the container, and in those around it."""
    paths = {}
    for line in Path("/proc", str(pid), "cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        paths.update(dict.fromkeys(controllers.split(","), path))
    limit = _limits(paths)
    memory = limit("memory", "memory.limit_in_bytes", "memory.max")
    if memory > _MEMORY_BYTES * _ROUNDING:
        raise _broken("it doesn't limit its containers' memory")
    if _has_swap():
        swap = limit("memory", "memory.memsw.limit_in_bytes", "memory.swap.max")
        if swap > _MEMORY_BYTES * _ROUNDING:
            raise _broken(
                "it lets its containers have swap beyond their memory",
                "Switch the machine's swap off, or boot it with swapaccount=1",
            )
    if limit("pids", "pids.max", "pids.max") > _PROCESSES:
        raise _broken("it doesn't limit how many processes its containers have")
    if limit("cpu", "cpu.cfs_quota_us", "cpu.max") > _CPU_CORES * 100_000 * _ROUNDING:
        raise _broken("it doesn't limit its containers' CPU time")


def _limits(paths: dict[str, str]) -> Callable[[str, str, str], float]:
    mounts = cgroup.mounts()

    def limit(controller: str, v1: str, v2: str) -> float:
        version = controller if controller in paths else ""
        if version not in mounts or version not in paths:
            return float("inf")
        point, shown = mounts[version]
        name = v1 if version else v2
        group = Path(paths[version])
        if not group.is_relative_to(shown):
            return float("inf")
        folders = [point, *reversed((point / group.relative_to(shown)).parents)]
        folders.append(point / group.relative_to(shown))
        values = [
            _number((folder / name).read_text())
            for folder in folders
            if folder.is_relative_to(point) and (folder / name).exists()
        ]
        return min(values, default=float("inf"))

    return limit


def _number(text: str) -> float:
    word = text.split()[0]
    return float("inf") if word in ("max", "-1") else float(word)


def _has_swap() -> bool:
    return len(Path("/proc/swaps").read_text().splitlines()) > 1


async def _prove_disk(api: Api, engine_id: str) -> None:
    try:
        await api.request(
            *("PUT", f"{VERSION}/containers/{engine_id}/archive"),
            params={"path": "/"},
            data=_too_much(),
            headers={"Content-Type": "application/x-tar"},
        )
    except DockerError as error:
        if any(words in error.message for words in _FULL):
            return
        raise EngineError(
            f"The engine can't write a file to a container: {error.message}."
        ) from error
    raise UnlimitedDisk


async def _too_much() -> AsyncIterator[bytes]:
    """An archive of a file of zeros that is larger than the container's disk."""
    file = tarfile.TarInfo("probe")
    file.size = _TOO_MUCH
    yield file.tobuf()
    for _ in range(_TOO_MUCH // _MIB):
        yield bytes(_MIB)
    yield bytes(2 * tarfile.BLOCKSIZE)


async def _prove_end(api: Api, engine_id: str, pid: int) -> None:
    with failing("The engine can't kill a container"):
        await api.post(f"containers/{engine_id}/kill", signal="KILL")
    try:
        async with asyncio.timeout(_ENDS_WITHIN_S):
            while Path("/proc", str(pid), "exe").exists():
                await ended(pid, engine_id)
    except TimeoutError as error:
        raise _broken("it doesn't end a container that is killed", error) from error


def _broken(what: str, hint: str | Exception | None = None) -> EngineError:
    if isinstance(hint, Exception):
        what, hint = f"{what} ({hint!r})", None
    hint = hint or "Run it as root, or use another with --engine"
    return EngineError(f"The engine doesn't keep what containers are promised: {what}. {hint}.")
