"""TLS to a proxy, and within it TLS to the server."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import trustme

from cognitora import APIConnectionError
from cognitora._http.async_sockets import HIGH, AsyncSocket
from cognitora._http.proxies import certificates
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


def test_a_stranger_within_tls(
    make_client: MakeClient, server: Server, tunnel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("api.example").configure_cert(stranger)
    server.greet = lambda connection: stranger.wrap_socket(connection, server_side=True)
    monkeypatch.setenv("HTTPS_PROXY", tunnel)
    client = make_client("https://api.example")
    with pytest.raises(APIConnectionError, match="is not trusted") as raised:
        client.code_interpreter.execute("1")
    assert (raised.value.may_have_run, raised.value.is_retryable) == (False, False)
    client.close()


def test_what_tls_holds_back_is_not_quiet(context: ssl.SSLContext) -> None:
    held = threading.Event()

    def serve(listener: socket.socket) -> None:
        with listener.accept()[0] as plain, context.wrap_socket(plain, server_side=True) as inner:
            inner.sendall(b"x" * (HIGH + 1))
            held.wait(10)
            inner.sendall(b"surplus")
            inner.recv(1)

    async def take(port: int) -> None:
        end = time.monotonic() + 10
        connection = await AsyncSocket.connect("localhost", port, certificates(), end)
        while not connection._held:
            await asyncio.sleep(0.01)
        held.set()
        await asyncio.sleep(0.2)
        assert len(await connection.read(end)) == HIGH + 1
        assert not connection.quiet()
        assert await connection.read(end) == b"surplus"
        assert connection.quiet()
        await connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        asyncio.run(take(listener.getsockname()[1]))
        thread.join(10)
