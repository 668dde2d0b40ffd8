"""What docs/terminal.md and the README show is what happens."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.needs import IS_ROOT

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "docs" / "terminal.md", ROOT / "README.md")
SHELL = ["bash", "-c"]
MARK = "@@@"


def shown() -> list[tuple[str, str]]:
    """The commands of the pages, and what they say is printed."""
    text = "".join(page.read_text() for page in PAGES)
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.M | re.S)
    if not IS_ROOT:  # has no containers
        blocks = [block for block in blocks if " container " not in block]
    pieces = "".join(blocks).removeprefix("$ ").split("\n$ ")
    return [(command, printed) for command, _, printed in (each.partition("\n") for each in pieces)]


def test_the_commands_of_the_pages_print_what_they_say(
    environment: dict[str, str], tmp_path: Path
) -> None:
    steps = shown()
    assert len(steps) > 8
    program = tmp_path / "bin" / "cognitora"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m cognitora "$@"\n')
    program.chmod(0o755)
    path = f"{program.parent}:{environment['PATH']}"
    script = f"\necho '{MARK}'\n".join(command for command, _ in steps)
    done = subprocess.run(
        [*SHELL, script],
        env=environment | {"PATH": path},
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )
    printed = [each.strip() for each in done.stdout.split(f"{MARK}\n")]
    assert printed == [each.strip() for _, each in steps], done.stderr
    assert done.stderr == ""
