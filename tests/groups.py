"""Which tests one worker runs, of those that share what takes long to start.

The files of a folder that share an engine, a runtime or a host are one group; every other file is
one of its own. The groups that take longest begin first, so that none is left over at the end.
"""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parent
FOLDERS = (
    "compute",
    "security/containers",
    "engine/containers",
    "security",
    "engine",
    "sandbox",
)


# They use the one outside world that a machine can have (tests/sandbox/world.py). In one worker, as who
# waited for another's would keep a test that wants the machine alone from beginning, for ever.
NETWORKS = ("test_network.py", "test_container_network.py")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not hasattr(config, "workerinput"):
        return
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    items.sort(key=_order)


def _folder(item: pytest.Item) -> str:
    return item.path.parent.relative_to(ROOT).as_posix() if item.path.is_relative_to(ROOT) else ""


def _group(item: pytest.Item) -> str:
    if item.path.name in NETWORKS:
        return "networks"
    folder = _folder(item)
    return folder if folder in FOLDERS else item.path.relative_to(ROOT).as_posix()


def _order(item: pytest.Item) -> int:
    folder = _folder(item)
    return FOLDERS.index(folder) if folder in FOLDERS else len(FOLDERS)
