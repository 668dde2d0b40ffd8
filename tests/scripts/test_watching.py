"""What follows a cluster goes on, however an answer of the API breaks off."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
import trustme

from scripts.kubernetes.api import Api
from scripts.kubernetes.watching import Objects, follow

EMPTY = b'{"metadata": {"resourceVersion": "1"}, "items": []}'
LIST = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
WHOLE = LIST % (len(EMPTY), EMPTY)
CHUNKED = b"HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
BROKEN = {
    "before it began": [b""],
    "in its first line": [b"HTTP/1.1"],
    "within a list": [WHOLE[:-1]],
    "within an error": [b"HTTP/1.1 500 Broken\r\nConnection: close\r\nContent-Length: 9\r\n\r\nno"],
    "between events": [WHOLE, CHUNKED],
    "within an event": [WHOLE, CHUNKED + b'20\r\n{"type": '],
}


class Listed(Exception):
    """Ends what goes on for ever."""


@pytest.mark.parametrize("answers", BROKEN.values(), ids=BROKEN)
def test_it_goes_on(tmp_path: Path, answers: list[bytes]) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    item = {"metadata": {"name": "late"}}
    last = json.dumps({"metadata": {"resourceVersion": "2"}, "items": [item]}).encode()
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        serving = iter([*answers, LIST % (len(last), last)])
        threading.Thread(target=_serve, args=[listener, context, serving], daemon=True).start()
        api = Api(_kubeconfig(tmp_path, authority, listener.getsockname()[1]))
        objects: Objects = {}

        def changed(kind: str) -> None:
            if objects:
                raise Listed

        with pytest.raises(Listed):
            follow(api, "pods", objects, changed)
    assert objects == {("", "late"): item}


def _serve(listener: socket.socket, context: ssl.SSLContext, answers: Iterator[bytes]) -> None:
    """Each connection gets the next answer, and its end; a watch after the last gets none."""
    for answer in answers:
        plain, _ = listener.accept()
        with context.wrap_socket(plain, server_side=True) as connection, suppress(OSError):
            connection.recv(2**16)
            connection.sendall(answer)


def _kubeconfig(folder: Path, authority: trustme.CA, port: int) -> Path:
    told = {
        "clusters": [
            {
                "cluster": {
                    "server": f"https://127.0.0.1:{port}",
                    "certificate-authority-data": base64.b64encode(
                        authority.cert_pem.bytes()
                    ).decode(),
                }
            }
        ],
        "users": [{"user": {"token": "none"}}],
    }
    (path := folder / "kubeconfig").write_text(json.dumps(told))
    return path
