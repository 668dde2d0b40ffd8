"""Which tests one worker runs, of those that share what takes long to start.

The files of a folder that share an engine, a runtime or a host are one group; every other file is
one of its own. The groups that take longest begin first, so that none is left over at the end. Those
that want the machine alone are the last of their group, so that others wait for all of them once.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.alone import is_alone

FOLDERS = (
    "containers",
    "engine",
    "engine/containers",
    "runtime/store",
    "sandbox",
    "security",
    "security/containers",
)

# What takes 20 seconds and more on two cores, the longest first (`--durations=0` tells): a group that takes
# long and isn't here begins last, and the others' workers wait for it.
LONGEST = (
    "containers",
    "networks",
    "engine/containers",
    "faults/test_matrix.py",
    "runtime/store",
    "security/containers",
    "security",
    "system/test_snippets.py",
    "system/test_filesystem.py",
    "sandbox",
    "engine",
    "runtime/http/test_schemathesis.py",
    "pytest_cognitora/test_recordings.py",
    "cli/test_commands.py",
    "runtime/processes/test_ending.py",
    "notebook/test_magic.py",
    "system/test_end_to_end_containers.py",
    "cli/test_run.py",
    "cli/test_failures.py",
    "runtime/test_start.py",
    "notebook/test_bars.py",
    "kernel/test_javascript.py",
    "runtime/interpreter/test_filesystem.py",
    "facade/test_deadlines.py",
    "facade/test_local.py",
    "kernel/test_packages.py",
    "runtime/interpreter/test_restart.py",
    "cli/test_containers.py",
    "runtime/interpreter/test_disconnect.py",
    "cli/test_docs.py",
    "runtime/interpreter/test_files.py",
    "facade/test_files.py",
    "pytest_cognitora/test_faults.py",
    "scripts/test_generate.py",
    "kernel/test_bash_stopping.py",
    "faults/test_cuts.py",
    "system/test_published_client.py",
    "runtime/test_accounts.py",
    "kernel/test_javascript_stopping.py",
    "facade/test_proxies.py",
    "facade/test_waiting.py",
    "scripts/test_wheel.py",
    "pytest_cognitora/test_fixtures.py",
    "facade/test_logs.py",
)

# They use the one outside world that a machine can have (tests/sandbox/world.py). In one worker, as who
# waited for another's would keep a test that wants the machine alone from beginning, for ever.
NETWORKS = (
    *("test_network.py", "test_container_network.py", "test_ordinary_user.py"),
    *("test_egress.py", "test_container_egress.py"),
    *("test_exposed_ports.py", "test_container_ports.py"),
)


class ByGroup(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """A group goes to one worker, whole. (xdist's own groups are lost with pytest 9.2.)"""

    def _split_scope(self, nodeid: str) -> str:
        return _group(_file(nodeid))

    def remove_node(self, node: Any) -> str | None:
        """A test with which its worker died isn't run once more (xdist would): the next one would die too."""
        units = self.assigned_work[node].values()
        left = [(unit, test) for unit in units for test, done in unit.items() if not done]
        for unit, test in left[:1]:
            unit[test] = True
        super().remove_node(node)
        return left[0][1] if left else None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByGroup:
    return ByGroup(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):  # they must all have the same order
        items.sort(key=lambda item: (_order(_file(item.nodeid)), is_alone(item)))


def _file(nodeid: str) -> PurePosixPath:
    """Where a test is, from this folder."""
    return PurePosixPath(nodeid.partition("::")[0]).relative_to("tests")


def _group(file: PurePosixPath) -> str:
    if file.name in NETWORKS:
        return "networks"
    folder = file.parent.as_posix()
    return folder if folder in FOLDERS else file.as_posix()


def _order(file: PurePosixPath) -> int:
    group = _group(file)
    return LONGEST.index(group) if group in LONGEST else len(LONGEST)
