"""Each operation of the contract has a handler, or the runtime doesn't start."""

from __future__ import annotations

from typing import Any

import pytest

from cognitora_local.http.contract import Contract
from cognitora_local.http.routing import routes
from cognitora_local.settings import Settings
from cognitora_openapi.operations import OPERATIONS


async def handle(call: Any) -> Any:
    raise AssertionError(call)


@pytest.mark.parametrize("name", ["list_sessions", "update_container"])
def test_an_operation_without_a_handler_fails_the_start_by_its_name(name: str) -> None:
    handlers = dict.fromkeys(OPERATIONS, handle)
    none: Any = None  # no request comes
    assert routes(Contract(), handlers, none, none, Settings())
    del handlers[name]
    with pytest.raises(RuntimeError, match=f"differ: .*{name}"):
        routes(Contract(), handlers, none, none, Settings())
