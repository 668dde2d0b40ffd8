from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Runtime

_CONFIGURATION = """[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
"""

Run = Callable[..., str]
"""Runs pytest in the folder of the test's files, and gives what it printed."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a user's tests are; that a file is in it is enough."""
    (tmp_path / "pytest.ini").write_text(_CONFIGURATION)
    return tmp_path


@pytest.fixture
def alone(folder: Path) -> Run:
    """pytest as somebody runs it who has nothing but the package."""
    return lambda *options, **counts: _run(folder, options, counts, {})


@pytest.fixture
def shared(folder: Path, runtime: Runtime) -> Run:
    """The same, against the runtime that our tests share."""
    options = ("--cognitora-base-url", runtime.base_url)
    key = {"COGNITORA_API_KEY": runtime.api_key}
    return lambda *more, **counts: _run(folder, (*options, *more), counts, key)


def _run(
    folder: Path, options: tuple[str, ...], counts: dict[str, int], more: dict[str, str]
) -> str:
    inherited = {n: v for n, v in os.environ.items() if not n.startswith(("COGNITORA_", "PYTEST_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options],
        cwd=folder,
        env={**inherited, **more},
        capture_output=True,
        text=True,
        timeout=300,
    )
    printed = done.stdout + done.stderr
    summary = done.stdout.rstrip().splitlines()[-1]
    for kind, count in counts.items():
        assert f"{count} {kind}" in summary, printed
    assert ("failed" in counts or "error" in counts) == (done.returncode != 0), printed
    return printed
