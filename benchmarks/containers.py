"""What a container costs through the runtime, beside the engine's own command line."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import Contestant, Goal, Row
from benchmarks.peers import CACHE, LOCAL
from tests import images

STORE = CACHE / "containers"
PID = STORE / "runtime.pid"  # whose mount namespace the store is mounted in


@contextmanager
def runtime() -> Iterator[str]:
    """A runtime with an engine of its own and a registry with busybox; its address."""
    with (
        tempfile.TemporaryDirectory() as folder,
        images.served(Path(folder) / "registry") as registry,
    ):
        command = [str(LOCAL.python()), "-P", "-m", "cognitora_local", "--api-key", "key"]
        command += ["--container-store", str(STORE), *images.arguments(registry)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                STORE.mkdir(parents=True, exist_ok=True)
                PID.write_text(str(process.pid))
                yield json.loads(process.stdout.readline())["base_url"]
            finally:
                process.terminate()


def row(name: str, title: str, calls: int, at_most: float) -> Row:
    """The same, done by the runtime and by Podman with the same store, image and limits."""
    ours, theirs = f"runtime, {name}", f"podman, {name}"
    return Row(
        f"container-{name}",
        title,
        [
            Contestant(ours, LOCAL, "container.py", [name, calls]),
            Contestant(theirs, LOCAL, "podman.py", [name, calls, str(PID)]),
        ],
        [Goal("ms", ours, theirs, at_most=at_most)],
        server=runtime,
    )


ROWS = [
    row("run", "`true` in a busybox container: run_and_wait; and podman run", 20, at_most=0.7),
    row("ten", "Ten of those at once, until all have ended", 5, at_most=1.2),
    row("exec", "`true` in a container that is up: exec; and podman exec", 20, at_most=1.2),
    row(
        "process",
        "A process in a container that is up, until its first byte; and podman exec until it",
        20,
        at_most=1.2,
    ),
]
