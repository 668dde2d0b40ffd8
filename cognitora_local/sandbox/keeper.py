"""A program that outlives the runtime by a moment, to end what a killed one leaves.

What runs in a sandbox ends with the runtime by itself; what is about to become a sandbox doesn't yet.
All of it is in the host's control groups, or enters one as the first thing it does, and fails when
that is gone. So the groups are emptied and removed.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from .process import Process

# Its standard input ends with the runtime, however that ends. A process of another process namespace
# has the number 0 here, which would be this program itself.
_SCRIPT = """
while read -r line; do :; done
tries=0
while [ $tries -lt 1000 ]; do
    left=
    for folder; do
        [ -d "$folder" ] || continue
        left=1
        find "$folder" -depth -type d | while read -r group; do
            [ ! -e "$group/cgroup.kill" ] || echo 1 > "$group/cgroup.kill"
            while read -r pid; do [ "$pid" = 0 ] || kill -9 "$pid"; done < "$group/cgroup.procs"
            rmdir "$group"
        done 2> /dev/null
    done
    [ "$left" ] || exit 0
    tries=$((tries + 1))
    sleep 0.01
done
"""


class Keeper:
    """Removes the control groups `folders`, with all that is in them, as soon as this program ends."""

    def __init__(self, folders: Sequence[Path]) -> None:
        inside, self._lifeline = os.pipe()
        try:
            # In a session of its own: what is sent to the runtime's whole group isn't for it.
            self._process = Process(
                ["setsid", "--", "/bin/sh", "-c", _SCRIPT, "keeper", *map(str, folders)],
                stdin=inside,
                stderr=subprocess.DEVNULL,
                pass_fds=(),
            )
        except BaseException:
            os.close(self._lifeline)
            raise
        finally:
            os.close(inside)

    async def close(self) -> None:
        """End it, when the groups are gone."""
        os.close(self._lifeline)
        await self._process.wait()
