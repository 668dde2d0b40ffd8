"""A container engine on this machine, whose promises are proven before it is used."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, nullcontext
from pathlib import Path
from typing import Any

from aiodocker import DockerError

from ..sandbox import cgroup_v2
from ..sandbox.egress import UNAVAILABLE
from . import cgroup_folder, layers, orphans, probe, rootfs
from .api import Api, failing
from .attachment import Attachment
from .candidates import candidates
from .container import Container
from .container_user import find_process
from .create import CONTAINER, NETWORKING, RUNTIME
from .egress_lists import EgressLists
from .errors import ContainerGone, EngineError, ImageError, NotAFile, UnlimitedDisk
from .factory import ContainerFactory
from .images import Images
from .models import Collected, ContainerSpec, EngineOptions, Image
from .monitors import end_monitors
from .network import Network, Nftables, Slirp
from .oci_errors import command_error, is_refusal
from .podman_storage import PodmanStorage, default_folder
from .proc import let_own_output, let_owner_write
from .removal import pid_of, remove
from .service import Service
from .tcp_memory import limit_buffers

_LOG = logging.getLogger(__name__)


class Engine:
    """An engine that keeps what containers are promised.

    Attributes:
        isolation: by what each promise is kept here.
    """

    isolation: dict[str, str]
    life_seconds = None

    def __init__(
        self, api: Api, data_dir: Path, options: EngineOptions, held: AsyncExitStack
    ) -> None:
        """For `start`."""
        self._api = api
        self._owner = str(data_dir)
        self._data_dir = data_dir
        self._folder = data_dir / "engine"
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._factory = ContainerFactory(api, self._owner, self._folder)
        self._outside = options.outside
        self._images = Images(api.docker, options.images, podman=api.podman)
        self._held = held
        self._storage: PodmanStorage | None = None
        self._service: Service | None = None
        self._slirp: Slirp | None = None
        self._nftables: Nftables | None = None
        self.egress = EgressLists(self._folder / "egress")

    @classmethod
    async def start(cls, options: EngineOptions, data_dir: Path) -> Engine:
        """Find an engine and prove it with a real container.

        It is the one that is named by `options` or by DOCKER_HOST or CONTAINER_HOST; else the first
        that keeps its promises of Podman's and Docker's usual sockets; else a Podman of our own;
        else the first of those that keep all of them but the limit of the disk. `data_dir` is what
        its containers are labelled with, and found by again.

        Raises:
            EngineError: there is none: why each was passed over, and what to do.
        """
        data_dir = data_dir.resolve()
        reasons = []
        unlimited = None
        for candidate in candidates(options.host):
            named = candidate.named_by is not None
            try:
                return await cls._open(options, data_dir, candidate.socket, disk=not named)
            except UnlimitedDisk as error:
                _LOG.warning("The engine at %s is put last. %s", candidate.socket, error)
                unlimited = unlimited or candidate.socket
            except EngineError as error:
                if named:
                    raise EngineError(
                        f"The engine that {candidate.named_by} names can't be used. {error}"
                    ) from error
                _LOG.warning("The engine at %s is passed over. %s", candidate.socket, error)
                reasons.append(f"{candidate.socket} was passed over: {error}")
        try:
            return await cls._open(options, data_dir, None, disk=True)
        except EngineError as error:
            if unlimited is not None:
                return await cls._open(options, data_dir, unlimited, disk=False)
            raise EngineError(" ".join((f"{error}", *reasons))) from error

    def refusal(self, *, networking: bool, egress: bool, gpus: int) -> str | None:
        """Nothing of that is refused at once: what can't be had is told when it is tried."""
        return None

    def hold_to(self, container_id: str, rules: Sequence[str]) -> None:
        """Say what a container may reach that is to be made. Raises EngineError."""
        self.egress.set(container_id, rules)

    replaceable = True

    @property
    def limits_disk(self) -> bool:
        """Whether it can limit a container's disk."""
        return self._factory.limits_disk

    async def image(self, name: str) -> Image:
        """The image that `name` names, pulled if it is missing. Raises ImageError."""
        try:
            return await self._images.get(name)
        except EngineError:  # another runtime's engine may have been killed while it wrote
            if self._storage is None or not await layers.restore(self._storage.graph):
                raise
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
                paused = await self._factory.make_network(spec)
                failed.push_async_callback(remove, self._api, paused)
            engine_id = await self._factory.make(spec, network_of=paused)
            failed.push_async_callback(remove, self._api, engine_id)
            output = await self._attach(engine_id)
            failed.callback(output.close)
            if self._api.podman:
                first = await pid_of(self._api, engine_id)
                let_owner_write(first, engine_id)
                let_own_output(first, engine_id)
                limit_buffers(first, spec.memory_mb)
                cgroup_folder.make_read_only(first, engine_id)
                await self._make_folders(engine_id, spec.image)
            else:
                first = 0
            network = await self._connect(paused or engine_id, spec.id) if spec.networking else None
            failed.pop_all()
        return Container(
            self._api,
            spec.id,
            engine_id,
            egress=self.egress,
            folder=spec.image.working_dir,
            spool=self._folder,
            output=output,
            network=network,
            pause=paused,
            program=next(iter((*spec.image.entrypoint, *(spec.command or spec.image.command))), ""),
            first=first,
            outside=self._outside,
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
        if self._storage is not None:
            await self._storage.tidy()
        return collected

    async def close(self, *, keep: bool = False) -> None:
        """End it, and all its containers unless they are to be kept for the next runtime.

        Our own Podman is started again for that, if it was killed.

        Raises:
            EngineError: the engine doesn't answer, and its containers are left behind.
        """
        try:
            if not keep:
                await self._remove_all()
            elif self._storage is not None:
                self._storage.leave_open()
        finally:
            await self._held.aclose()

    @classmethod
    async def _open(
        cls, options: EngineOptions, data_dir: Path, socket: Path | None, *, disk: bool
    ) -> Engine:
        """The engine at `socket`, or one of our own. Raises EngineError.

        `disk` is whether it must be able to limit a container's disk: else UnlimitedDisk is raised.
        """
        async with AsyncExitStack() as held:
            storage = service = None
            if socket is None:
                storage = await PodmanStorage.open(options.store or default_folder())
                held.push_async_callback(storage.close)
                service = await Service.start(storage, data_dir)
                held.push_async_callback(service.stop)
                socket = service.socket
            api = await Api.connect(socket)
            held.push_async_callback(api.close)
            if storage is not None:
                api.graph, api.exits = storage.graph, storage.exits
            engine = cls(api, data_dir, options, held)
            engine._storage, engine._service = storage, service
            await engine._prove(disk=disk)
            engine._held = held.pop_all()
        return engine

    async def _prove(self, *, disk: bool) -> None:
        async with self._storage.alone() if self._storage is not None else nullcontext():
            await self._factory.prepare()  # not by two runtimes at once
        config = self._factory.probe()
        try:
            try:
                parts = await probe.prove(self._api, config, disk=True)
                self._factory.limits_disk = True
            except UnlimitedDisk:
                if disk:
                    raise
                parts = await probe.prove(self._api, config, disk=False)
        except (ContainerGone, ImageError) as error:
            raise EngineError(f"The engine fails: {error}.") from error
        # btrfs counts what a container shares with its image, overlay doesn't.
        self._factory.counts_image = parts.storage == "btrfs"
        engine = "podman" if self._api.podman else "docker"
        version = "v2" if cgroup_v2.is_whole() else "v1"
        limit = f"{parts.storage} quotas" if self.limits_disk else f"{parts.storage}, no disk limit"
        users = "user namespaces" if self._factory.users.capabilities else "no user namespaces"
        told = (f"{engine} {self._api.version}", parts.runtime, f"cgroup {version}", users, limit)
        self.isolation = {"containers": ", ".join(told)}

    async def _attach(self, engine_id: str) -> Attachment:
        """Podman sets the container up at this, all but its command: so that may fail here."""
        try:
            return await self._api.attach(
                f"containers/{engine_id}/attach", stream="1", stdout="1", stderr="1"
            )
        except DockerError as error:
            if is_refusal(error.message):
                raise command_error(error.message) from error
            raise EngineError(f"The container can't be set up: {error.message}.") from error

    async def _make_folders(self, engine_id: str, image: Image) -> None:
        """The image's volumes, and its working folder.

        Podman is told to leave the first alone: they would be beyond the limit of the disk.
        """
        if not image.volumes and image.working_dir == "/":
            return
        process = await find_process(self._api.docker, engine_id)
        if process is None:
            return
        try:
            rootfs.make_folders(process, (image.working_dir, *image.volumes))
        except PermissionError:  # the engine is another user's: it makes the working folder itself
            return
        except (OSError, NotAFile) as error:
            raise EngineError(f"The image's folders can't be made: {error}.") from error

    async def check_room(self, spec: ContainerSpec) -> None:
        """There is as much as the machine has."""

    async def check_egress(self) -> None:
        """Raises EngineError where what a container may reach can't be held to a list."""
        self._nftables = await Nftables.find()
        if self._nftables.missing is not None:
            raise EngineError(f"{UNAVAILABLE}{self._nftables.missing}.")

    async def _connect(self, holder: str, container_id: str) -> Network:
        """The way out of one of our containers, whose network `holder` has. Raises EngineError."""
        if self._slirp is None or self._nftables is None:
            self._slirp, self._nftables = await Slirp.find(), await Nftables.find()
        pid = await pid_of(self._api, holder)
        network = Network(self._slirp, self._nftables, holder, pid)
        try:
            await network.connect(self.egress.get(container_id))
        except BaseException:
            await network.disconnect()
            raise
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
        own_id = one["Labels"][CONTAINER]
        return Container(
            self._api,
            own_id,
            one["Id"],
            egress=self.egress,
            folder=found["Config"]["WorkingDir"] or "/",
            spool=self._folder,
            connect=(lambda: self._connect(paused or one["Id"], own_id)) if networked else None,
            pause=paused,
            program=next(iter(found["Config"]["Cmd"] or ()), ""),
            first=int(found["State"]["Pid"] or 0),
            outside=self._outside,
        )

    async def _remove_all(self) -> None:
        label = f"{RUNTIME}={self._owner}"
        try:
            found = await orphans.containers(self._api, label)
        except EngineError:
            if self._service is None:
                raise
            await self._service.restart()
            found = await orphans.containers(self._api, label)
        ids = [one["Id"] for one in found]
        done = await asyncio.gather(
            *(remove(self._api, engine_id) for engine_id in ids), return_exceptions=True
        )
        if self._api.podman:
            end_monitors(frozenset(ids))
        for failure in done:
            if isinstance(failure, BaseException):
                _LOG.warning("%s", failure)
