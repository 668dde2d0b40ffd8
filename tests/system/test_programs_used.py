"""A test that uses a program of this machine's fails, however it has found it."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.needs import PROGRAMS, need_root
from tests.programs_used import ProgramOfThisMachine, found

pytestmark = pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="not a Debian")


@pytest.fixture
def installed() -> Iterator[str]:
    """A program that somebody has put on this machine."""
    need_root(PROGRAMS)
    path = Path("/usr/local/bin", f"installed-by-a-test-{os.getpid()}")
    shutil.copyfile(found("true").resolve(), path)
    path.chmod(0o755)
    yield str(path)
    path.unlink()


def test_it_can_not_be_started(installed: str) -> None:
    with pytest.raises(ProgramOfThisMachine, match=installed):
        subprocess.run([installed])
    with pytest.raises(ProgramOfThisMachine, match=installed):
        subprocess.run([Path(installed).name], env={"PATH": "/usr/local/bin"})
    with pytest.raises(ProgramOfThisMachine, match=installed):
        os.posix_spawn(installed, [installed], {})


async def test_nor_by_a_loop(installed: str) -> None:
    with pytest.raises(ProgramOfThisMachine, match=installed):
        await asyncio.create_subprocess_exec(installed)


def test_it_can_not_be_read(installed: str) -> None:
    with pytest.raises(ProgramOfThisMachine, match=installed):
        Path(installed).read_bytes()


def test_one_that_is_not_there_is_told() -> None:
    with pytest.raises(AssertionError, match="no-such-program isn't on this machine"):
        found("no-such-program")


def test_what_any_machine_has_can_be_used() -> None:
    subprocess.run(["true"], check=True)
    subprocess.run(["git", "--version"], check=True, capture_output=True)
