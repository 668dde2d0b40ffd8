from __future__ import annotations

import gc
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import engines
from tests.engines import EngineUnderTest
from tests.images import Registry, Unavailable, arguments, served
from tests.needs import CONTAINERS, need_root

pytest_plugins = [
    "tests.alone",
    "tests.background",
    "tests.exercised",
    "tests.groups",
    "tests.programs_used",
    "tests.served_elsewhere",
    "tests.standstill",
    "tests.users",
]

# `make test-integrations` runs these, where their frameworks are, and `make test-kubernetes` those.
collect_ignore = ["integrations", "kubernetes"]

# The keys that programs written for the published client have in their source.
KEYS = ("cgk_test_one", "cgk_test_two")
_ENDS_WITHIN_S = 120


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """The tests stay: looking through thousands of them for garbage takes long, each time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@dataclass(frozen=True)
class Runtime:
    """A runtime that many tests share."""

    base_url: str
    api_key: str
    other_key: str


@pytest.fixture(scope="session")
def registry_if_any(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry | Unavailable]:
    with ExitStack() as stack:
        try:
            folder = tmp_path_factory.mktemp("images") / "registry"
            registry: Registry | Unavailable = stack.enter_context(served(folder))
        except Unavailable as error:
            registry = error
        yield registry


@pytest.fixture(scope="session")
def registry(registry_if_any: Registry | Unavailable) -> Registry:
    """A registry with the images of tests/images, for containers; a test may push to it."""
    need_root(CONTAINERS)
    if isinstance(registry_if_any, Unavailable):
        pytest.skip(str(registry_if_any))
    return registry_if_any


@pytest.fixture(scope="session")
def images(registry_if_any: Registry | Unavailable) -> list[str]:
    """The runtime's arguments by which its images come from the registry."""
    return [] if isinstance(registry_if_any, Unavailable) else arguments(registry_if_any)


@pytest.fixture(scope="session")
def container_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where runtimes of this test run keep containers; nothing of another run is in it."""
    folder = tmp_path_factory.mktemp("containers")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def runtime(
    pytestconfig: pytest.Config,
    tmp_path_factory: pytest.TempPathFactory,
    images: list[str],
    container_store: Path,
) -> Iterator[Runtime]:
    """A runtime that the whole run shares, with a Podman of its own; or that of `--base-url`."""
    if elsewhere := pytestconfig.getoption("--base-url"):
        yield Runtime(elsewhere, *KEYS)
        return
    store = ["--container-store", str(container_store)]
    many = ["--max-sessions", "1000"]  # many tests leave theirs to the runtime's end
    with run(tmp_path_factory.mktemp("runtime"), *images, *store, *many) as runtime:
        yield runtime


@pytest.fixture(scope="session", params=["podman", pytest.param("docker", marks=pytest.mark.long)])
def engine(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    registry: Registry,
    container_store: Path,
) -> Iterator[EngineUnderTest]:
    """A container engine: a runtime uses it when it is started with its `arguments`."""
    if request.param == "podman":
        store = ["--container-store", str(container_store)]
        yield EngineUnderTest("podman", [*arguments(registry), *store])
        return
    with engines.docker(tmp_path_factory.mktemp("docker")) as socket:
        yield EngineUnderTest("docker", [*arguments(registry), "--engine", f"unix://{socket}"])


@pytest.fixture(scope="session")
def engine_runtime(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory, engine: EngineUnderTest
) -> Iterator[Runtime]:
    """A runtime that all tests of an engine share; or that of `--base-url`."""
    if elsewhere := pytestconfig.getoption("--base-url"):
        yield Runtime(elsewhere, *KEYS)
        return
    with run(tmp_path_factory.mktemp(engine.name), *engine.arguments) as runtime:
        yield runtime


@contextmanager
def run(folder: Path, *options: str, before: Sequence[str] = ()) -> Iterator[Runtime]:
    """A runtime of its own process, on a free port, with two keys. It has to end well.

    `before` is a command that starts the one behind it.
    """
    log = folder / "stderr"
    keys = [part for key in KEYS for part in ("--api-key", key)]
    command = [
        *before,
        sys.executable,
        "-P",
        "-m",
        "cognitora_local",
        "--port",
        "0",
        *keys,
        *options,
    ]
    command += ["--data-dir", str(folder / "data"), "--parent", str(os.getpid())]
    with log.open("wb") as stderr:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, cwd=folder)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, f"the runtime did not start:\n{log.read_text()}"
        yield Runtime(json.loads(line)["base_url"], *KEYS)
    finally:
        process.terminate()
        status = process.wait(timeout=_ENDS_WITHIN_S)
        process.stdout.close()
    assert status == 0, f"the runtime ended with {status}:\n{log.read_text()[-2000:]}"
