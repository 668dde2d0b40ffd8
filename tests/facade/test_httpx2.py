"""The generated client speaks by httpx, or by its successor where a program says so: the same tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TESTS = ("test_low_level.py", "test_api.py", "test_authorities.py")

BY_HTTPX2 = """
import sys, httpx2
httpx2.alias_httpx()
import pytest
from cognitora_openapi import exchange
assert exchange.httpx is httpx2
sys.exit(pytest.main(sys.argv[1:]))
"""


def test_the_generated_client_does_the_same_by_httpx2() -> None:
    # Plain: pytest can't rewrite what was imported before it, and says so.
    options = ("-q", "-p", "no:xdist", "-p", "no:cacheprovider", "--assert=plain")
    root = Path(__file__).parents[2]
    paths = [f"tests/facade/{name}" for name in TESTS]
    ran = subprocess.run(
        [sys.executable, "-c", BY_HTTPX2, *options, *paths],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
