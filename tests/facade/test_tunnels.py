"""TLS to a proxy, and within it TLS to the server."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import trustme

from tests.facade.answers import executed
from tests.facade.conftest import MakeClient
from tests.facade.server import Server


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Of a server whose certificate, for two names, the client trusts."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "api.example").configure_cert(context)
    return context


@pytest.fixture
def tunnel(context: ssl.SSLContext, server: Server) -> Iterator[str]:
    """An https:// proxy by which all ways lead to the server, whoever is asked for."""
    address = ("127.0.0.1", int(server.url.rpartition(":")[2]))
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError), listener.accept()[0] as plain:
                inner = context.wrap_socket(plain, server_side=True)
                with inner, inner.makefile("rb") as lines, socket.create_connection(address) as far:
                    while lines.readline().strip():
                        pass
                    inner.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                    back = threading.Thread(target=relay, args=(far, inner))
                    back.start()
                    relay(inner, far)
                    back.join(10)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"https://localhost:{listener.getsockname()[1]}"
        thread.join(10)
        assert not thread.is_alive()


def relay(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def test_tls_within_tls(
    make_client: MakeClient,
    server: Server,
    context: ssl.SSLContext,
    tunnel: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server.greet = lambda connection: context.wrap_socket(connection, server_side=True)
    server.answers(executed(), executed({"type": "stdout", "data": "x" * 300_000}))
    monkeypatch.setenv("HTTPS_PROXY", tunnel)
    client = make_client("https://api.example")
    assert client.code_interpreter.execute("1").ok
    assert len(client.code_interpreter.execute("#" * 300_000).stdout) == 300_000
    assert server.connections == 1
    client.close()
