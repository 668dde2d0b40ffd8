"""Holds that a bad call is refused by the client itself."""

from __future__ import annotations

from typing import Any

import pytest

from cognitora import InvalidRequestError
from tests.facade.server import Server


def expect(client: Any, server: Server, call: Any, *words: str) -> None:
    """The call is refused before anything is sent, in these words."""
    with pytest.raises(InvalidRequestError) as raised:
        call(client)
    error = raised.value
    assert (error.status_code, error.may_have_run, error.is_retryable) == (0, False, False)
    assert [word for word in words if word not in error.message] == []
    assert server.count == 0
