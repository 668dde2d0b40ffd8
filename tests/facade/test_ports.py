"""Ports by the facade: what is asked for, what comes back, and what a server is told that has none."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from cognitora import ExposedPort, InvalidRequestError, NotFoundError, UnsupportedError
from tests.facade.answers import DELETED
from tests.facade.server import Server, reply

KNOWS = {"X-Cognitora-Features": "ports"}
PORT = {"port": 8000, "url": "http://127.0.0.1:40123", "address": "127.0.0.1:40123"}
HANDLES = ["session", "container"]


def opened(client: Any, server: Server, kind: str) -> Any:
    if kind == "session":
        data = {"session_id": "ses_1", "status": "active"}
        server.answers(reply(201, {"data": data}, headers=KNOWS))
        return client.code_interpreter.session()
    server.answers(reply(201, {"id": "ctr_1", "status": "PENDING"}, headers=KNOWS))
    return client.containers.container("image", 1, 64, 5)


def path(kind: str) -> str:
    service = "interpreter/sessions/ses_1" if kind == "session" else "compute/containers/ctr_1"
    return f"/api/v1/{service}/ports"


@pytest.mark.parametrize("kind", HANDLES)
def test_a_handle_exposes_lists_and_takes_back(client: Any, server: Server, kind: str) -> None:
    with opened(client, server, kind) as handle:
        server.answers(reply(200, PORT, headers=KNOWS))
        port = handle.expose(8000)
        assert (port.port, port.url, str(port)) == (8000, PORT["url"], PORT["url"])
        assert port.socket_address == ("127.0.0.1", 40123)
        gone = reply(200, {"success": True}, headers=KNOWS)
        server.answers(reply(200, {"ports": [PORT]}, headers=KNOWS), gone, DELETED)
        assert handle.ports() == [port]
        assert handle.unexpose(8000) is None
    asked = [(each.method, each.target) for each in server.received[1:-1]]
    where = path(kind)
    assert asked == [
        ("PUT", f"{where}?port=8000"),
        ("GET", where),
        ("DELETE", f"{where}?port=8000"),
    ]


@pytest.mark.parametrize("kind", HANDLES)
@pytest.mark.parametrize("port", [0, 65536, 1.5, "8000", None, True])
def test_what_is_no_port_is_told_before_anything_is_sent(
    client: Any, server: Server, kind: str, port: Any
) -> None:
    with opened(client, server, kind) as handle:
        server.answers(DELETED)
        for method in (handle.expose, handle.unexpose):
            with pytest.raises(InvalidRequestError, match="port"):
                method(port)
    assert server.count == 2


@pytest.mark.parametrize("kind", HANDLES)
def test_a_closed_handle_exposes_nothing(client: Any, server: Server, kind: str) -> None:
    handle = opened(client, server, kind)
    with pytest.raises(InvalidRequestError, match="not open"):
        handle.expose(8000)
    with handle:
        server.answers(DELETED)
    with pytest.raises(InvalidRequestError, match="closed"):
        handle.ports()


@pytest.mark.parametrize("status", [404, 405])
def test_a_server_that_doesnt_know_ports_is_told_from_one_that_refuses(
    client: Any, server: Server, status: int
) -> None:
    server.otherwise = reply(status, {"error": "no such path"})
    for _ in range(2):
        with pytest.raises(UnsupportedError, match="`ports`") as raised:
            client.code_interpreter.expose_port("ses_1", 8000)
        assert not raised.value.may_have_run
        assert raised.value.operation == "expose_session_port"


def test_a_server_that_knows_ports_may_refuse(client: Any, server: Server) -> None:
    gone = {"error": "There is no session.", "code": "session_not_found"}
    server.answers(reply(404, gone, headers=KNOWS))
    with pytest.raises(NotFoundError, match="There is no session"):
        client.code_interpreter.expose_port("ses_1", 8000)


@pytest.mark.parametrize("service", ["code_interpreter", "containers"])
def test_ports_are_walked_as_all_lists_are(client: Any, server: Server, service: str) -> None:
    server.otherwise = reply(200, {"ports": [PORT, {**PORT, "port": 8001}]}, headers=KNOWS)
    methods = getattr(client, service)
    assert [each.port for each in methods.list_ports("id_1")] == [8000, 8001]
    assert [each.port for each in methods.iter_ports("id_1")] == [8000, 8001]


def test_a_port_that_is_reached_by_its_url_alone() -> None:
    port = ExposedPort.from_dict({"port": 8000, "url": "https://8000-ses1.example.com"})
    assert str(port) == "https://8000-ses1.example.com"
    with pytest.raises(ValueError, match="use its url"):
        _ = port.socket_address
    assert pickle.loads(pickle.dumps(port)) == port
    assert ExposedPort.from_dict({**PORT, "address": "[::1]:80"}).socket_address == ("::1", 80)
