"""Containers for the tests, each with its busybox."""

from __future__ import annotations

import io
import itertools
import tarfile
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

from aiodocker import DockerError

from cognitora_local.engine import Container, ContainerSpec, ContainerState, Engine, Image, images
from cognitora_local.sandbox.streams import Stream
from tests.engine import parts
from tests.engine.parts import RawEngine
from tests.images import debian
from tests.images.filesystems import one_program

BUSYBOX = "localhost/world/busybox:1"
WITH_ENTRYPOINT = "localhost/world/entrypoint:1"
WITH_VOLUME = "localhost/world/volume:1"
WITH_FOLDERS = "localhost/world/folders:1"
WITH_INIT = "localhost/world/init:1"
BARE = "localhost/world/bare:1"


def _archive(**programs: str) -> bytes:
    """A file system with busybox, and shell scripts by their paths."""
    buffer = io.BytesIO(parts.busybox())
    with tarfile.open(fileobj=buffer, mode="a") as archive:
        for path in (".", "sbin"):
            folder = tarfile.TarInfo(path)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(folder)
        for path, script in programs.items():
            file = tarfile.TarInfo(path)
            file.size, file.mode = len(script), 0o755
            archive.addfile(file, io.BytesIO(script.encode()))
    return buffer.getvalue()


# Made when they are asked for: the machine may have to fetch busybox first.
_IMAGES: dict[str, tuple[Callable[[], bytes], list[str]]] = {
    BUSYBOX: (_archive, ["ENV PATH=/bin", "ENV OF=image"]),
    WITH_ENTRYPOINT: (_archive, ["ENV PATH=/bin", 'ENTRYPOINT ["echo", "hey"]', "CMD you"]),
    WITH_VOLUME: (_archive, ["ENV PATH=/bin", "VOLUME /volume"]),
    WITH_FOLDERS: (
        _archive,
        ["ENV PATH=/bin", "WORKDIR /made/here", "VOLUME /made/data", "VOLUME /tmp"],
    ),
    WITH_INIT: (lambda: _archive(**{"sbin/init": "#!/bin/sh\nmount\n"}), ["ENV PATH=/bin"]),
    BARE: (lambda: one_program(debian.program("busybox"), "busybox"), []),
}


@dataclass(frozen=True, slots=True)
class Ran:
    """A container that has ended, and what it printed."""

    output: str
    state: ContainerState


class World:
    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self._ids = (f"ctr_{name}{number:04}" for number in itertools.count())
        self._made: list[Container] = []

    async def create(
        self,
        *command: str,
        image: str | Image = BUSYBOX,
        persistent: bool = False,
        cpu_cores: float = 1.0,
        memory_mb: int = 64,
        storage_gb: float | None = 0.05,
        environment: Mapping[str, str] | None = None,
        networking: bool = False,
        processes: int = 256,
    ) -> Container:
        spec = ContainerSpec(
            id=next(self._ids),
            image=image if isinstance(image, Image) else await image_of(self._engine, image),
            command=command,
            persistent=persistent,
            cpu_cores=cpu_cores,
            memory_mb=memory_mb,
            storage_gb=storage_gb,
            environment=environment or {},
            networking=networking,
            processes=processes,
        )
        container = await self._engine.create(spec)
        self._made.append(container)
        return container

    async def start(self, *command: str, image: str = BUSYBOX, memory_mb: int = 64) -> Container:
        container = await self.create(*command, image=image, memory_mb=memory_mb)
        await container.start()
        return container

    async def stay(self, image: str = BUSYBOX, *, processes: int = 256) -> Container:
        container = await self.create(image=image, persistent=True, processes=processes)
        await container.start()
        return container

    async def run(
        self,
        *command: str,
        image: str = BUSYBOX,
        cpu_cores: float = 1.0,
        memory_mb: int = 64,
        storage_gb: float | None = 0.05,
        environment: Mapping[str, str] | None = None,
        processes: int = 256,
    ) -> Ran:
        container = await self.create(
            *command,
            image=image,
            cpu_cores=cpu_cores,
            memory_mb=memory_mb,
            storage_gb=storage_gb,
            environment=environment,
            processes=processes,
        )
        await container.start()
        return Ran(await text(container.output), await container.wait())

    async def close(self) -> None:
        while self._made:
            await self._made.pop().remove()


async def execute(
    container: Container,
    *command: str,
    folder: str | None = None,
    environment: Mapping[str, str] | None = None,
    user: str = "",
) -> tuple[str, int]:
    """What a command in a container prints, and its exit code."""
    run = await container.execute(command, folder=folder, environment=environment or {}, user=user)
    return await text(run.output), await run.wait()


async def text(output: AsyncIterator[bytes] | AsyncIterator[tuple[Stream, bytes]]) -> str:
    pieces = [piece async for piece in output]
    return b"".join(each if isinstance(each, bytes) else each[1] for each in pieces).decode()


async def image_of(engine: Engine, name: str) -> Image:
    found = await engine._api.get(f"images/{name}/json")
    return images.described(name, name, found)


async def add_images(engine: Engine, *names: str) -> None:
    """Those of that name, or all."""
    raw = RawEngine(engine._api.socket, podman=engine._api.podman)
    for name in names or _IMAGES:
        make, changes = _IMAGES[name]
        try:
            await image_of(engine, name)
        except DockerError:
            parts.import_image(raw, name, make(), *changes)
