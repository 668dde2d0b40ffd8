"""Addresses and proxies as people have them: as curl and requests take them, or a sentence."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest

from cognitora import (
    APIConnectionError,
    Cognitora,
    CognitoraAsync,
    CognitoraError,
    InvalidRequestError,
)
from cognitora._http.proxies import is_excepted
from tests.facade.answers import executed, session
from tests.facade.conftest import KEY, MakeClient
from tests.facade.server import Server, reply

pytestmark = pytest.mark.filterwarnings("ignore:.* is plain http")
BOTH = pytest.mark.parametrize("kind", [Cognitora, CognitoraAsync])


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("https://api.example\n", "https://api.example"),
        ("  https://api.example/\r\n", "https://api.example"),
        ("HTTPS://API.Example:8443", "https://api.example:8443"),
        ("https://api.example./gate/way/", "https://api.example/gate/way"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://straße.example", "https://xn--strae-oqa.example"),
        ("https://api.example/größe/a%20b", "https://api.example/gr%C3%B6%C3%9Fe/a%20b"),
        ("http://[0:0::1]:80", "http://[::1]:80"),
        ("http://my_host:80", "http://my_host:80"),
    ],
)
@BOTH
def test_an_address_is_taken_as_it_is_meant(kind: Any, given: str, meant: str) -> None:
    assert kind(KEY, given).base_url == meant


@pytest.mark.parametrize(
    "url",
    [
        "http://a..b",
        f"http://{'a' * 64}.example",
        "http://a\nb",
        "http://a<b",
        "http://a\\b",
        "http://-a",
        "http://[::1",
        "http://[fe80::1%25eth0]",
        "http://\ud800",
        "http://☃☃☃.\u200b.",
        f"http://{'a.' * 200}a",
    ],
)
@BOTH
def test_an_address_that_cannot_be_is_told_at_once(kind: Any, url: str) -> None:
    with pytest.raises(InvalidRequestError, match="base_url") as raised:
        kind(KEY, url)
    assert len(str(raised.value)) < 500


def test_an_address_with_a_path_in_letters_of_other_alphabets(
    make_client: MakeClient, server: Server
) -> None:
    server.in_contract = False
    server.answers(session())
    make_client(f"{server.url}/größe/").code_interpreter.get_session("ses_1")
    assert server.last.target == "/gr%C3%B6%C3%9Fe/api/v1/interpreter/sessions/ses_1"


EXCEPTED = [
    ("api.example", "example"),
    ("api.example", ".example"),
    ("example", ".example"),
    ("api.example", "*.example"),
    ("api.example", " other , API.EXAMPLE "),
    ("api.example", "other\tapi.example"),
    ("api.example", "api.example:443"),
    ("api.example", "*"),
    ("api.example", "api.example."),
    ("xn--bcher-kva.example", "bücher.example"),
    ("10.1.2.3", "10.0.0.0/8"),
    ("10.1.2.3", "10.1.2.3"),
    ("10.1.2.3", "10.1.2.3:443"),
    ("fd00::1", "fd00::/8"),
    ("fd00::1", "fd00:0:0::1"),
    ("fd00::1", "[fd00::1]"),
    ("fd00::1", "[fd00::1]:443"),
]
NOT_EXCEPTED = [
    ("api.example", ""),
    ("api.example", " , ,"),
    ("api.example", "i.example"),
    ("api.example", "sub.api.example"),
    ("api.example", "api.example:80"),
    ("api.example", "."),
    ("10.1.2.3", "2.3"),
    ("10.1.2.3", "10.2.0.0/16"),
    ("10.1.2.3", "10.0.0.0/99"),
    ("10.1.2.3", "fd00::/8"),
    ("fd00::1", "[fd00::1]:80"),
    ("fd00::1", "fd00::2"),
    ("fd00::1", "]["),
]


@pytest.mark.parametrize(("host", "no_proxy"), EXCEPTED)
def test_what_no_proxy_excepts(host: str, no_proxy: str) -> None:
    assert is_excepted(host, 443, no_proxy)


@pytest.mark.parametrize(("host", "no_proxy"), NOT_EXCEPTED)
def test_what_no_proxy_does_not_except(host: str, no_proxy: str) -> None:
    assert not is_excepted(host, 443, no_proxy)


def test_no_proxy_with_a_network_is_heeded(
    make_client: MakeClient, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.otherwise = executed()
    monkeypatch.setenv("HTTP_PROXY", f" {server.url}\n")
    make_client("http://198.51.100.7:81").code_interpreter.execute("1")
    assert server.last.target.startswith("http://198.51.100.7:81/api/")
    monkeypatch.setenv("NO_PROXY", "example, 198.51.100.0/24")
    with pytest.raises(CognitoraError):  # of whatever is or isn't there
        make_client("http://198.51.100.7:81").code_interpreter.execute("1", request_timeout=0.3)
    assert server.count == 1


def test_ipv6_through_a_proxy(
    make_client: MakeClient, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.otherwise = executed()
    monkeypatch.setenv("ALL_PROXY", server.url)
    make_client("http://[2001:db8::1]:81").code_interpreter.execute("1")
    assert server.last.target.startswith("http://[2001:db8::1]:81/api/")
    assert server.last.headers["host"] == "[2001:db8::1]:81"
    server.otherwise, server.in_contract = reply(502), False
    with pytest.raises(APIConnectionError, match="502"):
        make_client("https://[2001:db8::1]").code_interpreter.execute("1")
    assert (server.last.method, server.last.target) == ("CONNECT", "[2001:db8::1]:443")


def test_ipv6_without_a_proxy(make_client: MakeClient) -> None:
    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError as error:
        pytest.skip(f"this machine has no IPv6: {error}")
    with listener:
        url = f"http://[::1]:{listener.getsockname()[1]}"
        client = make_client(url)
        listener.settimeout(10)

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                assert f"host: {url[7:]}".encode() in connection.recv(65536).lower()
                raw_answer(connection)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        assert client.code_interpreter.get_session("ses_1").session_id == "ses_1"
        thread.join(10)


def raw_answer(connection: socket.socket) -> None:
    body = b'{"data": {"session_id": "ses_1", "status": "active"}}'
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    connection.sendall(head + body)


@pytest.mark.parametrize(
    "proxy",
    [
        "http://a..b",
        "socks5://h:1",
        "http://",
        "http://h:x",
        "http://\ud800",
        "ftp://h",
        "[",
        "☃ ☃",
    ],
)
def test_a_proxy_that_cannot_be_is_told(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setattr("os.environ", {"http_proxy": proxy})
    with pytest.raises(CognitoraError, match=r"[Pp]roxy"):
        make_client("http://service.example").code_interpreter.execute("1", request_timeout=5)


@pytest.mark.parametrize("call", ["upload", "list_sessions", "session", "map"])
def test_an_event_loop_that_is_not_asyncios_is_told(call: str) -> None:
    """As under trio: there is no loop of asyncio's in this thread."""
    interpreter = CognitoraAsync(KEY, "http://127.0.0.1:1").code_interpreter
    coroutines: dict[str, Any] = {
        "upload": lambda: interpreter.upload("s", b"", "a"),
        "list_sessions": interpreter.list_sessions,
        "session": lambda: interpreter.session().open(),
        "map": lambda: anext(interpreter.map(["1"])),
    }
    with pytest.raises(InvalidRequestError, match=r"needs asyncio.*trio\.to_thread"):
        coroutines[call]().__await__().__next__()


@BOTH
@pytest.mark.parametrize(
    ("executable", "words"),
    [
        ("", "sys.executable is empty"),
        (None, "sys.executable is empty"),
        ("/no/python", "can't be started"),
    ],
)
def test_a_python_that_is_not_there_is_told(
    kind: Any, monkeypatch: pytest.MonkeyPatch, executable: str | None, words: str
) -> None:
    monkeypatch.setattr("sys.executable", executable)
    with pytest.raises(CognitoraError, match=words):
        kind.local()
