"""Clients of both kinds, used in the same words, whose every exchange is held against the contract."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cognitora import Cognitora, CognitoraAsync
from tests.conftest import Runtime
from tests.contract import Contract
from tests.facade.both import Driven
from tests.proxy import checking_proxy

KINDS = ("sync", "async")


@contextmanager
def client_of(kind: str, runtime: Runtime, base_url: str = "") -> Iterator[Any]:
    """A client of the runtime, or of what stands between it and the client."""
    url = base_url or runtime.base_url
    with asyncio.Runner() as runner:
        if kind == "sync":
            made: Any = Cognitora(runtime.api_key, base_url=url)
        else:
            made = Driven(CognitoraAsync(runtime.api_key, base_url=url), runner)
        yield made
        made.close()


@contextmanager
def checked_client(kind: str, runtime: Runtime, contract: Contract) -> Iterator[Any]:
    """A client whose requests and answers are all as the contract says."""
    with checking_proxy(contract, runtime.base_url) as proxy:
        with client_of(kind, runtime, proxy.base_url) as made:
            yield made
        assert proxy.breaches == []
