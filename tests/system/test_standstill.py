"""A run of tests that stands still, for whatever reason, says so and ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

CONFIGURATION = """
from tests import standstill

begun = set()


def pytest_runtest_logstart(nodeid):
    begun.add(nodeid)
    if len(begun) == 3:
        standstill._MOVES_WITHIN_S = 3
"""

TESTS = """
import os
import signal


def test_fails():
    assert "this is why" == ""


def test_is_stopped():
    os.kill(os.getpid(), signal.SIGSTOP)


def test_is_killed_while_a_child_holds_its_pipes():
    if os.fork() == 0:
        signal.alarm(60)
        signal.pause()
    os.kill(os.getpid(), signal.SIGKILL)
"""


FAILS_AND_HANGS = """
import signal

import pytest


@pytest.fixture
def hangs():
    yield
    signal.pause()


def test_fails_and_hangs(hangs):
    assert "this is why" == ""


def test_passes():
    pass
"""


def test_a_run_that_stands_still_ends_and_says_what_hangs(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFIGURATION)
    said = said_by(tmp_path, TESTS, "-n3")
    assert "no test has begun or ended for 3 s" in said
    assert "test_hanging.py::test_is_stopped" in said
    assert " is stopped; it has started []" in said
    assert "(most recent call first)" in said
    assert "test_is_killed_while_a_child_holds_its_pipes" in said
    assert "this is why" in said
    *_, last = said.rpartition("\n\n")
    assert " was stopped\n" in last
    assert "test_hanging.py::test_is_stopped failed: it hangs" in last


def test_what_follows_a_failure_keeps_to_the_time_limit(tmp_path: Path) -> None:
    said = said_by(tmp_path, FAILS_AND_HANGS, "-n1", "-o", "faulthandler_timeout=1")
    assert "in hangs" in said
    assert "this is why" in said
    assert "2 failed, 1 passed" in said


def said_by(folder: Path, tests: str, *options: str) -> str:
    """What a run that fails says."""
    (folder / "test_hanging.py").write_text(tests)
    command = [sys.executable, "-m", "pytest", "-p", "tests.standstill", *options]
    command += ["-c", str(ROOT / "pyproject.toml"), str(folder)]
    with (folder / "told").open("w+") as told:
        run = subprocess.run(command, cwd=ROOT, stdout=told, stderr=told, timeout=100)
        told.seek(0)
        said = told.read()
    assert run.returncode == 1
    return said
