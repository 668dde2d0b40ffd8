"""One deadline over a whole call, whatever the server does with the time."""

from __future__ import annotations

import os
import select
import selectors
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cognitora import APITimeoutError, CognitoraError
from cognitora._http import sockets
from cognitora.deadline import Deadline
from tests.facade.answers import executed
from tests.facade.conftest import MakeClient
from tests.facade.server import Server, drip, head, reply, silent

LIMIT = 0.4
LATE = 4.0  # on a machine that has other things to do; what is waited for in vain takes longer


def body_that_drips(server: Server) -> Any:
    return drip(head(200, {"Content-Length": "1000"}) + b" " * 1000, 0.05, over=server.over)


def head_that_drips(server: Server) -> Any:
    return drip(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1000, 0.05, over=server.over)


def refusal_that_drips(server: Server) -> Any:
    start = head(400, {"Content-Length": "1000"})
    return drip(b" " * 1000, 0.05, over=server.over, first=start)


@pytest.mark.parametrize("slow", [body_that_drips, head_that_drips, lambda _: silent])
def test_a_call_ends_at_its_deadline(client: Any, server: Server, slow: Any) -> None:
    server.answers(executed())
    client.code_interpreter.execute("1")  # the first call takes longer
    server.otherwise = slow(server)
    start = time.monotonic()
    with pytest.raises(APITimeoutError, match=r"within 0\.4 s.*request_timeout=") as raised:
        client.code_interpreter.execute("1", request_timeout=LIMIT)
    assert LIMIT <= time.monotonic() - start < LIMIT + LATE
    error = raised.value
    assert (error.status_code, error.may_have_run, error.attempts) == (0, True, 1)


def test_a_refusal_whose_text_drips_is_told_by_its_status(client: Any, server: Server) -> None:
    server.otherwise = refusal_that_drips(server)
    with pytest.raises(CognitoraError) as raised:
        client.code_interpreter.execute("1", request_timeout=LIMIT)
    assert raised.value.status_code == 400


def test_the_deadline_is_over_all_attempts(client: Any, server: Server) -> None:
    server.otherwise = reply(503, headers={"Retry-After": "2"})
    start = time.monotonic()
    with pytest.raises(CognitoraError) as raised:
        client.code_interpreter.list_sessions(request_timeout=3.9)
    assert time.monotonic() - start < 3.9
    assert raised.value.status_code == 503
    assert server.count == 2


def test_the_clients_timeout_is_the_deadline_of_ordinary_calls(
    make_client: MakeClient, server: Server
) -> None:
    server.otherwise = silent
    start = time.monotonic()
    with pytest.raises(APITimeoutError, match=r"0\.3 s"):
        make_client(server.url, timeout=0.3).code_interpreter.list_sessions()
    assert 0.3 <= time.monotonic() - start < 0.3 + LATE


@pytest.fixture
def full_url() -> Iterator[str]:
    """An address that takes no more connections: its queue is full and nobody accepts."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        with socket.create_connection(listener.getsockname()):
            while not accepted_by(listener):
                pass
            host, port = listener.getsockname()
            yield f"http://{host}:{port}"


def accepted_by(listener: socket.socket) -> int:
    """How many connections wait in a listener's queue (tcpi_unacked, in linux/tcp.h)."""
    info = listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 28)
    return int(struct.unpack_from("I", info, 24)[0])


def test_a_connection_that_is_never_taken(make_client: MakeClient, full_url: str) -> None:
    with pytest.raises(APITimeoutError) as raised:
        make_client(full_url).code_interpreter.execute("1", request_timeout=LIMIT)
    assert not raised.value.may_have_run


Addresses = list[tuple[str, int]]


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Callable[[Addresses], None]:
    """Lets every host name have these addresses."""

    def patch(addresses: Addresses) -> None:
        kind = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
        found = [(*kind, address) for address in addresses]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: list(found))

    return patch


def address_of(url: str) -> tuple[str, int]:
    host, _, port = url.removeprefix("http://").partition(":")
    return host, int(port)


@pytest.fixture(params=["h11", "httptools", "proxy"])
def named_url(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A server to whom one gets by a name, its own or a proxy's."""
    if request.param == "proxy":
        monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
        return "https://1.2.3.4"
    monkeypatch.setenv("COGNITORA_FAST", "1" if request.param == "httptools" else "0")
    return "http://localhost"


def test_dead_addresses_share_one_deadline(
    make_client: MakeClient,
    named_url: str,
    full_url: str,
    resolve: Callable[[Addresses], None],
) -> None:
    resolve([address_of(full_url)] * 3)
    began = time.monotonic()
    with pytest.raises(APITimeoutError) as raised:
        make_client(named_url).code_interpreter.execute("1", request_timeout=1)
    assert time.monotonic() - began < 2  # one after another it would be 3
    assert not raised.value.may_have_run


@pytest.mark.parametrize("fast", ["0", "1"])
def test_a_dead_first_address_delays_by_a_moment(
    monkeypatch: pytest.MonkeyPatch,
    make_client: MakeClient,
    server: Server,
    full_url: str,
    resolve: Callable[[Addresses], None],
    fast: str,
) -> None:
    monkeypatch.setenv("COGNITORA_FAST", fast)
    server.answers(executed())
    resolve([address_of(full_url), address_of(server.url)])
    began = time.monotonic()
    assert make_client("http://localhost").code_interpreter.execute("1").ok
    assert time.monotonic() - began < 3  # and not the whole of the time for a connection


@pytest.mark.parametrize("fast", ["0", "1"])
def test_an_address_of_a_kind_that_this_machine_lacks_is_passed_over(
    make_client: MakeClient, server: Server, monkeypatch: pytest.MonkeyPatch, fast: str
) -> None:
    monkeypatch.setenv("COGNITORA_FAST", fast)
    server.answers(executed())
    known = (socket.AF_INET, socket.SOCK_STREAM, 0, "", address_of(server.url))
    unknown = (255, *known[1:])  # as IPv6 is where the kernel has none
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [unknown, known])
    assert make_client("http://localhost").code_interpreter.execute("1").ok


@pytest.fixture
def hung_resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Lets each look-up of a host hang until the test is over; which there were."""
    asked: list[str] = []
    over = threading.Event()

    def hang(host: str, *_: Any, **__: Any) -> Any:
        asked.append(host)
        over.wait(60)
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    yield asked
    over.set()
    for thread in threading.enumerate():
        if thread.name == "cognitora-look-up":
            thread.join(10)
            assert not thread.is_alive()


def test_a_host_look_up_that_hangs(
    make_client: MakeClient, named_url: str, hung_resolver: list[str]
) -> None:
    client = make_client(named_url)
    began = time.monotonic()
    for _ in range(3):
        with pytest.raises(APITimeoutError, match=r"0\.4 s") as raised:
            client.code_interpreter.execute("1", request_timeout=LIMIT)
        assert not raised.value.may_have_run
    took = time.monotonic() - began
    assert 3 * LIMIT <= took < 3 * LIMIT + LATE
    # Calls that come within a second share one: threads that nobody can end don't pile up.
    assert 1 <= len(hung_resolver) <= took + 2


def test_an_address_is_not_looked_up(client: Any, server: Server, hung_resolver: list[str]) -> None:
    server.answers(executed())
    assert client.code_interpreter.execute("1").ok
    assert hung_resolver == []


ENDING = """
import asyncio, socket, sys, threading
from cognitora import APITimeoutError, Cognitora, CognitoraAsync
socket.getaddrinfo = lambda *_, **__: threading.Event().wait()
options = {"api_key": "cgk_x", "base_url": "http://localhost", "timeout": 0.3}
async def main():
    async with CognitoraAsync(**options) as client:
        await client.code_interpreter.list_sessions()
try:
    if sys.argv[1] == "async":
        asyncio.run(main())
    else:
        with Cognitora(**options) as client:
            client.code_interpreter.list_sessions()
except APITimeoutError:
    print("late")
"""


@pytest.mark.parametrize("fast", ["0", "1"])
@pytest.mark.parametrize("side", ["sync", "async"])
def test_a_look_up_that_never_ends_does_not_hold_the_programs_end(side: str, fast: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", ENDING, side],
        env={**os.environ, "COGNITORA_FAST": fast},
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("late\n", "")


def test_a_system_without_poll(
    client: Any, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Windows is."""
    server.answers(executed(), executed())
    monkeypatch.delattr(select, "poll")
    monkeypatch.setattr(sockets, "SELECTOR", selectors.SelectSelector, raising=False)
    assert all(client.code_interpreter.execute("1").ok for _ in range(2))


def test_a_connection_outlives_the_deadline_of_the_call_that_opened_it(
    client: Any, server: Server
) -> None:
    server.otherwise = executed()
    client.code_interpreter.execute("1", request_timeout=1)
    while_open = time.monotonic()
    while time.monotonic() - while_open < 1.1:
        time.sleep(0.1)
    client.code_interpreter.execute("1", request_timeout=5)
    assert server.connections == 1


def test_a_deadline_runs_on_the_clock_that_it_is_given() -> None:
    now = 100.0
    deadline = Deadline(5, lambda: now)
    assert (deadline.remaining(), deadline.left(), deadline.at) == (5, 5, 105)
    now = 106.0
    assert deadline.remaining() == 0
    with pytest.raises(APITimeoutError, match="5 s"):
        deadline.left()
