"""Tests that are marked `alone` have the machine to themselves: the run's other workers wait.

For those that measure the machine, and those that look at all that is on it.
"""

from __future__ import annotations

import fcntl
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

_FOLDER = "alone"
_MADE = pytest.StashKey[tempfile.TemporaryDirectory[str]]()
_TURN = pytest.StashKey["Turn"]()


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
def pytest_runtest_protocol(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, object, object]:
    told = getattr(item.config, "workerinput", {})
    if _FOLDER not in told:
        return (yield)
    if _TURN not in item.config.stash:
        item.config.stash[_TURN] = Turn(Path(told[_FOLDER]))
    turn = item.config.stash[_TURN]
    turn.begin(alone=is_alone(item))
    try:
        return (yield)
    finally:
        if not (is_alone(item) and nextitem is not None and is_alone(nextitem)):
            turn.end()


def is_alone(item: pytest.Item) -> bool:
    return item.get_closest_marker("alone") is not None


class Turn:
    """A worker's turn to run a test: among the others, or alone.

    Who waits to be alone keeps others from beginning, so that it gets its turn, and has it for all such
    tests that follow one another: the others wait once.
    """

    def __init__(self, folder: Path) -> None:
        self._begin = (folder / "begin").open("w")
        self._run = (folder / "run").open("w")
        self._alone = False

    def begin(self, *, alone: bool) -> None:
        if self._alone:
            return
        fcntl.flock(self._begin, fcntl.LOCK_EX)
        fcntl.flock(self._run, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(self._begin, fcntl.LOCK_UN)
        self._alone = alone

    def end(self) -> None:
        """By itself, not by closing the file: a child that was forked has it too."""
        fcntl.flock(self._run, fcntl.LOCK_UN)
        self._alone = False
