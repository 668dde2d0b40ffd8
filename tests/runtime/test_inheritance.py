"""Code runs the same, however the runtime was started."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cognitora import Cognitora
from tests.conftest import Runtime, run

# As a shell starts what is to run in the background, nohup, a thread of its own, and whoever is careful.
STARTS = """
import os, signal, sys
for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGCHLD):
    signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM, signal.SIGUSR1, signal.SIGCHLD])
os.umask(0o077)
os.execv(sys.argv[1], sys.argv[1:])
"""
IMAGE = "docker.io/library/python:3.11"
ASKS = ["grep", "-E", "^(SigBlk|SigIgn|Umask)", "/proc/self/status"]

OWN = "print(*[line for line in open('/proc/self/status') if line.startswith(('SigB', 'SigI', 'Umask'))])"


@pytest.fixture
def odd(tmp_path: Path, images: list[str], container_store: Path) -> Iterator[Runtime]:
    store = ["--container-store", str(container_store)]
    with run(tmp_path, *images, *store, before=[sys.executable, "-c", STARTS]) as runtime:
        yield runtime


def test_nothing_is_ignored_blocked_or_masked_by_inheritance(
    odd: Runtime, runtime: Runtime
) -> None:
    assert told(odd) == told(runtime)


def told(runtime: Runtime) -> dict[str, str | None]:
    """What each kind of code says of itself."""
    run = f"import subprocess; print(subprocess.run({ASKS}, capture_output=True, text=True).stdout)"
    with (
        Cognitora(runtime.api_key, runtime.base_url) as client,
        client.code_interpreter.session() as session,
        client.containers.container(
            IMAGE, cpu_cores=0.5, memory_mb=128, max_cost_credits=10
        ) as container,
    ):
        return {
            "code": session.run(OWN).stdout,
            "what Python starts": session.run(run).stdout,
            "what Bash starts": client.code_interpreter.run_bash(shlex.join(ASKS)).stdout,
            "a process": session.start(ASKS).communicate().stdout,
            "a container's": container.start(ASKS).communicate().stdout,
            "a container's own": container.run(ASKS).stdout,
        }
