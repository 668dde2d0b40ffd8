"""Every snippet of the README and the docs runs, in order, as typed; so do the examples."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Runtime
from tests.needs import CONTAINERS, IS_ROOT, need_root

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
# `print(expression)  # what it prints`, as the pages write it.
PROMISE = re.compile(r"^\s*print\(.*\)\s+# (?P<printed>.+)$")
# Comments that describe what is printed instead of quoting it.
DESCRIPTION = ("the ", "found ")


def python_blocks(page: Path) -> list[str]:
    return re.findall(r'^```python(?: title="[^"]+")?\n(.*?)^```', page.read_text(), re.M | re.S)


def promises(code: str) -> list[str]:
    found = [match["printed"] for match in map(PROMISE.match, code.splitlines()) if match]
    return [printed for printed in found if not printed.startswith(DESCRIPTION)]


@pytest.fixture(scope="session")
def environment(
    runtime: Runtime,
    images: list[str],
    container_store: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, str]:
    """What a program needs to use the shared runtime, and to give one of its own the tests' images."""
    cache = tmp_path_factory.mktemp("cache")
    (cache / "cognitora").mkdir()
    (cache / "cognitora" / "containers").symlink_to(container_store)
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")},
        "COGNITORA_BASE_URL": runtime.base_url,
        "COGNITORA_API_KEY": runtime.api_key,
        "COGNITORA_LOCAL_IMAGES": " ".join(images[1::2]),
        "XDG_CACHE_HOME": str(cache),
        "PYTHONWARNINGS": "error",
    }


def run(arguments: list[str], environment: dict[str, str], folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def that_can_run(blocks: list[str]) -> list[str]:
    """As an ordinary user, without those of containers."""
    return blocks if IS_ROOT else [block for block in blocks if ".containers." not in block]


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if python_blocks(page)],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_the_snippets_of_a_page_run_and_print_what_they_promise(
    page: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    blocks = that_can_run(python_blocks(page))
    program = tmp_path / "page.py"
    program.write_text("\n".join(blocks))
    printed = run([str(program)], environment, tmp_path)
    position = 0
    for promise in promises(program.read_text()):
        assert promise in printed[position:], f"{promise!r} is not in {printed[position:]!r}"
        position = printed.index(promise, position) + len(promise)


# What the last step of each example prints.
PRINTED = {
    "agent.py": "Attempt 2: the test passes\nSTEPS = {",
    "container_job.py": "It ended as CANCELLED, after 5 epochs.",
    "containers.py": "Cancelled, after: on it",
    "data_analysis.py": "data-analysis-output/image-1.png",
    "fan_out.py": "24 of 24 simulations say that pi is about 3.14",
    "quickstart.py": "quickstart-output/image-1.png",
    "web_server.py": "<body><h1>Hello from Python 3.",
}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_runs(example: Path, environment: dict[str, str], tmp_path: Path) -> None:
    if re.search(r"\bcontainers\b", example.read_text()):
        need_root(CONTAINERS)
    assert PRINTED[example.name] in run([str(example)], environment, tmp_path)


def test_the_quickstart_saves_a_plot(environment: dict[str, str], tmp_path: Path) -> None:
    printed = run([str(ROOT / "examples" / "quickstart.py")], environment, tmp_path)
    assert "Hello from a sandbox!" in printed
    assert "The session remembers: (15, 47)" in printed
    assert re.search(r"wave +damped\nmean", printed)
    path = Path(printed.rsplit("The plot is in ", 1)[1].strip())
    assert path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_commands_of_a_page_name_targets_that_exist(page: Path) -> None:
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.M)
    named = re.findall(r"^make ([\w-]+)", page.read_text(), re.M)
    assert set(named) <= set(targets)
