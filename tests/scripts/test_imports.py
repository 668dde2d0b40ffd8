"""What `make imports` fails on, in copies of the project."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import grimp
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
        ("cognitora_local/engine/attachment.py", "cognitora_local.store.models", "at the bottom"),
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


def room_of(module: str) -> str:
    """As the picture calls it; nothing for what lies at the root of a package, and isn't in the picture."""
    package, *parts = module.split(".")
    if package == "cognitora_openapi":
        return package
    if not parts:
        return ""
    file = ROOT / package / f"{parts[0]}.py"
    return parts[0] if not file.exists() or parts[0] == "__main__" else f"{parts[0]}.py"


def test_the_picture_of_the_rooms_is_as_they_are() -> None:
    """Each arrow is an import, and each import between rooms goes along arrows."""
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    arrows = set(re.findall(r"^ +(\S+) --> (\S+)$", text, re.MULTILINE))
    rooms = {room for arrow in arrows for room in arrow}
    graph = grimp.build_graph(
        "cognitora",
        "cognitora_local",
        "cognitora_openapi",
        exclude_type_checking_imports=True,
        cache_dir=None,
    )
    imports = {
        (room_of(module), room_of(imported))
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
    }
    imports = {(one, other) for one, other in imports if one != other and {one, other} <= rooms}
    reached = set(arrows)
    while further := {(a, d) for a, b in reached for c, d in arrows if b == c} - reached:
        reached |= further
    assert arrows - imports == set()
    assert imports - reached == set()
