"""Proxies as they are: what they say to the question for a tunnel, what they hear, and what becomes of it."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, suppress
from functools import partial

import pytest
import trustme

from cognitora import APIConnectionError, APITimeoutError, Cognitora, InvalidRequestError
from cognitora._http.proxies import Proxy, proxy_for, route_to
from tests.facade.answers import executed
from tests.facade.conftest import KEY, MakeClient
from tests.facade.server import Behaviour, Received, Server, drip, raw, reply
from tests.facade.test_secrets import apart, everything, interrupted_at, variables
from tests.facade.test_tunnels import context as context  # fixtures are used by their names
from tests.facade.test_tunnels import relay

URL = "https://api.example"
YES = b"HTTP/1.1 200 Connection established\r\n\r\n"
PASSWORD = "hunter2-of-the-proxy"

pytestmark = pytest.mark.usefixtures("no_pauses")


@pytest.fixture(params=["0", "1"], ids=["h11", "httptools"], autouse=True)
def _parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COGNITORA_FAST", request.param)


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A proxy to be told what to say."""
    with closing(Server()) as proxy:
        url = proxy.url.replace("http://", f"http://me:{PASSWORD}@")
        monkeypatch.setenv("HTTPS_PROXY", url)
        monkeypatch.setenv("HTTP_PROXY", url)
        yield proxy


@pytest.fixture
def secure(server: Server, context: ssl.SSLContext) -> Server:
    """The server, which speaks TLS."""
    server.greet = lambda connection: context.wrap_socket(connection, server_side=True)
    return server


def says(*parts: bytes) -> Behaviour:
    """Some bytes, part by part, and then nothing until the client hangs up."""

    def behave(connection: socket.socket, _: Received) -> None:
        for part in parts:
            connection.sendall(part)
            time.sleep(0.02 if len(parts) > 1 else 0)
        while connection.recv(65536):
            pass
        raise ConnectionAbortedError

    return behave


def relays(yes: bytes, server: Server) -> Behaviour:
    """A yes, and then the way to a server."""

    def behave(connection: socket.socket, _: Received) -> None:
        with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2]))) as far:
            connection.sendall(yes)

            def bring_back() -> None:
                relay(far, connection)
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

            back = threading.Thread(target=bring_back)
            back.start()
            relay(connection, far)
            back.join(10)
        raise ConnectionAbortedError

    return behave


NO_TUNNEL = {
    "it hangs up": (raw(b""), "it hung up unanswered"),
    "it resets": (raw(b"", reset=True), "reset"),
    "it hangs up in the head": (raw(b"HTTP/1.1 200 O"), "in the middle of the answer"),
    "it says an interim answer alone": (raw(b"HTTP/1.1 100 Continue\r\n\r\n"), "in the middle"),
    "it speaks no HTTP": (raw(b"220 smtp.example\r\n\r\n"), "is no HTTP"),
    "its head doesn't end": (raw(YES[:-2] + b"X: x\r\n" * 30_000), "don't end|too long"),
    "it wants a password": (reply(407), "407 Proxy Authentication Required"),
    "it redirects": (reply(302, headers={"Location": "http://x.example"}), "302 Found"),
    "it has a status of its own": (reply(599, body=b"<p>no</p>"), "599"),
    "it says more": (says(YES + b"HTTP/1.1 200 OK\r\n\r\n"), "more than it was asked"),
    "it says more later": (says(YES, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"), ""),
    "it hangs up after its yes": (raw(YES), ""),
    "it resets after its yes": (raw(YES, reset=True), ""),
}
NO_TUNNEL_IN_TIME = {
    "it says nothing": says(),
    "it says nothing after its yes": says(YES),
}


@pytest.mark.parametrize(("behaviour", "why"), NO_TUNNEL.values(), ids=NO_TUNNEL)
def test_without_a_tunnel_nothing_is_sent(
    make_client: MakeClient, proxy: Server, behaviour: Behaviour, why: str
) -> None:
    proxy.otherwise = behaviour
    client = make_client(URL)
    with pytest.raises(APIConnectionError) as raised:
        client.code_interpreter.execute("1", request_timeout=20)
    assert any(words in str(raised.value) for words in why.split("|"))
    assert (raised.value.may_have_run, raised.value.attempts) == (False, 3)
    assert proxy.count == 3
    assert KEY not in str([(received.headers, received.body) for received in proxy.received])
    client.close()
    proxy.wait_until_closed(5)


@pytest.mark.parametrize("behaviour", NO_TUNNEL_IN_TIME.values(), ids=NO_TUNNEL_IN_TIME)
def test_without_a_tunnel_in_time_nothing_is_sent(
    make_client: MakeClient, proxy: Server, behaviour: Behaviour
) -> None:
    proxy.otherwise = behaviour
    began = time.monotonic()
    with pytest.raises(APITimeoutError) as raised:
        make_client(URL).containers.update_container("ctr_1", 5, request_timeout=0.4)
    assert 0.4 <= time.monotonic() - began < 5
    assert not raised.value.may_have_run


ODD_YESES = {
    "of HTTP/1.0": b"HTTP/1.0 200 Connection established\r\n\r\n",
    "without a reason": b"HTTP/1.1 200\r\n\r\n",
    "of another number": b"HTTP/1.1 204 Fine\r\n\r\n",
    "with a length": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "with a length of what isn't there": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
    "with chunks that aren't there": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "after an interim answer": b"HTTP/1.1 100 Continue\r\n\r\n" + YES,
    "that closes": b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
}


@pytest.mark.parametrize("yes", ODD_YESES.values(), ids=ODD_YESES)
def test_an_odd_yes_is_a_yes(
    make_client: MakeClient, proxy: Server, secure: Server, yes: bytes
) -> None:
    proxy.otherwise = relays(yes, secure)
    secure.otherwise = executed()
    client = make_client(URL)
    for _ in range(2):
        assert client.code_interpreter.execute("1", request_timeout=10).ok
    assert (proxy.count, secure.connections) == (1, 1)
    client.close()
    proxy.wait_until_closed(5)


def test_the_proxys_password_is_the_proxys(
    make_client: MakeClient, proxy: Server, secure: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    proxy.otherwise = relays(YES, secure)
    secure.answers(executed()).otherwise = raw(b"")
    client = make_client(URL)
    assert client.code_interpreter.execute("1", request_timeout=10).ok
    assert proxy.last.headers["proxy-authorization"].startswith("Basic ")
    assert (proxy.last.method, proxy.last.target) == ("CONNECT", "api.example:443")
    assert "proxy-authorization" not in secure.last.headers
    with pytest.raises(APIConnectionError) as raised:
        client.code_interpreter.execute("1", request_timeout=10)
    assert raised.value.may_have_run
    proxy.otherwise = reply(407)
    with pytest.raises(APIConnectionError) as refused:
        client.code_interpreter.execute("1", request_timeout=10)
    shown = [everything(error.value).partition("cognitora/_")[2] for error in (raised, refused)]
    hints = (PASSWORD, proxy.last.headers["proxy-authorization"].split()[1])
    assert all(shown)
    assert not any(hint in text for hint in hints for text in [*shown, caplog.text])
    assert PASSWORD not in repr(route_to(URL))


BAD_PROXIES = {
    "of another kind": "socks5://me:%s@h:1",
    "with a port that is none": "http://me:%s@h:99999",
    "cut off": "http://me:%s@[::1",
    "without a host": "http://me:%s@",
    "with a password that should be escaped": "http://me:%s/@h:1",
}


@pytest.mark.parametrize("url", BAD_PROXIES.values(), ids=BAD_PROXIES)
def test_the_password_of_a_proxy_that_cannot_be(
    make_client: MakeClient, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", url % PASSWORD)
    with pytest.raises(InvalidRequestError) as raised:
        make_client(URL).code_interpreter.execute("1", request_timeout=10)
    frames = everything(raised.value).partition("cognitora/_")[2]
    assert frames
    assert PASSWORD not in frames


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # sockets: no matter here
def test_an_interrupt_shows_no_password(proxy: Server) -> None:
    proxy.otherwise = reply(407)
    apart(interrupt_a_refused_tunnel)


def interrupt_a_refused_tunnel() -> None:
    hints = (PASSWORD, b64encode(f"me:{PASSWORD}".encode()).decode())
    with Cognitora(KEY, URL, 5) as client:
        call = partial(client.containers.update_container, "ctr_1", 5)
        with pytest.raises(APIConnectionError, match="407"):
            call()  # the environment is read once
        for step in range(1, 400):
            with suppress(APIConnectionError):
                interrupt = interrupted_at(step, call)
                assert interrupt is not None
                assert not any(hint in text for text in variables(interrupt) for hint in hints), (
                    step
                )


def test_a_password_of_any_kind() -> None:
    assert Proxy("http://h:1").authorization() == ""
    told = Proxy("http://h:1", (b"me", b"\xc3\xa9:\r\n")).authorization()
    assert told == "Proxy-Authorization: Basic bWU6w6k6DQo=\r\n"


@pytest.mark.filterwarnings("ignore:.* is plain http")
def test_plain_http_by_a_proxy_keeps_the_connection(make_client: MakeClient, proxy: Server) -> None:
    proxy.otherwise = executed()
    client = make_client("http://api.example:81")
    for _ in range(2):
        assert client.code_interpreter.execute("1", request_timeout=10).ok
    assert proxy.connections == 1
    assert proxy.last.target == "http://api.example:81/api/v1/interpreter/execute"
    assert proxy.last.headers["host"] == "api.example:81"
    assert "proxy-authorization" in proxy.last.headers
    assert PASSWORD not in repr(route_to("http://api.example:81"))


@pytest.mark.usefixtures("context")  # by which others are trusted
def test_a_strangers_certificate_behind_a_proxy(
    make_client: MakeClient, proxy: Server, server: Server
) -> None:
    stranger = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("api.example").configure_cert(stranger)
    server.greet = lambda connection: stranger.wrap_socket(connection, server_side=True)
    proxy.otherwise = relays(YES, server)
    with pytest.raises(APIConnectionError, match="is not trusted") as raised:
        make_client(URL).code_interpreter.execute("1", request_timeout=10)
    assert (raised.value.may_have_run, raised.value.attempts) == (False, 1)
    assert server.count == 0
    proxy.wait_until_closed(5)


class TestTlsWithinTls:
    """All of it through a proxy to which one speaks TLS too."""

    @pytest.fixture(autouse=True)
    def _tls(self, proxy: Server, context: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
        proxy.greet = lambda connection: context.wrap_socket(connection, server_side=True)
        url = proxy.url.replace("http://127.0.0.1", "https://localhost")
        monkeypatch.setenv("HTTPS_PROXY", url)

    def test_calls_share_a_connection(
        self, make_client: MakeClient, proxy: Server, secure: Server
    ) -> None:
        proxy.otherwise = relays(YES, secure)
        secure.otherwise = executed()
        client = make_client(URL)
        for _ in range(3):
            assert client.code_interpreter.execute("#" * 100_000).ok
        assert (proxy.count, secure.connections) == (1, 1)

    @pytest.mark.parametrize("behaviour", [raw(b""), raw(b"", reset=True), raw(b"HTTP/1.1 200 OK")])
    def test_a_server_that_leaves_off(
        self, make_client: MakeClient, proxy: Server, secure: Server, behaviour: Behaviour
    ) -> None:
        proxy.otherwise = relays(YES, secure)
        secure.otherwise = behaviour
        with pytest.raises(APIConnectionError) as raised:
            make_client(URL).code_interpreter.execute("1", request_timeout=10)
        assert (raised.value.may_have_run, raised.value.attempts) == (True, 1)
        assert secure.count == 1

    def test_a_server_that_drips(
        self, make_client: MakeClient, proxy: Server, secure: Server
    ) -> None:
        proxy.otherwise = relays(YES, secure)
        secure.otherwise = drip(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1000, 0.05, over=secure.over)
        began = time.monotonic()
        with pytest.raises(APITimeoutError) as raised:
            make_client(URL).code_interpreter.execute("1", request_timeout=2)
        assert 2 <= time.monotonic() - began < 4.5
        assert raised.value.may_have_run

    def test_an_answer_more_than_was_asked_for(
        self, make_client: MakeClient, proxy: Server, secure: Server
    ) -> None:
        proxy.otherwise = relays(YES, secure)
        answered: list[bool] = []

        def twice(connection: socket.socket, request: Received) -> None:
            executed(status="completed" if answered else "failed")(connection, request)
            if not answered:
                answered.append(True)
                executed(status="stolen")(connection, request)

        secure.otherwise = twice
        client = make_client(URL)
        assert client.code_interpreter.execute("1", request_timeout=10).data.status == "failed"
        time.sleep(0.1)
        assert client.code_interpreter.execute("1", request_timeout=10).data.status == "completed"
        assert secure.connections == 2

    @pytest.mark.parametrize("behaviour", NO_TUNNEL_IN_TIME.values(), ids=NO_TUNNEL_IN_TIME)
    def test_no_tunnel_in_time(
        self, make_client: MakeClient, proxy: Server, behaviour: Behaviour
    ) -> None:
        test_without_a_tunnel_in_time_nothing_is_sent(make_client, proxy, behaviour)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("m%40:p", b"p"), ("me:%C3%A9", "é".encode()), ("me:%FF", b"\xff"), ("me:\udcff", b"\xff")],
)
def test_a_password_is_taken_as_it_is_written(
    monkeypatch: pytest.MonkeyPatch, written: str, meant: bytes
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://{written}@proxy:1")
    proxy = proxy_for("http://server.example")
    assert proxy is not None
    assert proxy.credentials is not None
    assert proxy.credentials[1] == meant
