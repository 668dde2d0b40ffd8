from __future__ import annotations

from pathlib import Path

from tests.pytest_cognitora.conftest import Run
from tests.system.test_snippets import ROOT, python_blocks


def test_the_tests_of_the_docs_pass_and_from_their_recordings_too(folder: Path, alone: Run) -> None:
    readme = [block for block in python_blocks(ROOT / "README.md") if block.startswith("def test_")]
    for number, block in enumerate([*python_blocks(ROOT / "docs" / "testing.md"), *readme]):
        name = "conftest.py" if "cognitora_options" in block else f"test_{number}.py"
        (folder / name).write_text(block)
    alone("--cognitora-record", passed=7)
    assert [each.stem for each in (folder / "recordings").rglob("*.json")] == ["test_a_report"]
    alone(passed=7)
