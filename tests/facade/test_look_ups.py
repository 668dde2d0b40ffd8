"""Looking up a host."""

from __future__ import annotations

import socket
import threading
import time
import traceback
from typing import Any

import pytest

from cognitora._http.sockets import LOOK_UPS, look_up


def test_callers_that_share_a_look_up_have_an_error_each(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()

    def fails(*_: Any, **__: Any) -> None:
        assert release.wait(20)
        raise socket.gaierror(socket.EAI_NONAME, "not known")

    monkeypatch.setattr(socket, "getaddrinfo", fails)
    monkeypatch.setattr(time, "monotonic", lambda: 7.0)  # within one second, however slow
    found = [look_up("host.invalid", 80) for _ in range(3)]
    monkeypatch.undo()
    assert len(LOOK_UPS) == 1
    release.set()
    errors = [future.exception(20) for future in found]
    assert [str(error) for error in errors] == ["[Errno -2] not known"] * 3
    assert len({id(error) for error in errors}) == 3
    for future in found:
        with pytest.raises(socket.gaierror) as raised:
            future.result()
        # Raised by one, it has no frame of another.
        assert len(traceback.extract_tb(raised.value.__traceback__)) < 5
