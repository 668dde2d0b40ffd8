"""One container of an engine, from its making to its removal."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Mapping, Sequence

from .exec import Exec
from .spec import ContainerState, StoredFile


class Container:
    """A container, made and not yet started, or found again.

    Attributes:
        id: ours.
        output: what it prints, stdout and stderr in order, until its end. Of one that was found:
            from then on.
    """

    id: str
    output: AsyncIterator[bytes]

    async def start(self) -> None:
        """Raises CommandError when its command can't be started."""
        raise NotImplementedError

    async def logs(self) -> bytes:
        """All that the engine has kept of its output: the last 16 MiB or so."""
        raise NotImplementedError

    async def state(self) -> ContainerState:
        """Raises ContainerGone when it isn't there any more."""
        raise NotImplementedError

    async def wait(self) -> ContainerState:
        """How it has ended, once it has. Raises ContainerGone when it is removed meanwhile."""
        raise NotImplementedError

    async def kill(self) -> None:
        """Kill all that runs in it, at once. Does nothing when it has ended or isn't there."""
        raise NotImplementedError

    async def remove(self) -> None:
        """Remove it and all that belongs to it, killed first. Does nothing when it isn't there."""
        raise NotImplementedError

    async def execute(
        self, command: Sequence[str], *, folder: str | None, environment: Mapping[str, str]
    ) -> Exec:
        """Run `command` in it, in `folder` (None: the image's working folder).

        Raises CommandError when it can't be started, ContainerGone when the container doesn't run.
        """
        raise NotImplementedError

    async def find_exec(self, engine_id: str) -> Exec | None:
        """A command of before, which may still run; None when the engine knows nothing of it."""
        raise NotImplementedError

    async def put(self, path: str, size: int | None, pieces: AsyncIterable[bytes]) -> int:
        """Write a file; folders above it are made. Returns its size in bytes.

        `path` is relative to the image's working folder; `size` in bytes, None when it isn't known.
        """
        raise NotImplementedError

    async def get(self, path: str) -> StoredFile:
        """Raises FileNotFoundError and NotAFile."""
        raise NotImplementedError

    async def reconnect(self) -> None:
        """Attach its network again, if it had one. Raises EngineError when it can't be had."""
        raise NotImplementedError
