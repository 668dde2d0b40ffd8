"""Starts the local runtime as a child process."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping
from importlib.util import find_spec
from typing import IO

from cognitora_openapi.shown import shown

from . import validation
from .errors import CognitoraError, InvalidRequestError

START_SECONDS = 60.0
"""How long a runtime may take until it is ready. It is ready within 2 s where nothing is amiss."""

STOP_SECONDS = 30.0
"""How long a runtime may take to end its sandboxes and containers before it is killed. The processes of its
sandboxes die with it; containers that are left are removed by another runtime, as it starts its engine."""

KEPT_LINES = 200
"""How much of the runtime's log is kept, for the error if it does not start."""


class LocalRuntime:
    """A runtime that runs as a child of this process. It starts at once; `wait` until it is ready.

    The arguments are those of `Cognitora.local`.

    Attributes:
        api_key: The key that it takes.
        base_url: Where it listens; known once it is ready.
        isolation: How it keeps sandboxes apart, as it says itself; known once it is ready.

    Raises:
        CognitoraError: It can't be started here; the message says what is missing.
    """

    def __init__(
        self,
        *,
        data_dir: str | os.PathLike[str] | None = None,
        python: str | os.PathLike[str] | None = None,
        images: Mapping[str, str] | None = None,
        engine: str | None = None,
        container_store: str | os.PathLike[str] | None = None,
    ) -> None:
        _check_prerequisites()
        options = {"data-dir": data_dir, "python": python, "engine": engine}
        options["container-store"] = container_store
        arguments = [*_given(options), *_mapped(images)]
        self.api_key = f"local_{secrets.token_urlsafe(32)}"
        self.base_url = ""
        self.isolation: dict[str, str] = {}
        self._failure: str | None = None
        self._waiting = threading.Lock()
        self._owner = os.getpid()
        self._process = _started(_command(arguments), self.api_key)
        assert self._process.stderr is not None
        self._lines: deque[bytes] = deque(maxlen=KEPT_LINES)
        reading = (self._process.stderr, self._lines)
        self._log = threading.Thread(target=_keep, args=reading, daemon=True)
        self._log.start()

    def wait(self) -> str:
        """Waits until it is ready, which takes a second or two; threads may wait together.

        Returns:
            Its base URL.

        Raises:
            CognitoraError: It did not start; the message says why and what to do.
        """
        with self._waiting:
            if not self.base_url and self._failure is None:
                self._read_ready_line()
        if self._failure is not None:
            raise CognitoraError(self._failure)
        return self.base_url

    def close(self) -> None:
        """Ends the runtime and all its sandboxes; twice is harmless."""
        # A fork of this process has a copy of this object; the runtime is not its to end.
        if os.getpid() == self._owner:
            _stop(self._process, self._log)

    def exit_reason(self) -> str | None:
        """How it has ended and what to do about it; None while it lives."""
        # A fork of this process can't ask for a process that isn't its child.
        status = self._process.poll() if os.getpid() == self._owner else None
        if status is None:
            return None
        how = f"killed by signal {-status}" if status < 0 else f"exit status {status}"
        return f"The local runtime of this client has ended ({how}). Make a new client."

    def __repr__(self) -> str:
        return f"LocalRuntime(base_url={self.base_url!r}, isolation={self.isolation!r})"

    def _read_ready_line(self) -> None:
        assert self._process.stdout is not None
        try:
            ready = json.loads(_first_line(self._process.stdout))
            self.isolation = ready.get("isolation") or {}
            self.base_url = ready["base_url"]
        except (ValueError, KeyError, TypeError, AttributeError):
            _stop(self._process, self._log)
            said = b"".join(self._lines).decode("utf-8", "replace")
            said = said.replace(self.api_key, "***").strip() or "it said nothing"
            status = self._process.returncode
            self._failure = f"The local runtime did not start (exit status {status}): {said}"
        except BaseException:
            _stop(self._process, self._log)
            raise


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


def _started(command: list[str], key: str) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # By environment, not on the command line, which every user of the machine can read.
            env={**os.environ, "COGNITORA_LOCAL_API_KEY": key},
            # A Ctrl-C is for the program; the runtime is needed while that cleans up.
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        why = f"{sys.executable!r} can't be started: {error}"
    raise CognitoraError(f"The local runtime did not start: {why}.")


def _command(arguments: list[str]) -> list[str]:
    if not sys.executable:
        raise CognitoraError(
            "A local runtime is started by the Python that runs this program, which doesn't know where it "
            "is (sys.executable is empty), as where Python is embedded in another program. Start `python -m "
            "cognitora_local` yourself, and pass its base_url and api_key to the client."
        )
    # -P: a file in the current folder that is named like a module, which may have come out of a
    # sandbox, must not be imported by the runtime.
    command = [sys.executable, "-P", "-m", "cognitora_local", "--port", "0"]
    return [*command, "--parent", str(os.getpid()), *arguments]


def _given(options: Mapping[str, str | os.PathLike[str] | None]) -> list[str]:
    """The options that have a value; in one word, so that no value is taken for an option."""
    return [
        f"--{name}={_path(name, value)}" for name, value in options.items() if value is not None
    ]


def _path(option: str, value: object) -> str:
    text = os.fspath(value) if isinstance(value, str | os.PathLike) else None
    if not isinstance(text, str) or "\0" in text:
        name = option.replace("-", "_")
        raise InvalidRequestError(
            f"{name} must be text without NUL, or a path, not {shown(value)}."
        )
    return text


def _mapped(images: Mapping[str, str] | None) -> list[str]:
    """The options that say what stands for images."""
    if images is not None and not isinstance(images, Mapping):
        raise InvalidRequestError(
            "images must be a dictionary from the names that programs use to the images that stand for "
            "them, such as {'python:3.11': '127.0.0.1:5000/python:3.11'}."
        )
    for name, reference in (images or {}).items():
        for text in (name, reference):
            validation.image("images", text)
    return [f"--image={name}={reference}" for name, reference in (images or {}).items()]


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
