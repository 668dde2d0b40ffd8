"""How tests are given to the run's workers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

TESTS = """
import os
import signal


def test_before(): ...


def test_dies():
    with open("begun", "a") as begun:
        begun.write("x")
    os.kill(os.getpid(), signal.SIGKILL)


def test_after(): ...
"""


def test_what_had_its_worker_die_is_begun_once(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["tests.groups"]')
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_dying.py").write_text(TESTS)
    command = [*(sys.executable, "-m", "pytest", "-n1", "--dist", "loadscope"), "--rootdir"]
    command += [str(tmp_path), "-c", str(ROOT / "pyproject.toml"), str(tmp_path / "tests")]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100)
    assert "1 failed, 2 passed" in run.stdout, run.stdout
    assert (tmp_path / "begun").read_text() == "x"
