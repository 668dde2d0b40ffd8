"""The tests run as anywhere, whatever signals who starts them has ignored or blocked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

TEST = """
import signal

SAME = {signal.SIGPIPE, signal.SIGXFSZ}  # Python ignores them by itself


def test_signals():
    ignored = {each for each in signal.valid_signals() if signal.getsignal(each) is signal.SIG_IGN}
    assert ignored == SAME
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, [])
"""

STARTS = """
import os, signal, sys
for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGCHLD):
    signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGUSR1])
os.execv(sys.executable, [sys.executable, "-m", "pytest", "-n1", *sys.argv[1:]])
"""


def test_nothing_is_ignored_or_blocked_by_inheritance(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["tests.background"]')
    (tmp_path / "test_signals.py").write_text(TEST)
    command = [sys.executable, "-c", STARTS, "-c", str(ROOT / "pyproject.toml"), str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert run.returncode == 0, run.stdout
