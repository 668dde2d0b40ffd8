"""A run in which no test begins or ends any more says what hangs and what has failed, and ends.

The time limit of pytest's faulthandler is for a test. It knows nothing of a worker that was stopped, that
waits for another, or whose death isn't seen since a child of its holds its pipes.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import threading
import time
from collections.abc import Generator
from contextlib import suppress
from typing import Any

import psutil
import pytest
from _pytest.faulthandler import fault_handler_stderr_fd_key

_MOVES_WITHIN_S = 900
_DUMPS_WITHIN_S = 5


def pytest_report_header() -> str:
    """Where a log breaks off, this tells what took so long: the tests, or what came before."""
    return f"began: {time.strftime('%X')}"


@pytest.hookimpl(trylast=True)
def pytest_exception_interact(node: pytest.Item | pytest.Collector) -> None:
    """Have what follows a failure keep to the time limit too: pytest's own ends with one."""
    stderr = node.config.stash.get(
        fault_handler_stderr_fd_key, None
    )  # that of a worker, uncaptured
    if stderr is None or not isinstance(node, pytest.Item) or node.config.getoption("usepdb"):
        return
    if seconds := float(node.config.getini("faulthandler_timeout") or 0):
        faulthandler.dump_traceback_later(seconds, file=stderr, exit=True)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Where the workers are started, once: watch them."""
    plugins = node.config.pluginmanager
    if not plugins.has_plugin(Watch.__name__):
        plugins.register(Watch(), Watch.__name__)


class Watch:
    """What runs, by its id, and when a test last began or ended."""

    def __init__(self) -> None:
        self._running: set[str] = set()
        self._failures: list[str] = []
        self._moved = time.monotonic()
        self._over = threading.Event()
        threading.Thread(target=self._look, daemon=True).start()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._running.add(nodeid)
        self._moved = time.monotonic()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._failures.append(
                f"{report.nodeid} failed in its {report.when}:\n{report.longreprtext}"
            )

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self._running.discard(nodeid)
        self._moved = time.monotonic()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        try:
            return (yield)
        finally:
            self._over.set()

    def _look(self) -> None:
        while (left := self._moved + _MOVES_WITHIN_S - time.monotonic()) > 0:
            if self._over.wait(min(left, 1)):
                return
        hanging = sorted(self._running)  # before any of them is ended
        failures = [*self._failures]
        states = [_aborted(child) for child in psutil.Process().children()]
        for failure in failures:
            _say(f"\n{failure}")
        # Last, as the end of a log is what is kept of it and looked at.
        _say("\n".join(("", *states)))
        _say(f"no test has begun or ended for {_MOVES_WITHIN_S} s; these had begun:")
        for nodeid in hanging:
            _say(f"{nodeid} failed: it hangs, or another that had begun keeps it waiting")
        os._exit(1)


def _aborted(child: psutil.Process) -> str:
    """What a worker did: pytest's faulthandler has it say where it is when it is aborted."""
    try:
        state = child.status()
        started = [
            (each.pid, each.name(), each.status()) for each in child.children(recursive=True)
        ]
        _say(f"\n{child.pid} is {state}; it has started {started}")
        child.send_signal(signal.SIGABRT)
        child.resume()
        with suppress(psutil.TimeoutExpired):
            child.wait(_DUMPS_WITHIN_S)
    except psutil.Error as error:
        return f"{child.pid}: {error}"
    return f"{child.pid} was {state}"


def _say(line: str) -> None:
    os.write(sys.__stderr__.fileno(), f"{line}\n".encode())  # type: ignore[union-attr]  # it is there
