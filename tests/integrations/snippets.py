"""What the tests go by of docs/frameworks.md: its snippets, and how what it says of the network is seen."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "frameworks.md"

WAYS_OUT = "grep tap /proc/net/dev | wc -l"
"""A command that tells how many interfaces lead out of where it runs."""
WAYS_OUT_CODE = "open('/proc/net/dev').read().count('tap')"
"""Python that does so."""

IMAGE = "docker.io/library/python:3.11-slim"
"""What containers are made of where a session or a container goes."""


def snippet(heading: str) -> str:
    """The Python right below a heading."""
    section = re.split(rf"^##+ {heading}$", PAGE.read_text(), flags=re.M)[1]
    section = re.split("^##+ ", section, flags=re.M)[0]
    found = re.search(r"^```python notest\n(.*?)^```", section, re.M | re.S)
    assert found, section
    return found[1]
