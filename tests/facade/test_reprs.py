"""What is shown of results, requests and errors is short, and holds no files and no variables."""

from __future__ import annotations

import asyncio
import copy
import gc
import json
import pickle
import warnings
from typing import Any

import pytest

from cognitora import (
    Cognitora,
    CognitoraAsync,
    CognitoraError,
    ComputeExecutionRequest,
    ContainerExecRequest,
    CreateSessionRequest,
    ExecuteCodeRequest,
    Execution,
    ExecutionError,
    FileUpload,
    InvalidRequestError,
    PersistentContainerRequest,
    RunResult,
)
from cognitora.results import ExecuteCodeResponse
from tests.facade.answers import container, executed, session
from tests.facade.conftest import KEY
from tests.facade.server import Server, reply

MEGABYTES = "x" * 3_000_000
PASSWORD = "hunter2-hunter2"
VARIABLES: Any = {"A": PASSWORD}  # as people pass them
SHORT = 20_000

REQUESTS: list[Any] = [
    ExecuteCodeRequest(MEGABYTES, environment=VARIABLES, files=[FileUpload("a", PASSWORD)] * 9_000),
    CreateSessionRequest(environment=VARIABLES),
    ComputeExecutionRequest("i", [MEGABYTES] * 99, 1, 1, 1, environment=VARIABLES),
    PersistentContainerRequest("i", True, 1, 1, 1, environment=VARIABLES),
    ContainerExecRequest(["ls"], files=[FileUpload("a", PASSWORD)], environment=VARIABLES),
    FileUpload(MEGABYTES, PASSWORD),
]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda value: type(value).__name__)
def test_a_request_shows_little(request_: Any) -> None:
    assert len(repr(request_)) < SHORT
    assert PASSWORD not in repr(request_)


def test_environment_checked_shows_no_values(client: Any, server: Server) -> None:
    server.answers(executed())
    client.code_interpreter.execute("1", environment=VARIABLES)
    from cognitora import request_bodies

    checked = request_bodies.execute_code_request(code="1", environment=VARIABLES)
    assert "environment=<1>" in repr(checked.environment) + repr(checked)
    assert PASSWORD not in repr(checked) + repr(checked.environment)


def deep(levels: int) -> Any:
    return [deep(levels - 1)] * 20 if levels else MEGABYTES[:1000]


def results() -> list[Any]:
    output = {"type": "stdout", "data": MEGABYTES, MEGABYTES: deep(3)}
    run = {
        "data": {"session_id": MEGABYTES, "status": MEGABYTES, "outputs": [output] * 50},
        "errors": ["x"] * 1000 + [MEGABYTES],
        "unknown": deep(3),
    }
    ended = Execution.from_dict(
        {"id": MEGABYTES, "status": "FAILED", "reason": MEGABYTES, "more": deep(3)}
    )
    return [ExecuteCodeResponse.from_dict(run), ended, RunResult(ended, MEGABYTES)]


@pytest.mark.parametrize("result", results(), ids=lambda value: type(value).__name__)
def test_a_result_and_its_error_show_little(result: Any) -> None:
    assert len(repr(result)) < SHORT
    with pytest.raises(ExecutionError) as raised:
        result.raise_for_error()
    assert len(str(raised.value)) < SHORT
    assert len(repr(raised.value)) < 2 * SHORT
    assert "characters left out" in str(raised.value)


def test_the_error_for_what_is_wrong_shows_little(client: Any, server: Server) -> None:
    calls: list[Any] = [
        lambda c: c.code_interpreter.execute("1", language=MEGABYTES),
        lambda c: c.code_interpreter.get_session(f"{MEGABYTES}/"),
        lambda c: c.code_interpreter.execute(REQUESTS[2]),
        lambda c: c.containers.create_container(REQUESTS[0]),
        lambda c: c.containers.create_container(f"{MEGABYTES}:\n", ["a"], 1, 1, 1),
        lambda c: c.containers.create_container(f"{MEGABYTES}://a", ["a"], 1, 1, 1),
        lambda c: c.containers.create_container("i", [1, MEGABYTES], 1, 1, 1),
        lambda c: c.code_interpreter.create_session(resources={MEGABYTES: 1}),
        lambda c: c.code_interpreter.run_with_files("1", [FileUpload(f"{MEGABYTES}/", PASSWORD)]),
        lambda c: c.code_interpreter.execute("1", environment={"A": PASSWORD, "B": 1}),
        lambda c: c.code_interpreter.execute("1", environment=[PASSWORD]),
        lambda c: c.code_interpreter.execute("1", files=[PASSWORD]),
    ]
    for call in calls:
        with pytest.raises(InvalidRequestError) as raised:
            call(client)
        assert len(repr(raised.value)) < SHORT
        assert PASSWORD not in repr(raised.value)
    assert server.count == 0


@pytest.mark.parametrize("kind", [bytes, bytearray])
def test_a_file_in_the_place_of_its_name_shows_little(
    client: Any, server: Server, kind: type
) -> None:
    with pytest.raises(InvalidRequestError, match="3,000,000 bytes") as raised:
        client.containers.upload("ctr_1", "name", kind(MEGABYTES.encode()))
    assert len(str(raised.value)) < 1000
    assert server.count == 0


def test_the_error_of_a_server_shows_little(client: Any, server: Server) -> None:
    server.answers(reply(400, {"error": {"message": MEGABYTES[:900_000], "code": "x" * 90_000}}))
    with pytest.raises(CognitoraError) as raised:
        client.code_interpreter.execute("1")
    assert len(str(raised.value)) < SHORT


def test_what_ran_as_plain_data(client: Any, server: Server) -> None:
    ended = container(status="COMPLETED", createdAt="2030-01-31T12:00:00Z")
    server.answers(container(), ended, reply(200, {"logs": "a\n"}))
    result = client.containers.run_and_wait("i", ["ls"], 1, 512, 5)
    assert json.loads(json.dumps(result.to_dict())) == {
        "execution": {
            "id": "ctr_1",
            "status": "COMPLETED",
            "createdAt": "2030-01-31T12:00:00+00:00",
        },
        "logs": "a\n",
    }


@pytest.mark.parametrize("copying", [copy.deepcopy, pickle.dumps])
@pytest.mark.parametrize("kind", [Cognitora, CognitoraAsync])
def test_a_client_says_that_it_is_not_copied(kind: Any, copying: Any) -> None:
    client = kind(KEY, "http://127.0.0.1:1")
    for thing in (
        client,
        client.code_interpreter,
        client.containers,
        client.code_interpreter.session(),
    ):
        with pytest.raises(
            TypeError, match=r"client can't be copied or pickled.*in each process"
        ) as raised:
            copying(thing)
        assert KEY not in str(raised.value)


def test_results_and_requests_are_copied_and_pickled() -> None:
    for thing in [*REQUESTS[1:], *results()]:
        assert pickle.loads(pickle.dumps(thing)) == copy.deepcopy(thing) == thing


@pytest.mark.parametrize("fast", ["1", "0"])
def test_a_loop_that_ended_leaves_no_socket(
    server: Server, monkeypatch: pytest.MonkeyPatch, fast: str
) -> None:
    monkeypatch.setenv("COGNITORA_FAST", fast)
    server.otherwise = session()
    client = CognitoraAsync(KEY, server.url)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(2):
            asyncio.run(client.code_interpreter.get_session("ses_1"))
            gc.collect()
        asyncio.run(client.close())
        gc.collect()
    assert [str(warning.message) for warning in caught] == []
    assert server.connections == 2
