"""Tests that were recorded once, and need no runtime after that."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import KEYS
from tests.pytest_cognitora.conftest import Run

TEST = """
import pytest

@pytest.fixture(scope="session")
def cognitora_secrets():
    return ["hunter2"]

@pytest.mark.cognitora_recorded
def test_sum(cognitora, tmp_path):
    folder = tmp_path / "up"
    folder.mkdir()
    (folder / "a.txt").write_text("hello")
    with cognitora.code_interpreter.session() as session:
        session.upload_folder(folder, "up")
        assert session.run("open('up/a.txt').read()").text == "'hello'"
        code = "import os; print(os.environ['TOKEN']); 'hunter2'"
        secret = session.run(code, environment={"TOKEN": "s3cret" + "-value"})
        assert secret.text
    assert [piece for piece in cognitora.code_interpreter.stream("print(SUM)")]
"""


@pytest.fixture
def recorded(folder: Path, shared: Run) -> Path:
    """The recording of TEST."""
    test = folder / "test_it.py"
    test.write_text(TEST.replace("SUM", "1 + 1"))
    shared("--cognitora-record", passed=1)
    return folder / "recordings" / "test_it" / "test_sum.json"


def test_a_recording_stands_for_the_api(recorded: Path, alone: Run) -> None:
    alone(
        "--cognitora-base-url", "http://127.0.0.1:1", passed=1
    )  # where nobody is, and with no key


def test_no_secret_is_in_a_recording(recorded: Path) -> None:
    text = recorded.read_text()
    assert KEYS[0] not in text
    assert "hunter2" not in text
    assert '"TOKEN": "***"' in text
    assert "authorization" not in text.lower()


def test_what_differs_is_shown(recorded: Path, folder: Path, alone: Run) -> None:
    (folder / "test_it.py").write_text(TEST.replace("SUM", "1 + 2"))
    printed = alone(failed=1, error=1)
    assert '-  "code": "print(1 + 1)"' in printed.replace("   ", "  ")
    assert '+  "code": "print(1 + 2)"' in printed.replace("   ", "  ")
    assert "pytest --cognitora-record writes recordings anew" in printed


def test_what_isnt_sent_any_more_is_told(recorded: Path, folder: Path, alone: Run) -> None:
    shorter = TEST[: TEST.index("    assert [piece")]
    (folder / "test_it.py").write_text(shorter)
    printed = alone(passed=1, error=1)
    assert "was not sent this time" in printed
    assert "POST /api/v1/interpreter/execute" in printed


@pytest.mark.parametrize("content", [None, '{"version": 99, "exchanges": []}'])
def test_without_a_recording_it_says_how_to_make_one(
    folder: Path, alone: Run, content: str | None
) -> None:
    (folder / "test_it.py").write_text(TEST)
    if content is not None:
        file = folder / "recordings" / "test_it" / "test_sum.json"
        file.parent.mkdir(parents=True)
        file.write_text(content)
    assert "pytest --cognitora-record writes" in alone(error=1)


def test_a_recording_may_be_named_and_meet_faults(folder: Path, shared: Run, alone: Run) -> None:
    (folder / "test_it.py").write_text(
        """
import pytest
@pytest.mark.cognitora_recorded("sums.json")
def test_it(cognitora, cognitora_faults):
    cognitora_faults.refuse(429, retry_after=0)
    assert cognitora.code_interpreter.run_python("1 + 1").text == "2"
"""
    )
    shared("--cognitora-record", passed=1)
    exchanges = json.loads((folder / "recordings" / "sums.json").read_text())["exchanges"]
    assert len(exchanges) == 1
    alone(passed=1)
