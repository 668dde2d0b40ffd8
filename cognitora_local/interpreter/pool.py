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
        self._pools: dict[tuple[str, bool], WarmKernels] = {}  # by language and network
        self._closed = False

    @property
    def life_seconds(self) -> float | None:
        """How long what is taken can be used; None: as long as is wanted."""
        return self._backend.life_seconds

    async def start(self) -> None:
        """Begin to start the first warm ones; returns at once."""
        usual = self._backend.networks[0] if self._backend.networks else True
        await self._keep(self._pool(FIRST_LANGUAGE, usual), FIRST_LANGUAGE, usual)

    async def take(
        self,
        language: str,
        *,
        limits: Limits,
        environment: Mapping[str, str],
        name: str,
        networking: bool,
        folder: Path | None = None,
    ) -> Kernel:
        """A kernel, which is the caller's from now on, with its folder: new, or that of one that has ended.

        `networking`: whether its code may be given a way to the outside.

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
                networking=networking,
            )
        networking = networking or not self._backend.networks
        pool = self._pool(language, networking)
        kernel = await pool.take(limits=limits, environment=environment, name=name)
        await self._keep(pool, language, networking)  # now it is known that the language can be had
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
            term=session.term,
        )

    async def remove(self, folder: Path) -> None:
        """Remove a kernel's folder with all in it, once it has ended."""
        await self._backend.remove(folder)

    async def close(self) -> None:
        """Close the kernels that nobody took."""
        self._closed = True
        for pool in self._pools.values():
            await pool.close()

    def _pool(self, language: str, networking: bool) -> WarmKernels:
        """The language's warm kernels; of a language that has none yet, a pool that isn't filled."""
        pool = self._pools.get((language, networking))
        return pool or WarmKernels(
            self._backend, self._root, size=self._warm, language=language, networking=networking
        )

    async def _keep(self, pool: WarmKernels, *key: *tuple[str, bool]) -> None:
        if key not in self._pools and not self._closed:
            self._pools[key] = pool
            await pool.start()
