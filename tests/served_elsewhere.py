"""`--base-url URL`: the tests that speak to a shared runtime by its API alone, with that one in its place.

Whoever answers there has to know the keys and the images of these tests. The others aren't run.
"""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.conftest import KEYS

_SESSIONS = "/api/v1/interpreter/sessions"
_SHARED = {"runtime", "engine_runtime", "attacked"}
"""The fixtures that this takes the place of."""
_OF_THIS_MACHINE = {"engine", "http_of", "service", "start", "world"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--base-url", default="", help="of a runtime that is there already")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--base-url"):
        left_out = [item for item in items if not _speaks_to_a_shared_one(item)]
        items[:] = [item for item in items if _speaks_to_a_shared_one(item)]
        config.hook.pytest_deselected(items=left_out)


@pytest.fixture(autouse=True)
def _sessions_end_with_their_test(pytestconfig: pytest.Config) -> Iterator[None]:
    """Tests leave theirs to the runtime's end, and a cluster hasn't room for those of all."""
    if not (base_url := pytestconfig.getoption("--base-url")):
        yield
        return
    headers = {"Authorization": f"Bearer {KEYS[0]}"}
    with httpx.Client(base_url=base_url, headers=headers, timeout=90) as http:
        before = _sessions(http)
        yield
        for each in _sessions(http) - before:
            http.delete(f"{_SESSIONS}/{each}")


def _sessions(http: httpx.Client) -> set[str]:
    return {each["session_id"] for each in http.get(_SESSIONS).json()["data"]["sessions"]}


def _speaks_to_a_shared_one(item: pytest.Item) -> bool:
    """Whether it uses one, and beside it nothing that is on this machine."""
    info = item._fixtureinfo if isinstance(item, pytest.Function) else None
    left = [*info.initialnames] if info else []
    used = set[str]()
    while left:
        name = left.pop()
        used.add(name)
        if info and name not in _SHARED:
            found = info.name2fixturedefs.get(name) or ()
            left += [each for made in found[-1:] for each in made.argnames if each not in used]
    return bool(used & _SHARED) and not used & _OF_THIS_MACHINE
