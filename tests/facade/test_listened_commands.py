"""Commands in containers whose output is listened to: what is told of them, and when."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from cognitora import APITimeoutError, FileUpload, InvalidRequestError, NotFoundError
from tests.facade.server import Behaviour, Received, Server, head, raw, reply, silent
from tests.facade.test_processes import DONE, RUNNING, end, piece

FEATURES = {"X-Cognitora-Features": "files, processes, wait"}
FILES = [FileUpload(name="in", content="file")]
EVENTS = {**FEATURES, "Content-Type": "text/event-stream", "Connection": "close"}
LIMIT = 0.5
OVER = r"^The 0\.5 s for this call are over"


def says(code: int = 200, /, **data: Any) -> Behaviour:
    return reply(code, data, headers=FEATURES)


def stays_open(connection: socket.socket, _: Received) -> None:
    """It prints something, and then nothing for ever."""
    connection.sendall(head(200, EVENTS) + piece(0, b"some"))
    connection.recv(1)


class Commands:
    """A container in which one command is run: answers each request by what it is for."""

    def __init__(self, **instead: Behaviour) -> None:
        self.instead = instead

    def __call__(self, connection: socket.socket, request: Received) -> None:
        name = request.path.rpartition("/")[2]
        answers: dict[str, Behaviour] = {
            "ctr_1": says(id="ctr_1", status="RUNNING"),
            "files": says(path="in", size=4),
            "processes": says(201, **RUNNING),
            "stdin": says(offset=0, closed=True),
            "output": raw(head(200, EVENTS) + piece(0, b"all") + end()),
            "signal": says(**DONE),
        }
        (self.instead.get(name) or answers[name])(connection, request)


def box_of(client: Any, server: Server, **instead: Behaviour) -> Any:
    server.otherwise = Commands(**instead)
    return client.containers.attach("ctr_1")


def signals(server: Server) -> list[Any]:
    return [each.json["signal"] for each in server.received if each.path.endswith("/signal")]


@pytest.mark.parametrize("name", ["files", "processes"])
def test_a_part_that_takes_too_long_is_told_by_the_time_of_all(
    client: Any, server: Server, name: str
) -> None:
    box = box_of(client, server, **{name: silent})
    with pytest.raises(APITimeoutError, match=OVER) as raised:
        box.run(["a"], files=FILES, on_stdout=print, request_timeout=LIMIT)
    assert raised.value.operation in ("upload_container_file", "start_container_process")
    assert raised.value.may_have_run
    assert signals(server) == []


def test_a_command_that_goes_on_too_long_is_killed_and_what_it_printed_is_told(
    client: Any, server: Server
) -> None:
    box = box_of(client, server, output=stays_open)
    with pytest.raises(APITimeoutError, match=OVER) as raised:
        box.run(["a"], on_stdout=print, request_timeout=LIMIT)
    assert raised.value.last.stdout == "some"
    assert raised.value.may_have_run
    assert raised.value.__notes__ == ["Process proc_1: It was killed."]
    assert signals(server) == ["KILL"]


def test_what_went_wrong_is_told_where_the_killing_fails_too(client: Any, server: Server) -> None:
    box = box_of(client, server, output=stays_open, signal=reply(400, {"error": "not now"}))
    with pytest.raises(APITimeoutError, match=OVER) as raised:
        box.run(["a"], on_stdout=print, request_timeout=LIMIT)
    (note,) = raised.value.__notes__
    assert note.startswith("Process proc_1: It could not be killed, and may go on: not now")


def test_a_time_out_of_the_listeners_own_is_not_the_commands(client: Any, server: Server) -> None:
    own = APITimeoutError("my own")

    def fail(_: str) -> None:
        raise own

    box = box_of(client, server)
    with pytest.raises(APITimeoutError) as raised:
        box.run(["a"], on_stdout=fail)
    assert raised.value is own
    assert signals(server) == ["KILL"]


def test_what_cant_be_run_is_refused_before_a_file_is_written(client: Any, server: Server) -> None:
    box = box_of(client, server)
    count = server.count
    wrong: list[dict[str, Any]] = [{"command": []}, {"user": ""}, {"stdin": 5}, {"environment": 1}]
    for each in wrong:
        with pytest.raises(InvalidRequestError, match=next(iter(each))):
            box.run(**{"command": ["a"], "files": FILES, "on_stdout": print, **each})
    assert server.count == count


def test_a_refusal_is_told_as_such(client: Any, server: Server) -> None:
    box = box_of(client, server, processes=says(404, error="Gone.", code="container_not_found"))
    with pytest.raises(NotFoundError, match="Gone"):
        box.run(["a"], on_stdout=print, request_timeout=LIMIT)


def test_run_and_wait_tells_the_time_of_all_where_nothing_begins(
    client: Any, server: Server
) -> None:
    server.otherwise = silent
    with pytest.raises(APITimeoutError, match=OVER):
        client.containers.run_and_wait("i", ["a"], 1, 64, 5, request_timeout=LIMIT)


def test_upload_files_tells_the_time_of_all(client: Any, server: Server) -> None:
    box_of(client, server, files=silent)
    client.containers.get_container("ctr_1")
    with pytest.raises(APITimeoutError, match=OVER):
        client.containers.upload_files("ctr_1", FILES, request_timeout=LIMIT)
