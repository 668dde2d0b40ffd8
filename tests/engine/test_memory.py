"""What the kernel tells of a control group that it has taken away meanwhile."""

from __future__ import annotations

import secrets
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from cognitora_local.engine.memory import MemoryWatch
from tests.needs import CONTAINERS
from tests.programs_used import found

GROUPS = Path("/sys/fs/cgroup/memory")


@pytest.mark.root(CONTAINERS)
@pytest.mark.parametrize(("code", "kills"), [("bytearray(2**28)", 1), ("1", 0)])
async def test_of_a_group_that_is_gone_it_is_known_whether_memory_was_short(
    code: str, kills: int
) -> None:
    if not (GROUPS / "memory.oom_control").exists():
        pytest.skip("control groups of version 2 tell the engine")
    group = GROUPS / f"cognitora-test-{secrets.token_hex(4)}"
    group.mkdir()
    (group / "memory.limit_in_bytes").write_text(str(16 * 2**20))
    script = f"echo $$ >{group}/cgroup.procs; echo; read go; exec python3 -c '{code}'"
    begun = subprocess.Popen(
        [found("sh"), "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with begun:
        assert begun.stdout is not None
        begun.stdout.readline()
        watch = MemoryWatch(begun.pid)
        begun.communicate(b"\n")
    while group.exists():  # busy as long as the kernel clears up
        with suppress(OSError):
            group.rmdir()
    await watch.settled()
    assert watch.kills() == kills
    watch.close()
