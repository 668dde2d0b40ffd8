"""A runtime for the tests of all frameworks, in whose environments no conftest above is loaded."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import Runtime, run
from tests.images import Unavailable, arguments, served
from tests.needs import CONTAINERS, need_root


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """A runtime that a whole test run shares."""
    with run(tmp_path_factory.mktemp("runtime")) as runtime:
        yield runtime


@pytest.fixture(scope="session")
def container_runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """A runtime with images for containers."""
    need_root(CONTAINERS)
    try:
        with served(tmp_path_factory.mktemp("images") / "registry") as registry:
            store = ["--container-store", str(tmp_path_factory.mktemp("containers"))]
            folder = tmp_path_factory.mktemp("runtime")
            with run(folder, *arguments(registry), *store) as runtime:
                yield runtime
    except Unavailable as error:
        pytest.skip(str(error))
