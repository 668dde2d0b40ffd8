"""Gateways of one cluster that share their records."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx

from cognitora import Cognitora
from tests.kubernetes.cluster import Cluster
from tests.kubernetes.pods import PYTHON

KEY = "cgk_of_the_tests"
EXECUTE = "/api/v1/interpreter/execute"
SESSIONS = "/api/v1/interpreter/sessions"
EXECUTIONS = "/api/v1/interpreter/executions"


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

    def end(self) -> None:
        self.client.close()
        self.http.close()
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextmanager
def gateways(
    cluster: Cluster, place: str, folder: Path, *databases: str
) -> Iterator[list[Gateway]]:
    """One for each URL of their database, with pods in the namespace `place`. They are killed at the end."""
    with ExitStack() as stack:
        environment = {**os.environ, "KUBECONFIG": str(cluster.kubeconfig)}
        processes = []
        for number, database in enumerate(databases):
            command = [sys.executable, "-P", "-m", "cognitora_local", "--backend", "kubernetes"]
            command += ["--namespace", place, "--sandbox-image", PYTHON, "--api-key", KEY]
            command += ["--runtime-class", "isolated", "--no-networking"]
            command += ["--warm-kernels", "1"]
            command += ["--parent", str(os.getpid()), "--database", database]
            command += ["--data-dir", str(folder / f"data-{number}")]
            log = stack.enter_context((folder / f"stderr-{number}").open("wb"))
            processes.append(
                subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=environment)
            )
        found = []
        for number, process in enumerate(processes):
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                process.kill()
            assert line, (folder / f"stderr-{number}").read_text()
            ready: dict[str, Any] = json.loads(line)
            found.append(Gateway(process, ready["base_url"]))
            stack.callback(found[-1].end)
        yield found
