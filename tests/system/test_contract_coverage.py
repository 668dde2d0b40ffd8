"""Whether each operation was exercised is put together from all workers, and can fail."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import contract as contracts
from tests.exercised import OPERATIONS, missing
from tests.needs import IS_ROOT
from tests.users import skip_without_sandboxes

ROOT = Path(__file__).resolve().parents[2]
SUITE = """
import os, time
from pathlib import Path

def exercise(contract, status):
    for name in contract.operations:
        contract.exercised[name].add(status)

def test_well(contract):
    exercise(contract, 200)
    wait("well", "badly")

def test_badly(contract):
    exercise(contract, {status})
    wait("badly", "well")

def wait(mine, other):  # for the test in the other worker
    Path(mine).touch()
    while "PYTEST_XDIST_WORKER" in os.environ and not Path(other).exists():
        time.sleep(0.01)
"""


@pytest.mark.parametrize(("workers", "status"), [("0", 201), ("2", 201), ("2", 404)])
def test_a_run_that_left_an_answer_out_fails(tmp_path: Path, workers: str, status: int) -> None:
    (tmp_path / "test_some.py").write_text(SUITE.replace("{status}", str(status)))
    (tmp_path / "pytest.ini").write_text("[pytest]\ntestpaths = .\n")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    environment |= {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    options = ["-p", "xdist", "-p", "tests.exercised", "-m", "not long", "-n", workers]

    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )

    if status == 404:
        assert done.returncode == 0, done.stdout
        assert "5 passed" in done.stdout
    else:
        skip_without_sandboxes()  # then nothing is asked for
        assert done.returncode == 1, done.stdout
        # Who isn't root has no containers, and so what may be of them isn't asked for.
        assert ("3 failed, 2 passed" if IS_ROOT else "1 failed, 2 passed, 2 skipped") in done.stdout
        for name, operation in contracts.load().operations.items():
            if IS_ROOT or "interpreter" in operation["tags"]:
                assert f"'{name}': [200, 201]" in done.stdout


def test_what_is_missing() -> None:
    seen = {"one": {200, 404}, "two": {200}, "three": {500}}
    assert missing(seen, ["one", "two", "three", "four"]) == {
        "two": [200],
        "three": [500],
        "four": [],
    }


def test_each_operation_belongs_to_what_is_judged() -> None:
    operations = contracts.load().operations
    assert {tag for operation in operations.values() for tag in operation["tags"]} == set(
        OPERATIONS
    )
