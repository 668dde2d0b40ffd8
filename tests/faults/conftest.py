from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec

import pytest

# The facade's tests drive both facades by the same fixtures.
from tests.facade.conftest import (  # noqa: F401 - fixtures are used by their names
    _no_settings_from_outside,
    make_client,
    no_pauses,
)
from tests.faults.service import Service

PARSERS = ("h11", "httptools")


@pytest.fixture
def service() -> Iterator[Service]:
    """A service that works."""
    with closing(Service()) as service:
        yield service


@pytest.fixture
def one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients have one connection at a time, so that one that is not given back is missed."""
    for side in ("_sync", "_async"):
        monkeypatch.setattr(f"cognitora.{side}.connections.MAX_CONNECTIONS", 1)


@pytest.fixture(params=PARSERS)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What reads the answers: what the core dependencies have, or that of `cognitora[fast]`."""
    assert find_spec("httptools"), "without it, both would be h11"
    monkeypatch.setenv("COGNITORA_FAST", "0" if request.param == "h11" else "1")
    return str(request.param)
