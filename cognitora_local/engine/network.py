"""The way out of a container: the same as a sandbox's."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from aiodocker import DockerError

from ..sandbox import network
from ..sandbox.egress import Egress, Nftables
from ..sandbox.errors import SandboxError
from ..sandbox.network import Slirp
from ..sandbox.process import Handle
from ..sandbox.refusals import Refusal
from .api import Api
from .container_config import ContainerConfig
from .create import create_container
from .errors import ContainerGone, EngineError
from .proc import belongs

_PAUSE_MEMORY_BYTES = 16 * 1024 * 1024


class Network:
    """The network of a container whose process is `pid` on this machine.

    It has one of its own, with nothing in it. The engine's id `container` is for making sure that
    the process is that container's, and not another's that has its number now.
    """

    def __init__(self, slirp: Slirp, nftables: Nftables, container: str, pid: int) -> None:
        """Raises ContainerGone when there is no such process."""
        try:
            self._process = Handle(pid)
        except (OSError, ValueError) as error:
            raise ContainerGone(f"The container {container} doesn't run.") from error
        try:
            _check(container, pid)
        except BaseException:
            self._process.close()
            raise
        self._network = network.Network(slirp, self._process)
        self._egress = Egress(nftables, self._process)
        self._connecting = asyncio.Lock()

    async def connect(self, egress: Sequence[str] | None = None) -> None:
        """Attach the way out, if it isn't: to all of the outside, or to what `egress` names alone.

        This machine's addresses as they are now are closed off.

        Raises EngineError when it can't be had; then there is none.
        """
        async with self._connecting:
            try:
                if egress is None:
                    await self._egress.disconnect()
                    await self._network.connect()
                else:
                    self._egress.check()
                    await self._network.disconnect()
                    await self._egress.connect(egress)
            except SandboxError as error:
                raise EngineError(str(error)) from error

    async def refused(self) -> list[Refusal]:
        """What was refused, since it is attached."""
        return await self._egress.refused()

    async def disconnect(self) -> None:
        """Take it away, for good."""
        async with self._connecting:
            await self._network.disconnect()
            await self._egress.disconnect(ended=True)
            self._process.close()


async def pause(
    api: Api,
    *,
    name: str,
    image: str,
    init: Path,
    files: Mapping[str, Path],
    profile: Path,
    labels: Mapping[str, str],
) -> str:
    """Start a container that does nothing but have a network, for another one to share.

    Docker makes a container's network when it starts its process: too late to attach anything to
    it before. `image` is the id of one with nothing in it. Returns the engine's id of the container.

    Raises EngineError.
    """
    config = ContainerConfig(
        name=name,
        hostname=name,
        image=image,
        command=(),
        stays=True,
        init=init,
        files=files,
        profile=profile,
        labels=labels,
        environment={},
        folder="/",
        cpu_cores=0.1,
        memory_bytes=_PAUSE_MEMORY_BYTES,
        processes=4,
        disk_bytes=None,
    )
    paused = await create_container(api, config)
    try:
        await api.post(f"containers/{paused}/start")
    except DockerError as error:
        raise EngineError(f"Networking can't be had: {error.message}.") from error
    return paused


def _check(container: str, pid: int) -> None:
    if not belongs(pid, container):
        raise EngineError(
            f"Networking can't be had: process {pid} isn't in the control groups of the container "
            f"{container}. The engine must run on this machine, with control groups."
        )


__all__ = ["Network", "Nftables", "Refusal", "Slirp", "pause"]
