"""A container engine on this machine, whose promises are proven before it is used."""

from __future__ import annotations

from pathlib import Path

from .container import Container
from .spec import Collected, ContainerSpec, EngineOptions, Image


class Engine:
    """An engine that keeps what containers are promised.

    Attributes:
        isolation: by what each promise is kept here.
    """

    isolation: dict[str, str]

    @classmethod
    async def start(cls, options: EngineOptions, data_dir: Path) -> Engine:
        """Find an engine and prove it with a real container.

        `data_dir` is what its containers are labelled with, and found by again. Raises EngineError.
        """
        raise NotImplementedError

    async def image(self, name: str) -> Image:
        """The image that `name` names, pulled if it is missing. Raises ImageError."""
        raise NotImplementedError

    async def create(self, spec: ContainerSpec) -> Container:
        """Make a container, attached and with its network, and not started.

        Raises EngineError, ImageError and CommandError.
        """
        raise NotImplementedError

    async def find(self) -> dict[str, Container]:
        """The containers of this data folder by our ids, running or ended."""
        raise NotImplementedError

    async def collect(self) -> Collected:
        """Remove what runtimes have left on this engine that are no more."""
        raise NotImplementedError

    async def close(self, *, keep: bool = False) -> None:
        """End it, and all its containers unless they are to be kept for the next runtime."""
        raise NotImplementedError
