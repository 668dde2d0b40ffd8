"""A whole run has to have every operation of `openapi.yaml` answered, well and not well.

It is judged when all tests have ended, wherever they ran: the workers of pytest-xdist tell what
theirs have exercised.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterable, Mapping
from typing import Any, Literal

import pytest

from tests import contract as contracts
from tests.needs import CONTAINERS, IS_ROOT

OPERATIONS = {"interpreter": 25, "compute": 27, "processes": 9}
_TOLD = "exercised"  # by a worker, under this name
_WHOLE = ("not long", "long or not long")
_SEEN: pytest.StashKey[defaultdict[str, set[int]]] = pytest.StashKey()


@pytest.fixture(scope="session")
def contract(pytestconfig: pytest.Config) -> contracts.Contract:
    """The one checker: it remembers what the whole run has exercised."""
    contract = contracts.load()
    contract.exercised = pytestconfig.stash[_SEEN]
    return contract


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_SEEN] = defaultdict[str, set[int]](set)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In a worker: tell."""
    if _is_worker(session.config):
        seen = {name: sorted(statuses) for name, statuses in session.config.stash[_SEEN].items()}
        session.config.workeroutput[_TOLD] = seen  # type: ignore[attr-defined]  # xdist's


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Where the workers are started: hear. A worker that crashed has told nothing."""
    told: Mapping[str, Iterable[int]] = getattr(node, "workeroutput", {}).get(_TOLD, {})
    for name, statuses in told.items():
        node.config.stash[_SEEN][name].update(statuses)


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, bool, bool]:
    """When all tests have ended: judge, as one more test."""
    result = yield
    if not _is_worker(session.config) and _is_whole(session.config):
        for tag in OPERATIONS:
            session.config.hook.pytest_runtest_logreport(report=_judge(session.config, tag))
    return result


def missing(exercised: Mapping[str, set[int]], names: Iterable[str]) -> dict[str, list[int]]:
    """The operations of those names that weren't answered well and not well, with what they were."""
    seen = {name: exercised.get(name, set()) for name in names}
    return {
        name: sorted(statuses)
        for name, statuses in seen.items()
        if {status >= 400 for status in statuses} != {True, False}
    }


def _judge(config: pytest.Config, tag: str) -> pytest.TestReport:
    operations = contracts.load().operations
    names = [name for name, operation in operations.items() if tag in operation["tags"]]
    seen = config.stash[_SEEN]
    absent = missing(seen, names)
    if len(names) != OPERATIONS[tag]:
        return _report(tag, "failed", f"{len(names)} operations have the tag {tag!r}")
    if absent and not IS_ROOT and (reason := _impossible(tag)):
        return _report(tag, "skipped", (__file__, 1, f"Skipped: {reason}"))
    if absent:
        return _report(
            tag, "failed", f"Never answered with a 2xx and with an error, but with: {absent}"
        )
    return _report(tag, "passed", None)


def _impossible(tag: str) -> str:
    """Why an ordinary user can't exercise these here; empty where it is possible."""
    from tests.users import refusal  # a plugin of its own, which pytest is to import first

    return refusal() if tag == "interpreter" else f"needs root: {CONTAINERS}"


def _report(
    tag: str,
    outcome: Literal["passed", "failed", "skipped"],
    words: str | tuple[str, int, str] | None,
) -> pytest.TestReport:
    name = f"every operation of {tag} was exercised"
    place = (__file__, None, name)
    return pytest.TestReport(f"{__name__}::{name}", place, {}, outcome, words, "call")


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _is_whole(config: pytest.Config) -> bool:
    option = config.option
    chosen = option.keyword or option.collectonly or option.deselect or getattr(option, "lf", False)
    return (
        not chosen and option.markexpr in _WHOLE and config.args == list(config.getini("testpaths"))
    )
