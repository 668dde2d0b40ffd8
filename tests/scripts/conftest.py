from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.generate.__main__ import build_package, generate
from scripts.generate.contract import Contract

CONTRACT = Path(__file__).with_name("contract.yaml")


@pytest.fixture
def contract() -> Contract:
    """The small contract, to be broken at will."""
    return Contract.read(CONTRACT)


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The small contract's package, importable as `small_openapi`."""
    folder = tmp_path_factory.mktemp("generated")
    build_package(Contract.read(CONTRACT), folder / "small_openapi")
    sys.path.insert(0, str(folder))
    yield folder / "small_openapi"
    sys.path.remove(str(folder))


@pytest.fixture(scope="session")
def _project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    shutil.copyfile(CONTRACT, root / "openapi.yaml")
    facade = root / "cognitora" / "_async"
    facade.mkdir(parents=True)
    (facade / "__init__.py").write_text('"""Async."""\n')
    (root / "cognitora" / "results").mkdir()
    (root / "cognitora" / "results" / "__init__.py").write_text('"""Results."""\n')
    (facade / "client.py").write_text("async def ping() -> str:\n    return await pong()\n")
    generate(root)
    return root


@pytest.fixture
def root(_project: Path, tmp_path: Path) -> Path:
    """A project with the small contract, an async facade of one module, and what is generated."""
    return shutil.copytree(_project, tmp_path, dirs_exist_ok=True)
