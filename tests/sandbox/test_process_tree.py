"""What is killed with a process, and what isn't."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Set

from cognitora_local.sandbox.process_tree import kill_tree, tree

SCRIPT = "for n in $(seq 20); do setsid sleep 1000 & done; sleep 1000 & echo $!; wait"


def begun() -> tuple[subprocess.Popen[str], int]:
    """A shell that has started 21 processes, and the last of them."""
    shell = subprocess.Popen(["sh", "-c", SCRIPT], stdout=subprocess.PIPE, text=True)
    assert shell.stdout is not None
    return shell, int(shell.stdout.readline())


def test_who_belongs_is_asked_once_for_each_signal() -> None:
    shell, _ = begun()
    asked = list[Set[int]]()

    def belonging(pids: Set[int]) -> Set[int]:
        asked.append(set(pids))
        return pids

    with shell:
        kill_tree(shell.pid, belonging)
        assert shell.wait() == -signal.SIGKILL
    assert len(asked) <= 4, (
        asked
    )  # all are stopped, nobody is new, all are killed; one may come late
    assert len(asked[-1]) == 22


def test_who_does_not_belong_is_left_alone() -> None:
    shell, spared = begun()
    with shell:
        kill_tree(shell.pid, lambda pids: pids - {spared})
        assert shell.wait() == -signal.SIGKILL
        assert tree(spared) == {spared}
        kill_tree(spared, lambda pids: pids)
