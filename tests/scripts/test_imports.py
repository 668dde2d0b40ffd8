"""What `make imports` fails on, in copies of the project."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.lint_size import MOST_LINES, too_long

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("cognitora", "cognitora_local", "scripts")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__", "node_modules")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "imported", "said"),
    [
        ("cognitora/poll.py", "cognitora_local.parent", "side by side"),
        ("cognitora_local/parent.py", "cognitora.poll", "side by side"),
        ("cognitora/poll.py", "scripts.lint_size", "side by side"),
        ("cognitora_local/sandbox/limits.py", "cognitora_local.engine.errors", "at the bottom"),
        ("cognitora_local/http/errors.py", "cognitora_local.interpreter.session", "at the bottom"),
        ("cognitora_local/engine/byte_stream.py", "cognitora_local.store.models", "at the bottom"),
        ("cognitora_local/kernel/outputs.py", "cognitora_local.http.errors", "at the bottom"),
        ("cognitora/statuses.py", "cognitora._async.container_logs", "No cycle"),
        ("cognitora_local/sandbox/cgroup.py", "cognitora_local.sandbox.cgroup_v1", "No cycle"),
    ],
)
def test_an_import_the_wrong_way(copy: Path, file: str, imported: str, said: str) -> None:
    changed = copy / file
    changed.write_text(f"{changed.read_text()}\nimport {imported}\n")
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-logo", "--no-cache"]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    names_and_verdicts = re.split(" (KEPT|BROKEN)", " ".join(done.stdout.split()))
    broken = zip(names_and_verdicts[::2], names_and_verdicts[1::2], strict=False)
    assert any(said in name for name, verdict in broken if verdict == "BROKEN")


def test_a_long_file(copy: Path) -> None:
    assert list(too_long(copy)) == []
    (copy / "scripts" / "long.py").write_text("\n" * (MOST_LINES + 1))
    (said,) = too_long(copy)
    assert said == f"scripts/long.py has {MOST_LINES + 1} lines, more than {MOST_LINES}: divide it."
