from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cognitora import Cognitora, CognitoraAsync
from tests.contract import Contract
from tests.facade.both import Driven
from tests.facade.server import Server

KEY = "cgk_secret_0123456789abcdef"

MakeClient = Callable[..., Any]


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("COGNITORA_API_KEY", "COGNITORA_BASE_URL", "COGNITORA_TIMEOUT")
    proxies = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
    for name in (*names, *proxies, *map(str.lower, proxies), "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server(contract: Contract) -> Iterator[Server]:
    """A server that answers as told, and holds what it is asked against the contract."""
    server = Server()
    yield server
    server.close()
    server.check(contract)


@pytest.fixture(params=["sync", "async"])
def make_client(request: pytest.FixtureRequest) -> Iterator[MakeClient]:
    """Makes clients of either facade, both used in the same words."""
    made: list[Any] = []
    with asyncio.Runner() as runner:

        def make(base_url: str, **options: Any) -> Any:
            options = {"api_key": KEY, "base_url": base_url, "timeout": 5, **options}
            if request.param == "sync":
                made.append(Cognitora(**options))
            else:
                made.append(Driven(CognitoraAsync(**options), runner))
            return made[-1]

        yield make
        for client in made:
            client.close()


@pytest.fixture
def client(server: Server, make_client: MakeClient) -> Any:
    """A client of the scripted server; each test runs with the sync and with the async one."""
    return make_client(server.url)


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between attempts take no time."""
    monkeypatch.setattr("cognitora.retry.FIRST_PAUSE", 0.0)
    monkeypatch.setattr("cognitora.retry.FIRST_PAUSE_THROTTLED", 0.0)


@pytest.fixture
def unused_url() -> Iterator[str]:
    """An address where nothing listens, and nothing else can come to listen."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"
