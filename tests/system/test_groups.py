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


WRITING = """
import os
from pathlib import Path

import pytest

LOG = Path(__file__).parent.parent / "log"


@pytest.fixture(autouse=True)
def _logged(request):
    with LOG.open("a", buffering=1) as log:
        print("begins", request.node.originalname, file=log)
        yield
        print("ends", request.node.originalname, file=log)
"""

ALONE = f"""{WRITING}

def until_others_run():
    while LOG.read_text().count("ends test_other") < 2:
        os.sched_yield()


def test_first():
    until_others_run()


@pytest.mark.alone
@pytest.mark.parametrize("number", range(5))
def test_alone(number): ...


def test_last(): ...
"""

OTHERS = f"""{WRITING}

@pytest.mark.parametrize("number", range(300))
def test_other(number):
    while number == 100 and "begins test_last" not in LOG.read_text():
        os.sched_yield()
"""


def run(folder: Path, workers: int, plugins: list[str], **files: str) -> str:
    """What pytest prints of a run of these files of tests."""
    (folder / "conftest.py").write_text(f"pytest_plugins = {plugins}")
    (folder / "tests").mkdir()
    for name, text in files.items():
        (folder / "tests" / f"{name}.py").write_text(text)
    command = [*(sys.executable, "-m", "pytest", f"-n{workers}", "--dist", "loadscope")]
    command += [
        "--no-loadscope-reorder",
        "--rootdir",
        str(folder),
        "-c",
        str(ROOT / "pyproject.toml"),
    ]
    ended = subprocess.run(
        [*command, str(folder / "tests")], cwd=folder, capture_output=True, text=True, timeout=100
    )
    return ended.stdout


def test_what_had_its_worker_die_is_begun_once(tmp_path: Path) -> None:
    printed = run(tmp_path, 1, ["tests.groups"], test_dying=TESTS)
    assert "1 failed, 2 passed" in printed, printed
    assert (tmp_path / "begun").read_text() == "x"


def test_those_that_want_the_machine_alone_have_it_one_after_the_other(tmp_path: Path) -> None:
    printed = run(
        tmp_path, 2, ["tests.alone", "tests.groups"], test_alone=ALONE, test_others=OTHERS
    )
    assert "307 passed" in printed, printed
    lines = (tmp_path / "log").read_text().splitlines()
    began = lines.index("begins test_alone")
    assert lines[began : began + 10] == ["begins test_alone", "ends test_alone"] * 5
    before, after = lines[:began], lines[began + 10 :]
    assert before.index("ends test_last") < began  # the last of their group
    assert not any("test_alone" in line for line in after)
    assert set(after) <= {"begins test_other", "ends test_other"}
    assert before.count("begins test_other") == before.count("ends test_other")
