"""The fixtures, the marker and the options that pytest finds."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Generator, Iterator
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .faults import Faults
from .leftovers import told_of
from .recording_paths import MARKER, recording_path, shared_paths, sharing

if TYPE_CHECKING:
    from cognitora import Cognitora, CognitoraAsync

    from .exchange import Handler
    from .recording import Replay

_PASSED = pytest.StashKey[bool]()
_SHARED = pytest.StashKey[dict[Path, list[str]]]()


@dataclass(frozen=True)
class Server:
    """An API that tests speak to.

    Attributes:
        base_url: Where it is, for the test.
        api_key: What it takes.
        runtime_url: Where the runtime itself is that the tests have for themselves; None: they haven't.
        faults: What can go wrong on the way to it.
    """

    base_url: str
    api_key: str = field(repr=False)
    runtime_url: str | None = None
    faults: Faults | None = field(default=None, repr=False)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("cognitora")
    group.addoption(
        "--cognitora-base-url",
        metavar="URL",
        help="run the tests against the API at URL, with the key in COGNITORA_API_KEY; "
        "by default each run starts a runtime of its own",
    )
    group.addoption(
        "--cognitora-record",
        action="store_true",
        help=f"have the tests marked {MARKER} speak to the API, and write their recordings anew",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        f"{MARKER}(path=None): answered from a recording, by default recordings/MODULE/[CLASS.]TEST.json "
        "beside the test; --cognitora-record writes it",
    )


@pytest.hookimpl(tryfirst=True)  # before tests are left out, whose recordings are there as well
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--cognitora-record"):
        config.stash[_SHARED] = shared_paths(items)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.when == "call":
        item.stash[_PASSED] = report.passed
    return report


@pytest.fixture(scope="session")
def cognitora_options() -> dict[str, Any]:
    """What the runtime is started with, as `Cognitora.local` takes it. Define it anew to say something."""
    return {}


@pytest.fixture(scope="session")
def cognitora_secrets() -> list[str]:
    """Texts that must not be in a recording, beside keys and environments. Define it anew to name some."""
    return []


@pytest.fixture(scope="session")
def cognitora_runtime(
    request: pytest.FixtureRequest, cognitora_options: dict[str, Any]
) -> Iterator[Server]:
    """The API that all tests of a run share (with pytest-xdist: of a worker). Starts when it is needed."""
    url = request.config.getoption("--cognitora-base-url")
    if url is not None:
        key = os.environ.get("COGNITORA_API_KEY")
        if not key:
            pytest.fail("--cognitora-base-url needs a key: set COGNITORA_API_KEY.", pytrace=False)
        yield Server(url, key)
        return
    from cognitora.local import LocalRuntime

    runtime = LocalRuntime(**cognitora_options)
    try:
        url = runtime.wait()
        yield Server(url, runtime.api_key, url)
    finally:
        runtime.close()


@pytest.fixture
def cognitora_server(
    request: pytest.FixtureRequest, cognitora_secrets: list[str]
) -> Iterator[Server]:
    """The API as one test sees it: with its faults, from its recording, or as it is."""
    faulty = "cognitora_faults" in request.fixturenames
    with contextlib.ExitStack() as stack:
        if request.node.get_closest_marker(MARKER) is not None:
            handler, server = _recorded(stack, request, cognitora_secrets)
            yield _served(stack, request, handler, server, faulty=faulty)
        elif faulty:
            server = request.getfixturevalue("cognitora_runtime")
            yield _served(stack, request, _upstream(server), server, faulty=True)
        else:
            yield request.getfixturevalue("cognitora_runtime")


@pytest.fixture
def cognitora_faults(cognitora_server: Server) -> Faults:
    """What goes wrong between this test's clients and the API: see `Faults`."""
    assert cognitora_server.faults is not None
    return cognitora_server.faults


@pytest.fixture
def cognitora(cognitora_server: Server) -> Iterator[Cognitora]:
    """A client of the test's own. What the test leaves behind is told by a warning, and ended."""
    from cognitora import Cognitora

    with (
        _told(cognitora_server),
        Cognitora(cognitora_server.api_key, cognitora_server.base_url) as client,
    ):
        yield client


async def _cognitora_async(cognitora_server: Server) -> AsyncIterator[CognitoraAsync]:
    """A client of the test's own, for async tests. What the test leaves behind is told, and ended."""
    from cognitora import CognitoraAsync

    key, url = cognitora_server.api_key, cognitora_server.base_url
    with _told(cognitora_server):
        async with CognitoraAsync(key, url) as client:
            yield client


if find_spec("pytest_asyncio"):
    import pytest_asyncio

    cognitora_async = pytest_asyncio.fixture(_cognitora_async, name="cognitora_async")
else:  # anyio's plugin, which comes with httpx, runs the async fixtures of tests marked for it
    cognitora_async = pytest.fixture(_cognitora_async, name="cognitora_async")


@contextlib.contextmanager
def _told(server: Server) -> Iterator[None]:
    """Where others use the server too, nobody can tell whose a session is, and nothing is told."""
    if server.runtime_url is None:
        yield
        return
    from cognitora import Cognitora

    with Cognitora(server.api_key, server.runtime_url) as client, told_of(client):
        yield


def _upstream(server: Server) -> Handler:
    from .proxy import Upstream

    return Upstream(server.base_url)


def _recorded(
    stack: contextlib.ExitStack, request: pytest.FixtureRequest, secrets: list[str]
) -> tuple[Handler, Server]:
    """What answers a test from its recording; or what makes that, from the API."""
    from .recording import Recorder, Replay
    from .written import Hider

    path = recording_path(request.node)
    if request.config.getoption("--cognitora-record"):
        if tests := sharing(request.config.stash[_SHARED], path):
            pytest.fail(
                f"These tests would all be recorded in {path}: {', '.join(tests)}. Give them names of their "
                f'own, or a file: @pytest.mark.{MARKER}("another.json").',
                pytrace=False,
            )
        server: Server = request.getfixturevalue("cognitora_runtime")
        recorder = Recorder(_upstream(server), Hider([server.api_key, *secrets]))
        stack.callback(recorder.save, path)
        return recorder, server
    replay = Replay(path, Hider(secrets))
    if replay.failure:
        pytest.fail(replay.failure, pytrace=False)
    stack.callback(_check, replay)
    return replay, Server("", "replayed")


def _check(replay: Replay) -> None:
    if failure := replay.check():
        pytest.fail(failure, pytrace=False)


def _check_struck(faults: Faults, test: pytest.Item) -> None:
    """Of a test that failed before, or was skipped, it is no news that faults met nothing."""
    failure = faults.never_struck()
    if failure is not None and test.stash.get(_PASSED, False):
        pytest.fail(failure, pytrace=False)


def _served(
    stack: contextlib.ExitStack,
    request: pytest.FixtureRequest,
    handler: Handler,
    server: Server,
    *,
    faulty: bool,
) -> Server:
    """The handler, behind a proxy of the test's own."""
    from .proxy import Proxy

    faults = Faults(handler) if faulty else None
    proxy = Proxy(faults or handler)
    stack.callback(proxy.close)
    if faults is not None:
        faults.use(proxy)
        stack.callback(_check_struck, faults, request.node)
    return replace(server, base_url=proxy.url, faults=faults)
