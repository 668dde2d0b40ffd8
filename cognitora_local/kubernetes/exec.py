"""A command in a container that is a pod, beside its first process."""

from __future__ import annotations

from collections.abc import Callable

from ..engine import KILLED, ContainerGone, EngineError
from .command import PodCommand
from .link import Link, LinkLost


class MemoryKills:
    """How many processes of one container were killed for want of memory, as its commands tell of it."""

    def __init__(self) -> None:
        self._claimed = 0

    def claim(self, before: int, now: int, *, own: bool) -> bool:
        """Whether there were some while a command ran; `own`: it was one of them, and no other's."""
        found = now > max(before, self._claimed)
        if own:
            self._claimed = now
        return found


class PodExec(PodCommand):
    """Such a command. The attributes and methods are those of `engine.Exec`.

    Args:
        link: to it.
        identity: by which its agent knows it.
        kills: its container's.
        is_over: whether its container is.
        leave: called with its identity where it may go on in there, and nobody wants it any more.
    """

    def __init__(
        self,
        link: Link,
        identity: str,
        kills: MemoryKills,
        is_over: Callable[[], bool],
        leave: Callable[[str], None],
    ) -> None:
        super().__init__(link)
        self.engine_id = identity
        self.missing = link.missing
        self._told: tuple[int, int] = (0, 0)
        self._memory = kills
        self._is_over = is_over
        self._leave = leave

    def out_of_memory(self, code: int) -> bool:
        before, now = self._told
        return self._memory.claim(before, now, own=code == KILLED)

    async def wait(self) -> int:
        try:
            told = await self._over()
        except LinkLost as error:
            if self._is_over():
                raise ContainerGone from error
            raise EngineError(f"It isn't known how the command ended. {error}") from error
        if self._link.lost is not None and not self._is_over():
            raise EngineError(f"Not all is known that the command has printed. {self._link.lost}")
        kills, status = told.get("memory_kills"), told.get("status")
        match kills:
            case [int(before), int(now)]:
                self._told = before, now
        return status if isinstance(status, int) else KILLED

    def close(self) -> None:
        broken = self._link.broken
        super().close()
        if broken:  # else its agent was told
            self._leave(self.engine_id)
