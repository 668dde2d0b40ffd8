"""Kernels that are started before anybody asks."""

from __future__ import annotations

import asyncio
import compileall
import logging
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

from cognitora_local.kernel.kernel import Kernel
from cognitora_local.kernel.outputs import Caps
from cognitora_local.sandbox import WARM_SECONDS, Backend, Limits, SandboxError

log = logging.getLogger(__name__)

DRIVERS = Path(__file__).parent / "drivers"

REFILL_SECONDS = 0.02
"""Between a kernel's being taken and the start of the next: so long most code needs the CPU itself.

Started at once, the next made a short execution three times as long on two cores.
"""

RETRY_SECONDS = 5.0
"""After a start that failed. Whoever takes a kernel meanwhile gets the error."""


class WarmKernels:
    """A few started kernels with default limits, no environment, and each its own new folder.

    The folders lie in `root`. Whoever takes a kernel owns its folder too, and removes it.
    """

    def __init__(
        self,
        backend: Backend,
        root: Path,
        *,
        size: int = 2,
        language: str = "python",
        networking: bool = True,
        caps: Caps = Caps(),
    ) -> None:
        self._backend = backend
        self._root = root
        self._size = size
        self._language = language
        self._networking = networking
        self._caps = caps
        self._ready: dict[Kernel, asyncio.Event] = {}
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def ready(self) -> int:
        """How many stand ready."""
        return len(self._ready)

    async def start(self) -> None:
        """Begin to start kernels; returns at once."""
        compiling = asyncio.create_task(asyncio.to_thread(compile_drivers))
        keepers = [asyncio.create_task(self._keep_one(compiling)) for _ in range(self._size)]
        self._tasks = [compiling, *keepers]

    async def take(self, *, limits: Limits, environment: Mapping[str, str], name: str) -> Kernel:
        """A kernel, which is now the caller's with its folder: a warm one where it fits.

        Raises SandboxError when it can't be started.
        """
        if limits == Limits() and not environment:
            kernel = next((kernel for kernel in self._ready if kernel.alive), None)
            if kernel:
                self._ready.pop(kernel).set()
                return kernel
        return await self._start(limits, environment, name)

    async def close(self) -> None:
        """Close the kernels that nobody took."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _keep_one(self, compiling: asyncio.Task[None]) -> None:
        await asyncio.shield(compiling)
        while True:
            try:
                kernel = await self._start(Limits(), {}, "warm")
            except (SandboxError, OSError) as error:
                log.warning("no warm kernel: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            await self._offer(kernel)
            await asyncio.sleep(REFILL_SECONDS)

    async def _offer(self, kernel: Kernel) -> None:
        """Keep it until it is taken, has died, or has waited too long."""
        taken = asyncio.Event()
        self._ready[kernel] = taken
        waits = [asyncio.create_task(taken.wait()), asyncio.create_task(kernel.wait())]
        try:
            await asyncio.wait(waits, timeout=WARM_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            if self._ready.pop(kernel, None):
                await kernel.close()
                await self._backend.remove(kernel.folder)

    async def _start(self, limits: Limits, environment: Mapping[str, str], name: str) -> Kernel:
        folder = self._root / uuid4().hex
        try:
            return await Kernel.start(
                self._backend,
                language=self._language,
                folder=folder,
                limits=limits,
                environment=environment,
                name=name,
                networking=self._networking,
                caps=self._caps,
            )
        except BaseException:
            await self._backend.remove(folder)
            raise


def compile_drivers() -> None:
    """Leave bytecode beside the drivers, which a sandbox only reads: it saves 10 ms at each start.

    Where that may not be written, starts are slower, and that is all.
    """
    compileall.compile_dir(DRIVERS, quiet=2)
