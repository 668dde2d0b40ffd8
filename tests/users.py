"""As an ordinary user, what needs root on this machine is skipped, with the reason.

A test that needs root is marked `root(REASON)`, and a fixture that does calls `need_root(REASON)`
(tests/needs.py has the reasons).
What only some machines give to ordinary users (sandboxes) is tried first.
"""

from __future__ import annotations

import asyncio
import tempfile
from functools import cache
from pathlib import Path

import pytest

from cognitora_local.sandbox import Host, SandboxError
from tests.needs import IS_ROOT, need_root

ROOT = Path(__file__).parent
# Those start sandboxes and containers, and so does everything that uses one of these fixtures.
FOLDERS = ("containers", "engine", "kernel", "runtime", "sandbox", "security")
FILES = ("facade/test_local.py", "system/test_fresh_clone.py")
FIXTURES = {"runtime", "engine_runtime", "environment"}


def pytest_runtest_setup(item: pytest.Item) -> None:
    if mark := item.get_closest_marker("root"):
        need_root(*mark.args)
    if _needed(item):
        skip_without_sandboxes()


def skip_without_sandboxes() -> None:
    if not IS_ROOT and (reason := refusal()):
        pytest.skip(reason)


def _needed(item: pytest.Item) -> bool:
    path = item.path.relative_to(ROOT).as_posix() if item.path.is_relative_to(ROOT) else ""
    fixtures = set(getattr(item, "fixturenames", ()))
    return path.startswith(FOLDERS) or path in FILES or bool(FIXTURES & fixtures)


@cache
def refusal() -> str:
    """Why this user can have no sandbox here; empty where one can be had."""

    async def probe(folder: Path) -> None:
        await (await Host.probe(folder)).close()

    with tempfile.TemporaryDirectory() as folder:
        try:
            asyncio.run(probe(Path(folder, "data")))
        except SandboxError as error:
            return f"needs root here: {error}"
    return ""
