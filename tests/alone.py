"""Tests that are marked `alone` have the machine to themselves: the run's other workers wait.

For those that measure the machine, and those that look at all that is on it.
"""

from __future__ import annotations

import fcntl
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

_FOLDER = "alone"
_MADE = pytest.StashKey[tempfile.TemporaryDirectory[str]]()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Where the workers are started: tell each where the locks are."""
    stash = node.config.stash
    if _MADE not in stash:
        stash[_MADE] = tempfile.TemporaryDirectory()
    node.workerinput[_FOLDER] = stash[_MADE].name


def pytest_unconfigure(config: pytest.Config) -> None:
    if _MADE in config.stash:
        config.stash[_MADE].cleanup()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    told = getattr(item.config, "workerinput", {})
    if _FOLDER not in told:
        return (yield)
    with _turn(Path(told[_FOLDER]), alone=item.get_closest_marker("alone") is not None):
        return (yield)


@contextmanager
def _turn(folder: Path, *, alone: bool) -> Iterator[None]:
    """Among the others, or alone. Who waits keeps others from beginning, so that it gets its turn."""
    with (folder / "begin").open("w") as begin, (folder / "run").open("w") as run:
        fcntl.flock(begin, fcntl.LOCK_EX)
        fcntl.flock(run, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(begin, fcntl.LOCK_UN)
        try:
            yield
        finally:
            fcntl.flock(run, fcntl.LOCK_UN)  # by itself: a child that was forked has the file too
