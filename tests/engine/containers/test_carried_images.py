"""Images that come to a machine by a file, as docs/containers.md says."""

from __future__ import annotations

import re
import shlex
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path

from cognitora import Cognitora
from tests.engine import parts
from tests.images import Registry

PAGE = Path(__file__).resolve().parents[3] / "docs" / "containers.md"
PYTHON = "docker.io/library/python:3.11-slim"
BUSYBOX = "docker.io/library/busybox:latest"
SOCKET = "/run/podman/podman.sock"


def test_an_image_that_was_carried_over_is_found_by_its_name(registry: Registry) -> None:
    blocks = re.findall(r"^```bash\n(podman .*?)^```", PAGE.read_text(), re.M | re.S)
    commands = [shlex.split(line) for line in "".join(blocks).splitlines()]
    assert [each[:2] for each in commands] == [
        ["podman", word] for word in ("pull", "save", "load", "system")
    ]
    with ExitStack() as stack:
        # By short paths, as Podman needs them.
        there, here = (
            Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
            for _ in range(2)
        )
        socket = here / "s"

        def run(folder: Path, *command: str) -> None:
            known = parts.podman_on_any_disk(folder)
            subprocess.run(command, env=known, cwd=here, check=True, capture_output=True)

        # Pulled from the tests' registry; what follows is the page's.
        run(there, "podman", "pull", "--tls-verify=false", f"{registry.address}/busybox:latest")
        run(there, "podman", "tag", f"{registry.address}/busybox:latest", BUSYBOX)
        save, load, serve = (
            [each.replace(PYTHON, BUSYBOX).replace(SOCKET, str(socket)) for each in command]
            for command in commands[1:]
        )
        run(there, *save)
        run(here, *load)
        assert serve.pop() == "&"
        known = parts.podman_on_any_disk(here)
        stack.enter_context(parts._running(serve, here / "log", socket, known))
        stand_in = {"docker.io/library/python:3.12": BUSYBOX}
        with Cognitora.local(engine=f"unix://{socket}", images=stand_in) as client:
            for name in (BUSYBOX, "python:3.12"):
                done = client.containers.run_and_wait(
                    name, ["echo", "there"], cpu_cores=1, memory_mb=64, max_cost_credits=5
                )
                assert done.logs == "there\n"
