"""Looking up a host, and what is taken of httpcore that it doesn't promise."""

from __future__ import annotations

import socket
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

import httpcore
import pytest

from cognitora._http.sockets import LOOK_UPS, SyncStream, look_up


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


@pytest.mark.parametrize("taken", [lambda s: s.get_extra_info("socket"), lambda s: s._sock])
def test_httpcores_stream_is_what_we_take_it_for(taken: Callable[[Any], Any]) -> None:
    """It is private there: with another httpcore than 1.0 this is where to look first."""
    assert httpcore.__version__.startswith("1.0."), "try sockets.stream with this httpcore"
    here, there = socket.socketpair()
    with there:
        stream = SyncStream(here)
        assert isinstance(stream, httpcore.NetworkStream)
        assert taken(stream) is here
        stream.write(b"asked", 5)
        assert there.recv(5) == b"asked"
        there.send(b"told")
        assert stream.get_extra_info("is_readable")
        assert stream.read(9, 5) == b"told"
        with pytest.raises(httpcore.ReadTimeout):
            stream.read(9, 0.01)
        stream.close()
        assert here.fileno() == -1
