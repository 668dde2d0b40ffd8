"""Starts the local runtime as a child process."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import threading
from collections import deque
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import IO

from .errors import CognitoraError

START_SECONDS = 60.0
"""How long a runtime may take until it is ready. It is ready within 2 s where nothing is amiss."""

STOP_SECONDS = 10.0
"""How long a runtime may take to end its sandboxes before it is killed; their processes die with it."""

KEPT_LINES = 200
"""How much of the runtime's log is kept, for the error if it does not start."""


@dataclass
class LocalRuntime:
    """A runtime that runs as a child of this process.

    Attributes:
        base_url: Where it listens.
        api_key: The key that it takes.
        isolation: How it keeps sandboxes apart, as it says itself.
    """

    base_url: str
    api_key: str = field(repr=False)
    isolation: dict[str, str]
    _process: subprocess.Popen[bytes] = field(repr=False)
    _log: threading.Thread = field(repr=False)
    _owner: int = field(default_factory=os.getpid, repr=False)

    @classmethod
    def start(
        cls,
        *,
        data_dir: str | os.PathLike[str] | None = None,
        python: str | os.PathLike[str] | None = None,
    ) -> LocalRuntime:
        """Starts a runtime and waits until it is ready.

        Args:
            data_dir: Where it keeps its records; by default a temporary folder.
            python: The Python that runs users' code; by default the one that runs this program.

        Raises:
            CognitoraError: It could not be started; the message says why and what to do.
        """
        _check_prerequisites()
        key = f"local_{secrets.token_urlsafe(32)}"
        process = subprocess.Popen(
            _command(data_dir, python),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # By environment, not on the command line, which every user of the machine can read.
            env={**os.environ, "COGNITORA_LOCAL_API_KEY": key},
            # A Ctrl-C is for the program; the runtime is needed while that cleans up.
            start_new_session=True,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        lines: deque[bytes] = deque(maxlen=KEPT_LINES)
        log = threading.Thread(target=_keep, args=(process.stderr, lines), daemon=True)
        log.start()
        try:
            ready = json.loads(_first_line(process.stdout))
            base_url, isolation = ready["base_url"], ready.get("isolation") or {}
        except (ValueError, KeyError, TypeError):
            _stop(process, log)
            said = b"".join(lines).decode("utf-8", "replace").replace(key, "***").strip()
            raise CognitoraError(
                "The local runtime did not start"
                f" (exit status {process.returncode}): {said or 'it said nothing'}"
            ) from None
        except BaseException:
            _stop(process, log)
            raise
        return cls(base_url, key, isolation, process, log)

    def close(self) -> None:
        """Ends the runtime and all its sandboxes; twice is harmless."""
        # A fork of this process has a copy of this object; the runtime is not its to end.
        if os.getpid() == self._owner:
            _stop(self._process, self._log)


def _check_prerequisites() -> None:
    if sys.platform != "linux":
        raise CognitoraError(
            f"A local runtime needs Linux: its sandboxes are made of namespaces and cgroups, which "
            f"{sys.platform} lacks. Use a Linux machine or virtual machine, or the cloud: Cognitora()."
        )
    missing = [
        name
        for name in ("cognitora_local", "starlette", "uvicorn", "jsonschema_rs")
        if not find_spec(name)
    ]
    if missing:
        raise CognitoraError(
            f"The local runtime is not installed ({', '.join(missing)} missing). Run: "
            'pip install "cognitora[local]"'
        )


def _command(
    data_dir: str | os.PathLike[str] | None, python: str | os.PathLike[str] | None
) -> list[str]:
    # -P: a file in the current folder that is named like a module, which may have come out of a
    # sandbox, must not be imported by the runtime.
    command = [sys.executable, "-P", "-m", "cognitora_local", "--port", "0"]
    command += ["--parent", str(os.getpid())]
    if data_dir is not None:
        command += ["--data-dir", os.fspath(data_dir)]
    if python is not None:
        command += ["--python", os.fspath(python)]
    return command


def _first_line(pipe: IO[bytes]) -> bytes:
    """The first line, or what there was of it when the time was up."""
    line: list[bytes] = []
    reader = threading.Thread(target=lambda: line.append(pipe.readline()), daemon=True)
    reader.start()
    reader.join(START_SECONDS)
    return line[0] if line else b""


def _keep(pipe: IO[bytes], lines: deque[bytes]) -> None:
    for line in pipe:
        lines.append(line[:2000])


def _stop(process: subprocess.Popen[bytes], log: threading.Thread) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    log.join(1.0)
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
