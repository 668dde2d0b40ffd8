"""Kernels of all languages: warm ones where they fit, new ones otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .kernel import Kernel, WarmKernels
from .sandbox import Host, Limits

FIRST_LANGUAGE = "python"  # is kept warm from the start, the others once they were asked for


class Kernels:
    """Where sessions and one-shots get their kernels.

    Args:
        host: where their sandboxes are started.
        root: where their work folders are.
        warm: how many of each language are kept started.
    """

    def __init__(self, host: Host, root: Path, *, warm: int) -> None:
        self._host = host
        self._root = root
        self._warm = warm
        self._pools: dict[str, WarmKernels] = {}

    async def start(self) -> None:
        """Begin to start the first warm ones; returns at once."""
        await self._pool(FIRST_LANGUAGE)

    async def take(
        self, language: str, *, limits: Limits, environment: Mapping[str, str], name: str
    ) -> Kernel:
        """A kernel, which is the caller's from now on, with its folder.

        Raises:
            SandboxError: it can't be had as it was asked for.
        """
        pool = await self._pool(language)
        return await pool.take(limits=limits, environment=environment, name=name)

    async def start_again(
        self,
        language: str,
        folder: Path,
        *,
        limits: Limits,
        environment: Mapping[str, str],
        name: str,
    ) -> Kernel:
        """A new kernel in the folder of one that has ended.

        Raises:
            SandboxError: it can't be had as it was asked for.
        """
        return await Kernel.start(
            self._host,
            language=language,
            folder=folder,
            limits=limits,
            environment=environment,
            name=name,
        )

    async def close(self) -> None:
        """Close the kernels that nobody took."""
        for pool in self._pools.values():
            await pool.close()

    async def _pool(self, language: str) -> WarmKernels:
        pool = self._pools.get(language)
        if pool is None:
            pool = WarmKernels(self._host, self._root, size=self._warm, language=language)
            self._pools[language] = pool
            await pool.start()
        return pool
