"""The page of examples/web_server.py, looked at by a browser."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.browser import browser
from tests.images import Unavailable

EXAMPLE = Path(__file__).parents[2] / "examples" / "web_server.py"


def test_a_browser_shows_what_a_sandbox_serves(tmp_path: Path) -> None:
    """Started as a person does it, whose browser is a program that passes on where it is sent."""
    told = tmp_path / "url"
    program = tmp_path / "browser"
    program.write_text(f'#!/bin/sh\necho "$1" > {told}.part && mv {told}.part {told}\n')
    program.chmod(0o755)
    with subprocess.Popen(
        [sys.executable, str(EXAMPLE), "--open"],
        env=os.environ | {"BROWSER": f"{program} %s"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as example:
        try:
            while not told.exists():
                assert example.poll() is None, "it has ended before"
                time.sleep(0.05)
            url = told.read_text().strip()
            try:
                with browser(tmp_path, network=True) as chromium:
                    page = chromium.visit(url)
                    page.until("answer.textContent")
                    assert page.evaluate("document.querySelector('h1').textContent").startswith(
                        "Hello from Python 3."
                    )
                    assert page.evaluate("answer.textContent") == "The answer is 42."
                    assert page.errors == []
            except Unavailable as error:
                pytest.skip(str(error))
            printed, _ = example.communicate("\n", timeout=60)
        finally:
            example.kill()
    assert example.returncode == 0
    assert f"The server is at {url}" in printed
