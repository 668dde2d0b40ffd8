"""A command that runs in a container beside its first one."""

from __future__ import annotations

from collections.abc import AsyncIterator


class Exec:
    """A command in a running container.

    Attributes:
        engine_id: the engine's name for it.
        output: what it prints, stdout and stderr in order; ends when nobody can print any more.
    """

    engine_id: str
    output: AsyncIterator[bytes]

    async def wait(self) -> int:
        """Its exit code, once `output` has ended."""
        raise NotImplementedError

    async def kill(self) -> None:
        """Kill it and every process it has started. Does nothing when it has ended."""
        raise NotImplementedError
