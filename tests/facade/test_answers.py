"""What is on the wire, and how answers of every kind are taken."""

from __future__ import annotations

import gzip
import logging
import threading
import zlib
from typing import Any

import pytest

from cognitora import (
    APIConnectionError,
    APIError,
    AuthenticationError,
    InvalidRequestError,
    InvalidResponseError,
    ServerError,
    __version__,
)
from tests.facade.answers import executed, session
from tests.facade.conftest import KEY, MakeClient
from tests.facade.server import Server, head, raw, reply


def test_a_request_carries_what_the_service_expects(client: Any, server: Server) -> None:
    server.answers(executed())
    client.code_interpreter.execute("print(1)")
    request = server.last
    assert (request.method, request.target) == ("POST", "/api/v1/interpreter/execute")
    assert request.json == {
        "code": "print(1)",
        "language": "python",
        "timeout_seconds": 60,
        "networking": True,
    }
    headers = request.headers
    assert headers["authorization"] == f"Bearer {KEY}"
    assert headers["user-agent"] == f"cognitora-python/{__version__}"
    assert headers["content-type"] == "application/json"
    assert headers["content-length"] == str(len(request.body))
    assert headers["host"] == server.url.removeprefix("http://")
    assert "transfer-encoding" not in headers


def test_text_travels_as_utf_8(client: Any, server: Server) -> None:
    server.answers(executed({"type": "stdout", "data": "žluťoučký 🐎"}))
    result = client.code_interpreter.execute("print('žluťoučký 🐎')")
    assert "žluťoučký 🐎".encode() in server.last.body
    assert result.stdout == "žluťoučký 🐎"


def test_a_path_in_the_base_url_is_kept(make_client: MakeClient, server: Server) -> None:
    server.in_contract = False
    server.answers(session())
    make_client(f"{server.url}/gateway/").code_interpreter.get_session("ses_1")
    assert server.last.target == "/gateway/api/v1/interpreter/sessions/ses_1"


def test_lists_are_asked_for_page_by_page(client: Any, server: Server) -> None:
    server.otherwise = reply(200, {"executions": []})
    client.code_interpreter.list_all_executions(limit=20, offset=40, status="completed")
    assert server.last.query == {"limit": "20", "offset": "40", "status": "completed"}
    client.containers.list_containers()
    assert server.last.query == {"limit": "50", "offset": "0"}


def test_outputs_are_asked_for_or_not_where_the_caller_says_so(client: Any, server: Server) -> None:
    server.otherwise = reply(200, {"executions": [{"id": "exec_1", "status": "completed"}]})
    interpreter = client.code_interpreter
    for outputs, sent in ((None, None), (True, "true"), (False, "false")):
        for ask in (
            lambda outputs: interpreter.list_all_executions(outputs=outputs),
            lambda outputs: interpreter.get_session_executions("ses_1", outputs=outputs),
            lambda outputs: list(interpreter.iter_all_executions(outputs=outputs)),
            lambda outputs: list(interpreter.iter_session_executions("ses_1", outputs=outputs)),
        ):
            (execution,) = ask(outputs)
            assert server.last.query.get("outputs") == sent
            assert (execution.outputs, execution.stdout) == (None, "")
    with pytest.raises(InvalidRequestError, match="outputs must be True or False"):
        interpreter.list_all_executions(outputs="no")


def test_connections_are_used_again(client: Any, server: Server) -> None:
    server.otherwise = executed()
    for _ in range(5):
        client.code_interpreter.execute("1")
    server.answers(reply(400))
    with pytest.raises(APIError):
        client.code_interpreter.execute("1")
    client.code_interpreter.execute("1")
    assert server.connections == 1


def test_a_connection_that_the_server_closed_is_not_used_again(client: Any, server: Server) -> None:
    closing = head(200, {"Content-Length": "2"}) + b"{}"
    server.answers(executed(), raw(closing), executed())
    client.code_interpreter.execute("1")
    with pytest.raises(InvalidResponseError):
        client.code_interpreter.execute("1")  # answered, and closed behind the answer
    server.wait_until_closed()
    assert client.code_interpreter.execute("1").ok
    assert server.connections == 2


def test_packed_answers_are_unpacked(client: Any, server: Server) -> None:
    body = b'{"data": {"status": "completed", "outputs": []}}'
    server.answers(
        reply(200, body=gzip.compress(body), headers={"Content-Encoding": "gzip"}),
        reply(
            404, body=gzip.compress(b'{"error": "packed"}'), headers={"Content-Encoding": "gzip"}
        ),
    )
    assert client.code_interpreter.execute("1").ok
    assert server.last.headers["accept-encoding"] == "gzip"
    with pytest.raises(APIError, match="packed"):
        client.code_interpreter.execute("1")


PACKED_WRONGLY = {
    "broken": (b"no gzip", "gzip", "packing is broken"),
    "cut off": (gzip.compress(b" " * 10_000)[:-20], "gzip", "cut off"),
    "deflate": (zlib.compress(b"{}"), "deflate", "'deflate', and only gzip"),
    "unknown": (b"x", "br", "'br'"),
}


@pytest.mark.parametrize(("body", "coding", "words"), PACKED_WRONGLY.values(), ids=PACKED_WRONGLY)
def test_wrong_packing_is_told(
    client: Any, server: Server, body: bytes, coding: str, words: str
) -> None:
    server.answers(reply(200, body=body, headers={"Content-Encoding": coding}))
    with pytest.raises(InvalidResponseError, match=words) as raised:
        client.code_interpreter.execute("1")
    assert raised.value.may_have_run


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "gzip, gzip"])
def test_nothing_is_packed_well_however_it_is_said_to_be(
    client: Any, server: Server, coding: str
) -> None:
    server.answers(reply(204, headers={"Content-Encoding": coding}))
    assert client.code_interpreter.delete_session("ses_1") is True


def test_a_body_of_several_members_is_read_whole(client: Any, server: Server) -> None:
    whole = b'{"executions": [{"id": "a", "status": "x"}, {"id": "b", "status": "x"}]}'
    packed = b"".join(gzip.compress(whole[n : n + 20]) for n in range(0, len(whole), 20))
    server.answers(reply(200, body=packed, headers={"Content-Encoding": "gzip"}))
    found = client.code_interpreter.list_all_executions()
    assert [execution.id for execution in found] == ["a", "b"]
    server.answers(reply(200, body=packed[:-9], headers={"Content-Encoding": "gzip"}))
    with pytest.raises(InvalidResponseError, match="cut off"):
        client.code_interpreter.list_all_executions()


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_an_answer_may_not_fill_the_memory(
    client: Any, server: Server, coding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for side in ("_sync", "_async"):
        monkeypatch.setattr(f"cognitora.{side}.base_client.MAX_ANSWER_BYTES", 100_000)
    bomb = b" " * 10_000_000
    body = gzip.compress(bomb) if coding == "gzip" else bomb
    server.answers(reply(200, body=body, headers={"Content-Encoding": coding}))
    with pytest.raises(InvalidResponseError, match="larger"):
        client.code_interpreter.execute("1")


def test_the_page_of_a_proxy_is_a_server_error_with_its_title(client: Any, server: Server) -> None:
    page = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
    server.answers(reply(502, body=page, headers={"Content-Type": "text/html"}))
    with pytest.raises(ServerError, match="HTML page titled '502 Bad Gateway'") as raised:
        client.code_interpreter.execute("1")
    assert raised.value.status_code == 502
    assert raised.value.response_data == page.decode()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(client: Any, server: Server, status: int) -> None:
    target = "https://evil.example/api"
    server.answers(reply(status, headers={"Location": target}))
    with pytest.raises(APIError, match=r"https://evil\.example/api; redirects are not") as raised:
        client.code_interpreter.execute("1")
    assert raised.value.status_code == status
    assert server.count == 1


def test_a_204_where_a_body_was_expected_is_told(client: Any, server: Server) -> None:
    server.answers(reply(204))
    with pytest.raises(InvalidResponseError, match="it is empty"):
        client.code_interpreter.execute("1")


def test_the_servers_features_are_remembered(client: Any, server: Server) -> None:
    server.answers(
        executed(), executed(**{"X-Cognitora-Features": "Files, wait"}), reply(502), executed()
    )
    client.code_interpreter.execute("1")
    assert client.features() == frozenset()
    client.code_interpreter.execute("1")
    assert client.features() == {"files", "wait"}
    with pytest.raises(ServerError):
        client.code_interpreter.execute("1")
    assert client.features() == {"files", "wait"}
    client.code_interpreter.execute("1")
    assert client.features() == frozenset()


def test_a_server_that_has_not_answered_yet_is_asked_for_its_features(
    client: Any, server: Server
) -> None:
    announced = {"X-Cognitora-Features": "files"}
    refused = reply(401, {"error": "no such key"}, headers=announced)
    server.answers(raw(b""), reply(200, {"data": {"sessions": []}}, headers=announced))
    assert client.features() == {"files"}
    assert client.features() == {"files"}
    assert [request.method for request in server.received] == ["GET", "GET"]
    with pytest.raises(InvalidRequestError, match="request_timeout"):
        client.features(request_timeout=0)
    server.answers(refused)
    with pytest.raises(AuthenticationError):
        client.code_interpreter.list_sessions()
    assert client.features() == {"files"}


def test_a_server_that_cant_be_asked_for_its_features_announces_nothing(
    make_client: MakeClient, unused_url: str
) -> None:
    with pytest.raises(APIConnectionError):
        make_client(unused_url).features()


def test_unknown_statuses_types_and_languages_are_taken(client: Any, server: Server) -> None:
    outputs = [{"type": "hologram", "data": {"x": 1}, "timestamp": "never", "new": [1]}]
    data = {"status": "transcended", "outputs": outputs, "language": "cobol"}
    server.answers(reply(200, {"data": data}))
    result = client.code_interpreter.execute("1")
    assert result.data.status == "transcended"
    assert not result.ok
    assert result["data"]["outputs"][0]["new"] == result.data.outputs[0].new == [1]
    assert result.data["language"] == "cobol"


def test_the_log_is_silent_unless_asked(
    client: Any, server: Server, capfd: pytest.CaptureFixture[str]
) -> None:
    server.answers(reply(500))
    with pytest.raises(ServerError):
        client.code_interpreter.execute("1")
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("no_pauses")
def test_the_log_has_a_line_for_each_attempt(
    client: Any, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "cognitora")
    server.answers(reply(503), session(), raw(b""), session())
    client.code_interpreter.get_session("ses_1")
    client.code_interpreter.get_session("ses_1")
    lines = [r.getMessage() for r in caplog.records if r.name == "cognitora"]
    attempts = [line for line in lines if ": attempt " in line]
    assert [line.split(" ms: ")[1][:3] for line in attempts] == ["503", "200", "The", "200"]
    assert all(line.startswith("get_session: ") for line in lines)
    assert sum("trying again" in line for line in lines) == 2


def test_a_sync_client_is_shared_by_threads(server: Server) -> None:
    from cognitora import Cognitora

    server.otherwise = executed({"type": "stdout", "data": "x"})
    with Cognitora(KEY, server.url) as client:
        results: list[str] = []

        def work() -> None:
            results.extend(client.code_interpreter.execute("1").stdout for _ in range(10))

        threads = [threading.Thread(target=work) for _ in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert results == ["x"] * 320
    assert server.count == 320
    assert server.connections <= 32


@pytest.mark.filterwarnings("ignore:.* is plain http")
def test_a_proxy_of_the_environment_is_used(
    make_client: MakeClient, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.otherwise = executed()
    monkeypatch.setenv("HTTP_PROXY", server.url.replace("http://", "http://me:pass@"))
    make_client("http://service.example").code_interpreter.execute("1")
    assert server.last.target == "http://service.example/api/v1/interpreter/execute"
    assert server.last.headers["host"] == "service.example"
    assert server.last.headers["proxy-authorization"] == "Basic bWU6cGFzcw=="
    monkeypatch.setenv("NO_PROXY", "service.example")
    with pytest.raises(APIConnectionError):
        make_client("http://service.example").code_interpreter.execute("1", request_timeout=3)
    assert server.count == 1


def test_loopback_is_reached_past_the_proxy(
    make_client: MakeClient, server: Server, unused_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", unused_url)
    server.answers(executed())
    assert make_client(server.url).code_interpreter.execute("1").ok


def test_a_proxy_that_refuses_the_tunnel(
    make_client: MakeClient, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.in_contract = False
    monkeypatch.setenv("HTTPS_PROXY", server.url)
    server.otherwise = reply(407)
    with pytest.raises(APIConnectionError, match="proxy on the way to https://service") as raised:
        make_client("https://service.example").containers.update_container("c", 5)
    assert not raised.value.may_have_run
    assert server.last.target == "service.example:443"
    assert KEY not in str(server.last.headers)


def test_a_proxy_that_is_not_there_is_named(
    make_client: MakeClient, unused_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", unused_url.replace("http://", "http://me:pass@"))
    client = make_client("https://service.example")
    with pytest.raises(APIConnectionError, match=f"through the proxy {unused_url}: ") as raised:
        client.containers.update_container("c", 5)
    assert "HTTPS_PROXY" in raised.value.message
    assert "pass@" not in str(raised.value)
