"""The cells of docs/notebook.md and of the README, executed in order."""

from __future__ import annotations

import re
from pathlib import Path

from tests.browser import Browser
from tests.notebook.notebooks import execute

ROOT = Path(__file__).resolve().parents[2]
CELLS = [
    *re.findall(
        r"^```(?:ipython|python)\n(.*?)^```",
        (ROOT / "docs" / "notebook.md").read_text(),
        re.M | re.S,
    ),
    "%load_ext cognitora",
    *re.findall(r"^```ipython\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S),
]
# A cell whose value is told: `expression  # value`.
PROMISE = re.compile(r"^[^#\n]+  # (\S+)$")


def test_the_cells_run_and_show_what_they_promise(
    environment: dict[str, str], tmp_path: Path, chromium: Browser, pages: Path
) -> None:
    executed = execute(CELLS, tmp_path, environment)
    promised = 0
    for number, cell in enumerate(CELLS):
        assert executed.error(number) is None, cell
        assert "UsageError" not in executed.text(number), cell
        if match := PROMISE.match(cell):
            promised += 1
            assert match[1] in executed.text(number)
    assert promised
    page = chromium.open(executed.page(pages / "docs.html"))
    page.screenshot(pages / "docs.png")
    assert page.evaluate("document.querySelectorAll('.jp-OutputArea-output table').length") == 2
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.errors == []
