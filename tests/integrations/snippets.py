"""The snippets of docs/frameworks.md, each run where its framework is."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "frameworks.md"


def snippet(heading: str) -> str:
    """The Python below a heading."""
    section = PAGE.read_text().split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    found = re.search(r"^```python notest\n(.*?)^```", section, re.M | re.S)
    assert found, section
    return found[1]
