"""A real cluster, for tests: `python -m scripts.kubernetes up`, and what tests ask of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scripts.kubernetes import serving
from scripts.kubernetes.build import PROGRAMS
from scripts.kubernetes.layout import ROOT, Layout
from tests.images import Image
from tests.images.image import archive

_ENDS_WITHIN_S = 120


class Cluster:
    """A control plane and the nodes `n1`, `n2` and so on, in `folder`.

    Attributes:
        process: the one that runs it; all ends with that.
    """

    def __init__(self, folder: Path, process: subprocess.Popen[str]) -> None:
        self.folder, self.process = folder, process
        self.kubeconfig = Layout(folder, "").kubeconfig

    def kubectl(self, *arguments: str, given: str | None = None, within_s: float = 120) -> str:
        """What kubectl prints; it has to end well. `given` is its standard input."""
        done = self.tried(*arguments, given=given, within_s=within_s)
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)
        return done.stdout

    def tried(
        self, *arguments: str, given: str | None = None, within_s: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """The same, however it ends."""
        command: list[str | Path] = [PROGRAMS.packages / "usr/bin/kubectl", *arguments]
        environment = {**os.environ, "KUBECONFIG": str(self.kubeconfig)}
        return subprocess.run(
            command,
            input=given,
            stdin=subprocess.DEVNULL if given is None else None,
            capture_output=True,
            text=True,
            env=environment,
            timeout=within_s,
        )

    def get(self, *arguments: str) -> Any:
        """What `kubectl get` tells of something, parsed."""
        return json.loads(self.kubectl("get", "-o", "json", *arguments))

    def create(self, *objects: dict[str, Any], namespace: str = "default") -> None:
        """Make what isn't there, change what is. `namespace` is for what names none."""
        items = {"apiVersion": "v1", "kind": "List", "items": [*objects]}
        self.kubectl("-n", namespace, "apply", "-f", "-", given=json.dumps(items))

    def run(self, pod: str, *command: str, namespace: str = "default") -> str:
        """What a command prints in a pod; it has to end well."""
        return self.kubectl("-n", namespace, "exec", pod, "--", *command)

    def wait(
        self, what: str, condition: str, *, namespace: str = "default", within_s: float = 90
    ) -> None:
        """Wait as `kubectl wait` does: for `condition=Ready` of `pod/NAME`, say."""
        told = (f"--for={condition}", f"--timeout={within_s}s")
        self.kubectl("-n", namespace, "wait", what, *told, within_s=within_s + 10)

    @contextmanager
    def forwarded(self, what: str, port: int, *, namespace: str = "default") -> Iterator[str]:
        """Where a port of `pod/NAME` or `deployment/NAME` is reached while the block runs: its URL."""
        command = [str(PROGRAMS.packages / "usr/bin/kubectl"), f"--kubeconfig={self.kubeconfig}"]
        command += ["-n", namespace, "port-forward", what, f":{port}"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as forward:
            assert forward.stdout is not None
            try:
                told = forward.stdout.readline()
                yield f"http://127.0.0.1:{told.split(' -> ')[0].rpartition(':')[2]}"
            finally:
                forward.kill()

    def load(self, image: Image, name: str) -> None:
        """Give every node an image, as `name` (`docker.io/library/python:3.11`)."""
        with tempfile.NamedTemporaryFile() as file:
            file.write(archive(image, [name]))
            file.flush()
            serving.tell(self.folder, "load", file.name)

    def kill_node(self, number: int) -> None:
        """Have a node lose its power."""
        serving.tell(self.folder, "kill-node", number)

    def start_node(self, number: int) -> None:
        """Switch a node on again. It isn't ready at once."""
        serving.tell(self.folder, "start-node", number)

    def cut_cable(self, number: int) -> None:
        """Have a node run on without a network, until `mend_cable`."""
        serving.tell(self.folder, "cut-cable", number)

    def mend_cable(self, number: int) -> None:
        serving.tell(self.folder, "mend-cable", number)

    def inside(self, machine: str, *kinds: str) -> list[str]:
        """What starts a command in name spaces (`net` alone by default) of `control-plane` or a node.

        In the network of either, pods are reached at their addresses.
        """
        first = serving.tell(self.folder, "first-process", machine)
        return ["nsenter", "--target", str(first), *(f"--{kind}" for kind in kinds or ["net"])]

    def down(self) -> None:
        """End it by its command; returns when it has ended."""
        subprocess.run([*_command(self.folder), "down"], cwd=ROOT, check=True)
        self.process.wait(_ENDS_WITHIN_S)


@contextmanager
def running(folder: Path, nodes: int) -> Iterator[Cluster]:
    """A cluster of its own while the block runs. Whatever ends this process ends it."""
    with starting(folder, nodes) as cluster:
        assert cluster.process.stdout is not None
        line = cluster.process.stdout.readline()
        log = folder.with_name(f"{folder.name}.log")
        assert line.startswith("export "), f"the cluster did not start:\n{log.read_text()}"
        yield cluster


@contextmanager
def starting(folder: Path, nodes: int) -> Iterator[Cluster]:
    """The same while it may not have come up yet."""
    command = ["setpriv", "--pdeathsig", "TERM", *_command(folder), "up", str(nodes)]
    with folder.with_name(f"{folder.name}.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        yield Cluster(folder, process)
    finally:
        process.terminate()
        process.wait(_ENDS_WITHIN_S)
        assert process.stdout is not None
        process.stdout.close()


def until(holds: Callable[[], bool], within_s: float = 60) -> None:
    """Wait for what nothing tells of by itself."""
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it didn't come true in time"
        time.sleep(0.1)


def _command(folder: Path) -> list[str]:
    return [sys.executable, "-m", "scripts.kubernetes", "--folder", str(folder)]
