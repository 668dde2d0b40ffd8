"""Gateways of one cluster that share their records."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx

from cognitora import Cognitora
from tests.kubernetes.cluster import Cluster
from tests.kubernetes.pods import PYTHON

KEY = "cgk_of_the_tests"
ISOLATED = ("--runtime-class", "isolated", "--no-networking")
"""The options of a gateway whose pods have no network, by their RuntimeClass."""

EXECUTE = "/api/v1/interpreter/execute"
SESSIONS = "/api/v1/interpreter/sessions"
EXECUTIONS = "/api/v1/interpreter/executions"


class Starting:
    """A runtime whose sandboxes are pods, in a process of its own, from its start on.

    Args:
        kubeconfig: by which it reaches the cluster.
        place: the namespace of its pods.
        log: the file of what it says on standard error.
        options: its others.
    """

    def __init__(self, kubeconfig: Path, place: str, log: Path, *options: str) -> None:
        command = [sys.executable, "-P", "-m", "cognitora_local", "--backend", "kubernetes"]
        command += ["--namespace", place, "--sandbox-image", PYTHON, *options]
        command += ["--parent", str(os.getpid())]
        environment = {**os.environ, "KUBECONFIG": str(kubeconfig)}
        self._log = log
        with log.open("wb") as written:
            self.process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=written, env=environment
            )

    def ready(self) -> dict[str, Any]:
        """What it says once it answers."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self._log.read_text()
        ready: dict[str, Any] = json.loads(line)
        return ready

    def end(self, number: signal.Signals = signal.SIGKILL) -> None:
        """By this signal, if it hasn't ended yet."""
        self.process.send_signal(number)
        self.reap()

    def reap(self) -> None:
        """Returns when it has ended."""
        self.process.wait(60)
        assert self.process.stdout is not None
        self.process.stdout.close()


class Gateway:
    """A gateway in a process of its own.

    Attributes:
        client: asks it.
        http: the same, without the facade's patience.
        process: its process.
    """

    def __init__(self, process: subprocess.Popen[bytes], url: str) -> None:
        self.process = process
        self.client = Cognitora(base_url=url, api_key=KEY, timeout=150)
        headers = {"Authorization": f"Bearer {KEY}"}
        self.http = httpx.Client(base_url=url, headers=headers, timeout=120, trust_env=False)

    def run(self, session: str, code: str, **headers: str) -> httpx.Response:
        """Ask once to have code run in a session."""
        body = {"code": code, "session_id": session, "networking": False, "timeout_seconds": 100}
        return self.http.post(EXECUTE, json=body, headers=headers)

    def close(self) -> None:
        self.client.close()
        self.http.close()


@contextmanager
def gateways(
    cluster: Cluster, place: str, folder: Path, *databases: str, of_first: Sequence[str] = ()
) -> Iterator[list[Gateway]]:
    """One for each URL of their database, with pods in the namespace `place`. They are killed at the end.

    `of_first`: more options of the first.
    """
    with ExitStack() as stack:
        starting = []
        for number, database in enumerate(databases):
            options = ["--api-key", KEY, *ISOLATED, "--warm-kernels", "1", "--database", database]
            options += ["--data-dir", str(folder / f"data-{number}"), *([] if number else of_first)]
            log = folder / f"stderr-{number}"
            starting.append(Starting(cluster.kubeconfig, place, log, *options))
            stack.callback(starting[-1].end)
        found = []
        for each in starting:
            found.append(Gateway(each.process, each.ready()["base_url"]))
            stack.callback(found[-1].close)
        yield found
