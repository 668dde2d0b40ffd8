"""What a process runs, wherever it does: `sandbox.Exec` in a session, `engine.Exec` in a container."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from .exec import Terminal
from .streams import Stream


class Program(Protocol):
    """A command that runs, with its standard streams."""

    @property
    def output(self) -> AsyncIterator[tuple[Stream, bytes]]:
        """The pieces of what it prints, until it ends."""
        ...

    async def write(self, data: bytes | memoryview) -> int:
        """Write the first bytes of `data` to its stdin as soon as it takes some; how many.

        Raises BrokenPipeError when it takes no more.
        """
        ...

    async def close_stdin(self) -> None: ...

    async def resize(self, terminal: Terminal) -> None: ...

    async def signal(self, number: int) -> None:
        """To it and its process group, if it is there."""
        ...

    async def kill(self) -> None:
        """Kill it and every process it has started."""
        ...

    def close(self) -> None:
        """Give back what it held. To be called when it has ended."""
        ...
