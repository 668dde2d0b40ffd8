"""Bars of what takes long: seen while it does, and gone when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

import pytest

from cognitora import progress
from cognitora.notebook.bars import NOTHING
from tests.browser import Browser
from tests.images import Registry
from tests.notebook.notebooks import Executed, client_of

START = "%load_ext cognitora\nfrom cognitora import Cognitora\nclient = Cognitora()"
# A source that is as slow as a slow disk.
SLOW = (
    "import time\n"
    "def slow():\n"
    "    for n in range(8): time.sleep(0.2); yield bytes(1_000_000)\n"
    "class Slow:\n"
    "    def write(self, piece): time.sleep(0.2)\n"
    "session = client.code_interpreter.session().open()\n"
)
MAP = "results = list(client.code_interpreter.map(['import time; time.sleep(1.5)'] * 3, concurrency=1))"
ASYNC_MAP = (
    "from cognitora import CognitoraAsync\n"
    "async with CognitoraAsync() as client:\n"
    "    slow = ['import time; time.sleep(1.5)'] * 2\n"
    "    results = [one async for one in client.code_interpreter.map(slow, concurrency=1)]"
)
DOWNLOAD = (
    'session.run(\'open("large", "wb").write(bytes(3_000_000))\')\n'
    "_ = session.download('large', Slow())"
)
RUN = (
    "run = client.containers.run_and_wait('docker.io/library/busybox:latest', ['sleep', '3'],"
    " cpu_cores=1, memory_mb=64, max_cost_credits=5)"
)


def watched(
    cells: list[str], folder: Path, environment: dict[str, str]
) -> tuple[Executed, list[list[dict[str, Any]]]]:
    """Executes a notebook; all bundles too that each cell showed meanwhile."""
    client = client_of(cells, folder)
    heard, shown = client.process_message, [list[dict[str, Any]]() for _ in cells]

    def process_message(message: dict[str, Any], cell: Any, index: int) -> object:
        if "display_data" in message["msg_type"]:
            shown[index].append(message["content"]["data"])
        return heard(message, cell, index)

    client.process_message = process_message
    client.execute(env=environment)
    return Executed(client.nb), shown


def words(bundles: list[dict[str, Any]]) -> list[str]:
    return [bundle["text/plain"] for bundle in bundles]


def test_maps_and_transfers_have_bars_that_leave_nothing(
    environment: dict[str, str], tmp_path: Path, chromium: Browser, pages: Path
) -> None:
    cells = [START, MAP, SLOW + "session.upload(slow(), 'large')", DOWNLOAD, "session.close()"]
    cells.append(ASYNC_MAP)
    cells.insert(-1, "client.code_interpreter.run_python('1'); 'quick'")
    executed, shown = watched(cells, tmp_path, environment)
    assert [executed.error(number) for number in range(len(cells))] == [None] * len(cells)
    mapped, uploaded, downloaded = map(words, shown[1:4])
    assert any(line.startswith("map · 1 of 3 results · ") for line in mapped)
    assert any(line.startswith("Uploading large · ") for line in uploaded)
    assert any(line.startswith("Downloading large · ") for line in downloaded)
    assert any("of 3,000,000 bytes" in line for line in downloaded)
    for bundles in shown[1:4]:
        (pages / "bar.html").write_text(bundles[0]["text/html"])
        bar = chromium.open(pages / "bar.html")
        assert bar.evaluate("document.querySelector('progress').getBoundingClientRect().width") > 0
    assert [bundles[-1] for bundles in shown[1:4]] == [NOTHING] * 3
    assert shown[0] == shown[5] == []
    assert any(line.startswith("map · 1 of 2 results · ") for line in words(shown[6]))
    assert [executed.text(number) for number in (1, 3, 5)] == ["", "", "'quick'"]
    page = chromium.open(executed.page(pages / "bars.html"))
    assert page.evaluate("document.querySelector('progress')") is None
    assert page.errors == []


def test_waits_for_containers_have_bars(
    registry: Registry, environment: dict[str, str], tmp_path: Path
) -> None:
    executed, shown = watched([START, RUN, "run.ok"], tmp_path, environment)
    assert executed.text(2) == "True"
    assert any(line.startswith("Container ") for line in words(shown[1]))
    assert shown[1][-1] == NOTHING


class Heard:
    """A listener that keeps what it is told."""

    told: ClassVar[list[Any]] = []

    def __init__(self, what: str, total: int | None, unit: str) -> None:
        self.told.append(("begin", what, total, unit))

    def at(self, done: int, total: int | None = None) -> None:
        self.told.append(("at", done, total))

    def say(self, words: str) -> None:
        self.told.append(("say", words))

    def end(self) -> None:
        self.told.append(("end",))


@pytest.fixture
def heard() -> Iterator[list[Any]]:
    Heard.told = []
    progress.listen(Heard)
    yield Heard.told
    progress.listen(None)


def test_what_takes_long_is_told_from_its_beginning_to_its_end(heard: list[Any]) -> None:
    with suppress(KeyError), progress.told("work", 3, "steps") as bar:
        bar.at(1)
        raise KeyError
    request = {"json": {"image": "python:3.11"}}
    with progress.of_call("create_container", request), progress.of_call("get_container", {}):
        pass
    assert heard == [
        ("begin", "work", 3, "steps"),
        ("at", 1, None),
        ("end",),
        ("begin", "Starting a container of python:3.11", None, ""),
        ("end",),
    ]


def test_nothing_is_made_where_nobody_listens() -> None:
    assert not progress.is_heard()
    assert progress.told("a") is progress.told("b") is progress.of_call("create_container", {})
