"""Whether the kernel has killed something in a container for want of memory.

Engines tell it for control groups of version 2, and Docker for those of version 1, too. For Podman
on version 1 the kernel is asked itself; and for a single command, on any.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path

from ..sandbox import cgroup

_V1, _V2 = "memory.oom_control", "memory.events"
_V1_USAGE, _NEVER = "memory.usage_in_bytes", 2**62
_SETTLES_WITHIN_S = 2.0


class MemoryWatch:
    """Watches the memory of the container whose process is `pid`, from now on."""

    def __init__(self, pid: int) -> None:
        """It sees nothing where the process has ended, or the group can't be looked at."""
        self._group = _group(pid)
        self._told: int | None = None
        self._over: int | None = None  # told of nothing but the group's end, after the other
        self._signals = 0
        self._claimed = 0
        if self._group is not None and (self._group / _V1).exists():
            with suppress(OSError):
                self._over = _listen(self._group, _V1_USAGE, _NEVER)
                self._told = _listen(self._group, _V1)

    @property
    def sees(self) -> bool:
        """Whether there is something that it watches."""
        return self._group is not None

    def claim(self, before: int) -> int:
        """How many were killed since there were `before`, and nobody has claimed. They are now."""
        found = self.unclaimed(before)
        self._claimed = self.kills()
        return found

    def unclaimed(self, before: int) -> int:
        """How many `claim` would find."""
        return max(0, self.kills() - max(before, self._claimed))

    def kills(self) -> int:
        """How many processes were killed so far. When the group is gone, as well as that is known."""
        for name in (_V1, _V2) if self._group is not None else ():
            with suppress(OSError, ValueError):
                words = Path(self._group or "", name).read_text().split()
                return int(words[words.index("oom_kill") + 1])
        if self._told is None:
            return 0
        # The kernel signals it at each time that the memory was used up, and once at the group's end.
        with suppress(BlockingIOError):
            self._signals += os.eventfd_read(self._told)
        return max(0, self._signals - 1)

    async def settled(self) -> None:
        """Returns when `kills` knows all of a group that is gone: of its end it is told a little later."""
        if self._over is None or self._group is None or self._group.exists():
            return
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._over, over.set)
        try:
            async with asyncio.timeout(_SETTLES_WITHIN_S):
                await over.wait()
        except TimeoutError:
            pass
        finally:
            loop.remove_reader(self._over)

    def close(self) -> None:
        """Stop watching. Does nothing the second time."""
        held, self._told, self._over = (self._told, self._over), None, None
        for file in held:
            if file is not None:
                os.close(file)


def _group(pid: int) -> Path | None:
    with suppress(OSError, ValueError):
        mounts = cgroup.mounts()
        for line in Path("/proc", str(pid), "cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if "memory" in controllers.split(",") or (not controllers and "memory" not in mounts):
                point, shown = mounts["memory" if controllers else ""]
                return point / Path(path).relative_to(shown)
    return None


def _listen(group: Path, name: str, *threshold: int) -> int:
    """https://docs.kernel.org/admin-guide/cgroup-v1/memory.html, events of a file of the group."""
    told = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
    try:
        with (group / name).open() as watched:
            order = " ".join(map(str, (told, watched.fileno(), *threshold)))
            (group / "cgroup.event_control").write_text(order)
    except OSError:
        os.close(told)
        raise
    return told
