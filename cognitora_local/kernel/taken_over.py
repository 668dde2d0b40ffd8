"""A kernel that another runtime has started, which was lost."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from cognitora_local.concurrency.completion import to_completion
from cognitora_local.kernel.kernel import Kernel
from cognitora_local.kernel.languages import Language, around
from cognitora_local.kernel.outputs import Caps, Outcome
from cognitora_local.kernel.run import KernelRun
from cognitora_local.sandbox import (
    Backend,
    Begun,
    Limits,
    RunningCommand,
    RunningSandbox,
    SandboxError,
)


class TakenOverKernel(Kernel):
    """As any other, but for what it may have begun before, which `resume` sees through.

    Attributes:
        begun: the last execution that was; None: there was none.
    """

    def __init__(
        self, language: Language, sandbox: RunningSandbox, limits: Limits, caps: Caps = Caps()
    ) -> None:
        """For `attach`."""
        super().__init__(language, sandbox, limits, caps)
        self.begun: Begun | None = sandbox.begun
        if self.begun is not None:
            self._count = self.begun.count
            if not self.begun.settled:
                self._execution = KernelRun(0, caps, self.begun.id)
                self._execution.begin(self.begun.cpu_ms, self.begun.seconds)

    @classmethod
    async def attach(
        cls,
        backend: Backend,
        address: str,
        *,
        language: str,
        limits: Limits,
        environment: Mapping[str, str],
        term: int,
    ) -> TakenOverKernel:
        """Take over the kernel that has this `address`; `term` is one more each time.

        Raises SandboxError when it is gone, or what it has put out can't be told from its beginning any more.
        """
        sandbox = await backend.attach(
            address, limits=limits, environment=around(environment), term=term
        )
        kernel = cls(Language.named(language), sandbox, limits)
        try:
            if kernel.begun is not None and not kernel.begun.whole:
                raise SandboxError("What its code has put out was too much to be kept.")
            await kernel._open(language)
        except BaseException:
            await to_completion(kernel.close())
            await to_completion(backend.remove(kernel.folder))  # nobody else knows of it
            raise
        return kernel

    async def command(self, id: str, printed: int) -> RunningCommand:
        """A command that was started beside it; its output begins behind the `printed` bytes that are known.

        Raises SandboxError: it is over, or never was.
        """
        return await self._sandbox.attach(id, printed)

    async def resume(self, timeout_seconds: float) -> Outcome:
        """See through what was begun and isn't settled, with all that it has put out from its beginning.

        `timeout_seconds` counts from when it was begun.
        """
        execution = self._execution
        if execution is None or self.begun is None:
            raise RuntimeError("There is nothing to resume.")
        execution.timeout_seconds = timeout_seconds
        self._running = asyncio.create_task(
            self._see_through(execution, timeout_seconds - self.begun.seconds)
        )
        self._running.add_done_callback(self._note_end)
        return await asyncio.shield(self._running)

    async def _see_through(self, execution: KernelRun, seconds: float) -> Outcome:
        self._after(max(0.0, seconds), lambda: self._stop("timeout"))
        if self._death:
            execution.end(death=self._death)
        try:
            await execution.ended
        finally:
            await self._let_go()
        return self._outcome(execution)
