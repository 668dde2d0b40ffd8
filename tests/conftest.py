from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import contract as contracts

# The keys that programs written for the published client have in their source.
KEYS = ("cgk_test_one", "cgk_test_two")


@dataclass(frozen=True)
class Runtime:
    """A runtime that the whole test run shares."""

    base_url: str
    api_key: str
    other_key: str


@pytest.fixture(scope="session")
def contract() -> contracts.Contract:
    """The one checker: it remembers what the whole run has exercised."""
    return contracts.load()


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """A runtime of its own process, on a free port, with two keys."""
    folder = tmp_path_factory.mktemp("runtime")
    log = folder / "stderr"
    keys = [part for key in KEYS for part in ("--api-key", key)]
    command = [sys.executable, "-P", "-m", "cognitora_local", "--port", "0", *keys]
    command += ["--data-dir", str(folder / "data"), "--parent", str(os.getpid())]
    with log.open("wb") as stderr:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, cwd=folder)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, f"the runtime did not start:\n{log.read_text()}"
    yield Runtime(json.loads(line)["base_url"], *KEYS)
    process.terminate()
    status = process.wait(timeout=20)
    process.stdout.close()
    assert status == 0, f"the runtime ended with {status}:\n{log.read_text()[-2000:]}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the test that looks back over the whole run at its end."""
    items.sort(key=lambda item: item.path == Path(__file__).parent / "test_contract_coverage.py")
