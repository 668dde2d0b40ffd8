"""The command line, as a process of its own on a real runtime."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

import pytest

from cognitora import Cognitora, InterpreterSession
from tests.cli.pty import Terminal
from tests.conftest import Runtime

LONG = 120
"""Seconds that a command may take on a machine with much to do."""

T = TypeVar("T")
Done = subprocess.CompletedProcess[bytes]
Run = Callable[..., Done]


@pytest.fixture
def environment(runtime: Runtime) -> dict[str, str]:
    """What a shell has that is to use the shared runtime."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("COGNITORA_", "PYTHON")) and name not in ("NO_COLOR", "FORCE_COLOR")
    }
    return {
        **kept,
        "COGNITORA_BASE_URL": runtime.base_url,
        "COGNITORA_API_KEY": runtime.api_key,
        "TERM": "xterm-256color",
    }


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-P", "-m", "cognitora", *map(str, arguments)]


@pytest.fixture
def cognitora(environment: dict[str, str], tmp_path: Path) -> Run:
    """Runs a command through pipes, to its end."""

    def run(*arguments: str | Path, stdin: bytes = b"", **changed: str) -> Done:
        return subprocess.run(
            command(*arguments),
            input=stdin,
            capture_output=True,
            env=environment | changed,
            cwd=tmp_path,
            timeout=LONG,
        )

    return run


@pytest.fixture
def begun(
    environment: dict[str, str], tmp_path: Path
) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts a command with pipes."""
    with ExitStack() as held:

        def begin(*arguments: str | Path) -> subprocess.Popen[bytes]:
            process = subprocess.Popen(
                command(*arguments),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                cwd=tmp_path,
            )
            held.enter_context(process)
            held.callback(process.kill)
            return process

        yield begin


@pytest.fixture
def terminal(environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    """Starts a command in a terminal."""
    with ExitStack() as held:

        def begin(*arguments: str | Path, **changed: str) -> Terminal:
            made = Terminal(command(*arguments), environment | changed, tmp_path)
            return held.enter_context(made)

        yield begin


@pytest.fixture
def client(runtime: Runtime) -> Iterator[Cognitora]:
    with Cognitora(runtime.api_key, runtime.base_url) as made:
        yield made


@pytest.fixture
def session(client: Cognitora) -> Iterator[InterpreterSession]:
    with client.code_interpreter.session() as made:
        yield made


def objects(done: Done) -> list[dict[str, Any]]:
    """What machines read: each line is an object, and people are told nothing."""
    assert done.stderr == b""
    return [json.loads(line) for line in done.stdout.splitlines()]


def until(found: Callable[[], T]) -> T:
    """What is found, once it is something: others are at it."""
    end = time.monotonic() + LONG
    while not (something := found()):
        assert time.monotonic() < end, "it didn't come"
        time.sleep(0.02)
    return something
