"""Makes a runtime's containers on its engine: callers', the probe's, and those that hold networks."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from pathlib import Path

from . import gpus, orphans, seccomp
from .api import Api, failing
from .container_config import ContainerConfig
from .create import (
    CONTAINER,
    GPUS,
    NETWORK_OF,
    NETWORKING,
    RUNTIME,
    create_container,
    empty_image,
    find_init,
    write_files,
)
from .errors import CommandError, ContainerGone, EngineError, ImageError, UnlimitedDisk
from .models import ContainerSpec, Image
from .network import pause
from .users import Users, users_of

_MIB = 1024 * 1024
_GIB = 1024**3
_HOSTNAME = "container"


def program_of(spec: ContainerSpec) -> tuple[str, ...]:
    """All the words of what a container runs. Raises CommandError where there are none."""
    program = (*spec.image.entrypoint, *(spec.command or spec.image.command))
    if not program:
        raise CommandError("There is no command: give one, the image has none.", 127)
    return program


class ContainerFactory:
    """What all containers of a runtime have in common.

    Attributes:
        limits_disk: whether their disks can be limited.
        counts_image: whether an engine counts to a container's disk what it shares with its image.
        users: whom the users of containers are.
    """

    limits_disk: bool
    counts_image: bool
    users: Users
    _empty: str

    def __init__(self, api: Api, owner: str, folder: Path) -> None:
        """`owner` is what they are labelled with; files that they are shown go to `folder`.

        Raises EngineError.
        """
        self.limits_disk = False
        self.counts_image = False
        self._api = api
        self._owner = owner
        self._files = write_files(folder, hostname=_HOSTNAME)
        self._profile = folder / "seccomp.json"
        self._profile.write_text(seccomp.profile())
        self._init = find_init()
        self._images: dict[str, int] = {}
        self._choosing = asyncio.Lock()

    async def prepare(self) -> None:
        """To be called first. Raises EngineError."""
        self._empty = await empty_image(self._api)
        self.users = await users_of(self._api)

    def probe(self) -> ContainerConfig:
        """A container that does nothing; its limits are for the probe to say."""
        return ContainerConfig(
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
            users=self.users,
        )

    async def make(self, spec: ContainerSpec, *, network_of: str | None) -> str:
        """Make what `spec` asks for; returns the engine's id of it.

        Raises EngineError, ImageError and CommandError.
        """
        if spec.gpu_count == 0:
            return await self._make(spec, network_of, ())
        async with self._choosing:  # what is chosen is taken once the container is there
            return await self._make(spec, network_of, await self._free_gpus(spec.gpu_count))

    async def _make(
        self, spec: ContainerSpec, network_of: str | None, chosen: Sequence[str]
    ) -> str:
        command = () if spec.persistent else program_of(spec)
        disk_bytes = None
        if spec.storage_gb is not None:
            if not self.limits_disk:
                raise UnlimitedDisk
            disk_bytes = await self._size_of(spec.image) + int(spec.storage_gb * _GIB)
        # Each is said, whatever it is: what isn't, an image may say.
        labels = {
            RUNTIME: self._owner,
            CONTAINER: spec.id,
            NETWORKING: "on" if spec.networking else "off",
            GPUS: " ".join(chosen),
        }
        config = ContainerConfig(
            name=f"cognitora-{spec.id}",
            hostname=_HOSTNAME,
            image=spec.image.id,
            command=command,
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
            disk_bytes=disk_bytes,
            network_of=network_of,
            volumes=spec.image.volumes,
            users=self.users,
            gpus=chosen,
        )
        return await create_container(self._api, config)

    async def _free_gpus(self, count: int) -> Sequence[str]:
        """So many that no container has, of any runtime on this engine. Raises EngineError."""
        made = await orphans.containers(self._api, GPUS)
        living = [one for one in made if one["State"] not in ("exited", "dead", "stopped")]
        taken = {name for one in living for name in one["Labels"][GPUS].split()}
        free = [name for name in gpus.described() if name not in taken]
        if len(free) < count:
            raise EngineError(
                f"{count} GPUs were asked for, and {len(free)} are free: containers have the others. "
                "Try again when one has ended."
            )
        return free[:count]

    async def make_network(self, spec: ContainerSpec) -> str:
        """Start a container that has nothing but the network of the one to be made."""
        return await pause(
            self._api,
            name=f"cognitora-network-{spec.id}",
            image=self._empty,
            init=self._init,
            files=self._files,
            profile=self._profile,
            labels={RUNTIME: self._owner, NETWORK_OF: spec.id},
        )

    async def _size_of(self, image: Image) -> int:
        """What its own files take of a container's disk."""
        if image.id not in self._images:
            try:
                with failing("The image can't be looked at"):
                    found = await self._api.get(f"images/{image.id}/json")
                    size = int(found["Size"])
            except ContainerGone as error:
                raise ImageError(
                    "image_not_found", f"The image {image.name} was removed meanwhile; try again."
                ) from error
            # The disk's blocks make files larger than the image says.
            counted = size + size // 10 + _MIB if self.counts_image else 0
            self._images[image.id] = counted
        return self._images[image.id]
