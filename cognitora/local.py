"""Starts the local runtime: as a child process, or in a container that ends with this process."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import IO, Protocol

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


IMAGE_VARIABLE = "COGNITORA_LOCAL_ENGINE_IMAGE"

DEFAULT_IMAGE = "cognitora-local"
"""The image that is started where there is no Linux, and none is named."""


class LocalRuntime:
    """A runtime that ends with this process, its child or in a container. It starts at once: `wait` for it.

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
        engine_image: str | None = None,
    ) -> None:
        options = {"data-dir": data_dir, "python": python, "engine": engine}
        options["container-store"] = container_store
        image = image_for(engine_image)
        self.api_key = f"local_{secrets.token_urlsafe(32)}"
        self.base_url = ""
        self.isolation: dict[str, str] = {}
        self._failure: str | None = None
        self._waiting = threading.Lock()
        self._owner = os.getpid()
        self._started: Started
        if image is None:
            _check_prerequisites()
            arguments = [*_given(options), *_mapped(images)]
            self._started = _Child(_command(arguments), self.api_key)
        else:
            from .engine_image.container import RuntimeContainer

            _refuse_folders(options)
            self._started = RuntimeContainer(image, engine, [self.api_key], _mapped(images))

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
            self._started.end()

    def exit_reason(self) -> str | None:
        """How it has ended and what to do about it; None while it lives."""
        # A fork of this process can't ask for a process that isn't its child.
        how = self._started.has_ended() if os.getpid() == self._owner else None
        if how is None:
            return None
        return f"The local runtime of this client has ended ({how}). Make a new client."

    def __repr__(self) -> str:
        return f"LocalRuntime(base_url={self.base_url!r}, isolation={self.isolation!r})"

    def _read_ready_line(self) -> None:
        try:
            self.base_url, self.isolation = ready_of(self._started, [self.api_key])
        except CognitoraError as error:
            self._failure = error.message


class Started(Protocol):
    """A runtime that was started."""

    def ready_line(self, seconds: float) -> bytes: ...
    def reached_at(self, told: str) -> str: ...
    def said(self) -> bytes: ...
    def has_ended(self) -> str | None: ...
    def end(self) -> None: ...


def ready_of(started: Started, keys: Sequence[str]) -> tuple[str, dict[str, str]]:
    """The base URL of a runtime with these keys, and how it isolates, once it is ready.

    Raises:
        CognitoraError: It did not start, and was ended.
    """
    try:
        ready = json.loads(started.ready_line(START_SECONDS))
        return started.reached_at(ready["base_url"]), ready.get("isolation") or {}
    except (ValueError, KeyError, TypeError, AttributeError):
        started.end()
    except BaseException:
        started.end()
        raise
    said = started.said().decode("utf-8", "replace")
    for key in keys:
        said = said.replace(key, "***")
    raise CognitoraError(
        f"The local runtime did not start ({started.has_ended()}): {said.strip() or 'it said nothing'}"
    )


class _Child:
    """A runtime that `command` starts as a child of this process, and that takes `key`."""

    def __init__(self, command: list[str], key: str) -> None:
        self.process = _started(command, key)
        assert self.process.stderr is not None
        self._lines: deque[bytes] = deque(maxlen=KEPT_LINES)
        reading = (self.process.stderr, self._lines)
        self._log = threading.Thread(target=_keep, args=reading, daemon=True)
        self._log.start()

    def ready_line(self, seconds: float) -> bytes:
        assert self.process.stdout is not None
        return _first_line(self.process.stdout, seconds)

    def reached_at(self, told: str) -> str:
        return told

    def said(self) -> bytes:
        return b"".join(self._lines)

    def has_ended(self) -> str | None:
        status = self.process.poll()
        if status is None:
            return None
        return f"killed by signal {-status}" if status < 0 else f"exit status {status}"

    def end(self) -> None:
        _stop(self.process, self._log)


def image_for(named: str | None) -> str | None:
    """The image that is started; None for a child process. Raises InvalidRequestError."""
    if named is not None:
        validation.image("engine_image", named)
        return named
    default = None if sys.platform == "linux" else DEFAULT_IMAGE
    return os.environ.get(IMAGE_VARIABLE) or default


def _refuse_folders(options: Mapping[str, object]) -> None:
    for name, value in options.items():
        if value is not None and name != "engine":
            raise InvalidRequestError(
                f"{name.replace('-', '_')} can't be given to a runtime in a container (engine_image), which "
                "has files of its own. Keep a container with a volume, as the documentation shows, and give "
                "its base_url and api_key to the client."
            )


def _check_prerequisites() -> None:
    missing = [
        name
        for name in ("cognitora_local", "starlette", "uvicorn", "jsonschema_rs")
        if not find_spec(name)
    ]
    if missing:
        raise CognitoraError(
            f"The local runtime is not installed ({', '.join(missing)} missing). Run: "
            'pip install "cognitora[local]>=2"'
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


def _first_line(pipe: IO[bytes], seconds: float) -> bytes:
    """The first line, or what there was of it when the time was up."""
    line: list[bytes] = []
    reader = threading.Thread(target=lambda: line.append(pipe.readline()), daemon=True)
    reader.start()
    reader.join(seconds)
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
