"""Kernels of all languages: warm ones where they fit, new ones otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..kernel import Kernel, TakenOverKernel, WarmKernels
from ..sandbox import Backend, Limits, SandboxError
from ..store.models import SessionRecord

FIRST_LANGUAGE = "python"  # is kept warm from the start, the others once they were asked for


class KernelPool:
    """Where sessions and one-shots get their kernels.

    Args:
        backend: where their sandboxes are started.
        root: where their work folders are.
        warm: how many of each language are kept started.
    """

    def __init__(self, backend: Backend, root: Path, *, warm: int) -> None:
        self._backend = backend
        self._root = root
        self._warm = warm
        self._pools: dict[str, WarmKernels] = {}
        self._closed = False

    async def start(self) -> None:
        """Begin to start the first warm ones; returns at once."""
        await self._keep(FIRST_LANGUAGE, self._pool(FIRST_LANGUAGE))

    async def take(
        self,
        language: str,
        *,
        limits: Limits,
        environment: Mapping[str, str],
        name: str,
        folder: Path | None = None,
    ) -> Kernel:
        """A kernel, which is the caller's from now on, with its folder: new, or that of one that has ended.

        Raises:
            SandboxError: it can't be had as it was asked for.
        """
        if folder is not None:
            return await Kernel.start(
                self._backend,
                language=language,
                folder=folder,
                limits=limits,
                environment=environment,
                name=name,
            )
        pool = self._pool(language)
        kernel = await pool.take(limits=limits, environment=environment, name=name)
        await self._keep(language, pool)  # now it is known that the language can be had
        return kernel

    async def attach(self, session: SessionRecord) -> TakenOverKernel:
        """The kernel of a session whose gateway was lost, or of a one-shot.

        Raises:
            SandboxError: it is gone.
        """
        if session.address is None:
            raise SandboxError("It ended with its runtime.")
        return await TakenOverKernel.attach(
            self._backend,
            session.address,
            language=session.language,
            limits=Limits(**session.resources),
            environment=session.environment,
            tenure=session.tenure,
        )

    async def remove(self, folder: Path) -> None:
        """Remove a kernel's folder with all in it, once it has ended."""
        await self._backend.remove(folder)

    async def close(self) -> None:
        """Close the kernels that nobody took."""
        self._closed = True
        for pool in self._pools.values():
            await pool.close()

    def _pool(self, language: str) -> WarmKernels:
        """The language's warm kernels; of a language that has none yet, a pool that isn't filled."""
        pool = self._pools.get(language)
        return pool or WarmKernels(self._backend, self._root, size=self._warm, language=language)

    async def _keep(self, language: str, pool: WarmKernels) -> None:
        if language not in self._pools and not self._closed:
            self._pools[language] = pool
            await pool.start()
