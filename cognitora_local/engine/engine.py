"""A container engine on this machine, whose promises are proven before it is used."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping
from contextlib import AsyncExitStack, nullcontext
from pathlib import Path
from typing import Any

from aiodocker import DockerError

from ..sandbox import cgroup_v2
from . import orphans, probe, seccomp
from .api import Api, failing
from .candidates import candidates
from .container import Container, pid_of, remove
from .errors import ContainerGone, EngineError, ImageError
from .images import Images
from .make import (
    CONTAINER,
    NETWORK_OF,
    NETWORKING,
    RUNTIME,
    empty_image,
    find_init,
    make,
    write_files,
)
from .network import Network, Slirp, pause
from .output import Output
from .processes import end_monitors, let_owner_write
from .recipe import Recipe
from .refusal import command_error, is_refusal
from .service import Service
from .spec import Collected, ContainerSpec, EngineOptions, Image
from .store import Store, default_folder

_LOG = logging.getLogger(__name__)
_MIB = 1024 * 1024
_GIB = 1024**3
_HOSTNAME = "container"


class Engine:
    """An engine that keeps what containers are promised.

    Attributes:
        isolation: by what each promise is kept here.
    """

    isolation: dict[str, str]

    def __init__(
        self, api: Api, data_dir: Path, options: EngineOptions, held: AsyncExitStack
    ) -> None:
        """For `start`."""
        self._api = api
        self._owner = str(data_dir)
        self._data_dir = data_dir
        self._folder = data_dir / "engine"
        self._limits_disk = not options.allow_unlimited_storage
        self._images = Images(api.docker, options.images, podman=api.podman)
        self._held = held
        self._store: Store | None = None
        self._slirp: Slirp | None = None
        self._known: dict[str, tuple[int, tuple[str, ...]]] = {}

    @classmethod
    async def start(cls, options: EngineOptions, data_dir: Path) -> Engine:
        """Find an engine and prove it with a real container.

        It is the one that is named by `options` or by DOCKER_HOST or CONTAINER_HOST; else the first
        that keeps its promises of Podman's and Docker's usual sockets; else a Podman of our own.
        `data_dir` is what its containers are labelled with, and found by again.

        Raises:
            EngineError: there is none: why each was passed over, and what to do.
        """
        data_dir = data_dir.resolve()
        reasons = []
        for candidate in candidates(options.host):
            try:
                return await cls._open(options, data_dir, candidate.socket)
            except EngineError as error:
                if candidate.named_by is not None:
                    raise EngineError(
                        f"The engine that {candidate.named_by} names can't be used. {error}"
                    ) from error
                _LOG.warning("The engine at %s is passed over. %s", candidate.socket, error)
                reasons.append(f"{candidate.socket} was passed over: {error}")
        try:
            return await cls._open(options, data_dir, None)
        except EngineError as error:
            raise EngineError(" ".join((f"{error}", *reasons))) from error

    async def image(self, name: str) -> Image:
        """The image that `name` names, pulled if it is missing. Raises ImageError."""
        return await self._images.get(name)

    async def create(self, spec: ContainerSpec) -> Container:
        """Make a container, attached and with its network, and not started.

        Raises:
            CommandError: its command can't be started, as far as the engine knows already.
            ImageError: the image is gone.
            EngineError: the engine fails, or the network can't be had.
        """
        async with AsyncExitStack() as failed:
            paused = None
            if spec.networking and not self._api.podman:
                paused = await self._pause(spec)
                failed.push_async_callback(remove, self._api, paused)
            engine_id = await make(self._api, await self._recipe(spec, paused))
            failed.push_async_callback(remove, self._api, engine_id)
            output = await self._attach(engine_id)
            failed.callback(output.close)
            if self._api.podman:
                let_owner_write(await pid_of(self._api, engine_id), engine_id)
            network = await self._connect(paused or engine_id) if spec.networking else None
            failed.pop_all()
        return Container(
            self._api,
            spec.id,
            engine_id,
            folder=spec.image.working_dir,
            spool=self._folder,
            output=output,
            network=network,
            pause=paused,
        )

    async def find(self) -> dict[str, Container]:
        """The containers of this data folder by our ids, running or ended."""
        found = await orphans.containers(self._api, f"{RUNTIME}={self._owner}")
        ours = [one for one in found if CONTAINER in one["Labels"]]
        made = await asyncio.gather(*(self._found(one) for one in ours))
        return {container.id: container for container in made if container is not None}

    async def collect(self) -> Collected:
        """Remove what runtimes have left on this engine that are no more."""
        collected = await orphans.collect(self._api, self._data_dir)
        if self._store is not None:
            await self._store.tidy()
        return collected

    async def close(self, *, keep: bool = False) -> None:
        """End it, and all its containers unless they are to be kept for the next runtime."""
        try:
            if not keep:
                await self._remove_all()
            elif self._store is not None:
                self._store.leave_open()
        finally:
            await self._held.aclose()

    @classmethod
    async def _open(cls, options: EngineOptions, data_dir: Path, socket: Path | None) -> Engine:
        """The engine at `socket`, or one of our own. Raises EngineError."""
        async with AsyncExitStack() as held:
            store = None
            if socket is None:
                store = await Store.open(options.store or default_folder())
                held.push_async_callback(store.close)
                service = await Service.start(store, data_dir)
                held.push_async_callback(service.stop)
                socket = service.socket
            api = await Api.connect(socket)
            held.push_async_callback(api.close)
            engine = cls(api, data_dir, options, held)
            engine._store = store
            await engine._prove()
            engine._held = held.pop_all()
        return engine

    async def _prove(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._files = write_files(self._folder, hostname=_HOSTNAME)
        self._profile = self._folder / "seccomp.json"
        self._profile.write_text(seccomp.profile())
        self._init = find_init()
        async with self._store.alone() if self._store is not None else nullcontext():
            self._empty = await empty_image(self._api)  # not by two runtimes at once
        recipe = Recipe(
            name=f"cognitora-probe-{secrets.token_hex(6)}",
            hostname=_HOSTNAME,
            image=self._empty,
            command=(),
            stays=True,
            init=self._init,
            files=self._files,
            profile=self._profile,
            labels={RUNTIME: self._owner},
            environment={},
            folder="/",
            cpu_cores=1,
            memory_bytes=0,
            processes=1,
            disk_bytes=None,
        )
        try:
            parts = await probe.prove(self._api, recipe, disk=self._limits_disk)
        except (ContainerGone, ImageError) as error:
            raise EngineError(f"The engine fails: {error}.") from error
        # btrfs counts what a container shares with its image, overlay doesn't.
        self._counts_image = parts.storage == "btrfs"
        engine = "podman" if self._api.podman else "docker"
        version = "v2" if cgroup_v2.is_whole() else "v1"
        disk = f"{parts.storage} quotas" if self._limits_disk else f"{parts.storage}, no disk limit"
        told = (f"{engine} {self._api.version}", parts.runtime, f"cgroup {version}", disk)
        self.isolation = {"containers": ", ".join(told)}

    async def _recipe(self, spec: ContainerSpec, paused: str | None) -> Recipe:
        image_bytes, volumes = await self._about_image(spec.image)
        # Each is said, whatever it is: what isn't, an image may say.
        labels = {
            RUNTIME: self._owner,
            CONTAINER: spec.id,
            NETWORKING: "on" if spec.networking else "off",
        }
        return Recipe(
            name=f"cognitora-{spec.id}",
            hostname=_HOSTNAME,
            image=spec.image.id,
            command=() if spec.persistent else spec.command,
            stays=spec.persistent,
            init=self._init,
            files=self._files,
            profile=self._profile,
            labels=labels,
            environment=spec.environment,
            folder=spec.image.working_dir,
            cpu_cores=spec.cpu_cores,
            memory_bytes=spec.memory_mb * _MIB,
            processes=spec.processes,
            disk_bytes=image_bytes + int(spec.storage_gb * _GIB) if self._limits_disk else None,
            network_of=paused,
            volumes=volumes,
        )

    async def _about_image(self, image: Image) -> tuple[int, tuple[str, ...]]:
        """What its own files take of a container's disk, and the volumes it declares."""
        if image.id not in self._known:
            try:
                with failing("The image can't be looked at"):
                    found = await self._api.get(f"images/{image.id}/json")
                    volumes = tuple((found["Config"] or {}).get("Volumes") or ())
                    size = int(found["Size"])
            except ContainerGone as error:
                raise ImageError(
                    "image_not_found", f"The image {image.name} was removed meanwhile; try again."
                ) from error
            # The disk's blocks make files larger than the image says.
            counted = size + size // 10 + _MIB if self._counts_image else 0
            self._known[image.id] = counted, volumes
        return self._known[image.id]

    async def _attach(self, engine_id: str) -> Output:
        """Podman sets the container up at this, all but its command: so that may fail here."""
        try:
            return await self._api.upgrade(
                f"containers/{engine_id}/attach", stream="1", stdout="1", stderr="1"
            )
        except DockerError as error:
            if is_refusal(error.message):
                raise command_error(error.message) from error
            raise EngineError(f"The container can't be set up: {error.message}.") from error

    async def _pause(self, spec: ContainerSpec) -> str:
        """A container that has nothing but the network of the one to be made."""
        return await pause(
            self._api,
            name=f"cognitora-network-{spec.id}",
            image=self._empty,
            init=self._init,
            files=self._files,
            profile=self._profile,
            labels={RUNTIME: self._owner, NETWORK_OF: spec.id},
        )

    async def _connect(self, holder: str) -> Network:
        """The way out of the container that holds the network. Raises EngineError."""
        if self._slirp is None:
            self._slirp = await Slirp.find()
        network = Network(self._slirp, holder, await pid_of(self._api, holder))
        await network.connect()
        return network

    async def _found(self, one: Mapping[str, Any]) -> Container | None:
        """None when it has just been removed."""
        try:
            with failing("A container can't be looked at"):
                found = await self._api.get(f"containers/{one['Id']}/json")
        except ContainerGone:
            return None
        mode = found["HostConfig"]["NetworkMode"]
        paused = mode.partition(":")[2] if mode.startswith("container:") else None
        networked = one["Labels"].get(NETWORKING) == "on"
        return Container(
            self._api,
            one["Labels"][CONTAINER],
            one["Id"],
            folder=found["Config"]["WorkingDir"] or "/",
            spool=self._folder,
            connect=(lambda: self._connect(paused or one["Id"])) if networked else None,
            pause=paused,
        )

    async def _remove_all(self) -> None:
        found = await orphans.containers(self._api, f"{RUNTIME}={self._owner}")
        ids = [one["Id"] for one in found]
        done = await asyncio.gather(
            *(remove(self._api, engine_id) for engine_id in ids), return_exceptions=True
        )
        if self._api.podman:
            end_monitors(frozenset(ids))
        for failure in done:
            if isinstance(failure, BaseException):
                _LOG.warning("%s", failure)
