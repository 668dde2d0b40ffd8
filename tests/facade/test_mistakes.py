"""What the published client 1.6.1 gets wrong: each, by its number in the project's facts of the wire."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cognitora
from cognitora import (
    AuthenticationError,
    Cognitora,
    CognitoraAsync,
    CognitoraError,
    InvalidRequestError,
    NotFoundError,
    RateLimitError,
    ServerError,
    WaitTimeoutError,
)
from cognitora._async.containers import AsyncContainers
from cognitora._async.interpreter import AsyncCodeInterpreter
from tests.facade.answers import DELETED, container, executed, session
from tests.facade.server import Server, reply


@pytest.mark.parametrize(("status", "kind"), [(401, AuthenticationError), (429, RateLimitError)])
def test_1_errors_keep_status_body_and_headers(
    client: Any, server: Server, status: int, kind: type[CognitoraError]
) -> None:
    server.otherwise = reply(
        status, {"error": "no", "x": 1}, headers={"X-Request-Id": "req_1", "Retry-After": "900"}
    )
    with pytest.raises(kind) as raised:
        client.code_interpreter.execute("1")
    error = raised.value
    assert error.status_code == status
    assert error.response_data == {"error": "no", "x": 1}
    assert (error.request_id, error.retry_after) == ("req_1", 900)
    # the recipe of the README that users know
    assert not error.status_code >= 500


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize(("status", "kind"), [(429, RateLimitError), (503, ServerError)])
def test_2_a_get_that_is_refused_keeps_its_status(
    client: Any, server: Server, status: int, kind: type[CognitoraError]
) -> None:
    server.otherwise = reply(status)
    with pytest.raises(kind) as raised:
        client.code_interpreter.list_sessions()
    assert raised.value.status_code == status
    assert server.count == 3


@pytest.mark.parametrize("kind", [Cognitora, CognitoraAsync])
def test_3_the_environment_is_read(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COGNITORA_API_KEY", "from-the-environment")
    monkeypatch.setenv("COGNITORA_BASE_URL", "http://127.0.0.1:1/")
    monkeypatch.setenv("COGNITORA_TIMEOUT", "7.5")
    client = kind()
    assert (client.base_url, client.timeout) == ("http://127.0.0.1:1", 7.5)


def test_4_the_async_client_has_every_method() -> None:
    for sync, twin in (
        (cognitora.CodeInterpreter, AsyncCodeInterpreter),
        (cognitora.Containers, AsyncContainers),
    ):
        names = {name for name in dir(sync) if not name.startswith("_")}
        assert names == {name for name in dir(twin) if not name.startswith("_")}
    assert "networking" in inspect.signature(AsyncCodeInterpreter.execute).parameters


def test_5_a_call_that_runs_code_is_waited_for_longer_than_the_code_may_run(
    client: Any, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[float] = []
    base = getattr(client, "inner", client)._client
    original = base._connect()
    open_ = original.open

    def spy(request: Any, deadline: Any) -> Any:
        given.append(deadline.seconds)
        return open_(request, deadline)

    monkeypatch.setattr(original, "open", spy)
    server.answers(executed(), executed(), reply(200, {"output": ""}), executed())
    client.code_interpreter.execute("1")
    client.code_interpreter.execute("1", timeout_seconds=3600)
    client.containers.execute_in_container("ctr_1", ["ls"], timeout_seconds=10)
    client.code_interpreter.execute("1", timeout_seconds=3600, request_timeout=2)
    assert given == [90, 3630, 40, 2]


UNEXPECTED = {
    "an unknown field": {"cpu_cores": 2, "gpu": "h100"},
    "a null": None,
    "a field of null": {"cpu_cores": None},
    "nothing": {},
}


@pytest.mark.parametrize("resources", UNEXPECTED.values(), ids=UNEXPECTED)
def test_6_answers_may_hold_more_or_less_than_is_known(
    client: Any, server: Server, resources: Any
) -> None:
    server.answers(session(resources=resources, region="eu"), session())
    created = client.code_interpreter.create_session()
    assert created.session_id == "ses_1"
    assert created["region"] == created.region == "eu"
    assert created.language is None
    assert client.code_interpreter.get_session("ses_1").executions is None


def test_6_one_bad_row_leaves_the_others(
    client: Any, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [{"session_id": "a", "status": "active"}, None, {}, {"session_id": "b", "status": "odd"}]
    server.answers(
        reply(200, {"data": {"sessions": rows}}), reply(200, {"data": {"sessions": None}})
    )
    assert [row.session_id for row in client.code_interpreter.list_sessions()] == ["a", "b"]
    assert caplog.text.count("left out a Session") == 2
    assert client.code_interpreter.list_sessions() == []


def test_6_a_result_with_odd_outputs_keeps_the_others(client: Any, server: Server) -> None:
    data = {"status": "completed", "outputs": [None, {"type": "stdout", "data": "x"}, {"data": 1}]}
    server.answers(reply(200, {"data": data}), reply(200, {"data": {**data, "outputs": None}}))
    assert client.code_interpreter.execute("1").stdout == "x"
    assert client.code_interpreter.execute("1").data.outputs == []


@pytest.mark.parametrize("answer", [reply(204), reply(200), reply(200, body=b"OK"), DELETED])
def test_7_a_delete_needs_no_body_in_its_answer(client: Any, server: Server, answer: Any) -> None:
    server.answers(answer, answer)
    assert client.code_interpreter.delete_session("ses_1") is True
    assert client.containers.cancel_container("ctr_1") is True


BAD_IDS = [
    "../../x?a=b",
    "a/b",
    "a?b",
    "a#b",
    "a%2Fb",
    "..",
    ".",
    "",
    "a b",
    "a\nb",
    "a\\b",
    None,
    7,
]


@pytest.mark.parametrize("bad", BAD_IDS, ids=repr)
def test_7_an_id_never_changes_the_path(client: Any, server: Server, bad: Any) -> None:
    interpreter, containers = client.code_interpreter, client.containers
    calls = [
        interpreter.get_session,
        interpreter.delete_session,
        interpreter.get_session_logs,
        interpreter.get_session_executions,
        interpreter.get_execution,
        containers.get_container,
        containers.cancel_container,
        containers.get_container_logs,
        containers.get_container_executions,
        containers.get_container_execution,
        containers.update_container,
        containers.wait_for_completion,
    ]
    for call in calls:
        with pytest.raises(InvalidRequestError, match="id") as raised:
            call(bad, timeout_seconds=5) if call == containers.update_container else call(bad)
        assert (raised.value.status_code, raised.value.may_have_run) == (0, False)
    if bad is not None:
        with pytest.raises(InvalidRequestError):
            interpreter.execute("1", session_id=bad)
    assert server.count == 0


def test_7_an_id_is_escaped_where_it_is_only_unusual(client: Any, server: Server) -> None:
    server.answers(session("é:1"))
    client.code_interpreter.get_session("é:1")
    assert server.last.target == "/api/v1/interpreter/sessions/%C3%A9%3A1"


@pytest.mark.parametrize("status", ["COMPLETED", "completed", "Failed", "cancelled", "TIMEOUT"])
def test_8_statuses_are_compared_without_case(client: Any, server: Server, status: str) -> None:
    server.answers(container(status=status))
    assert client.containers.wait_for_completion("ctr_1").status == status


def test_8_a_wait_that_is_over_is_an_error_of_the_sdk(client: Any, server: Server) -> None:
    server.otherwise = container(status="ALMOST_THERE")
    with pytest.raises(WaitTimeoutError) as raised:
        client.containers.wait_for_completion("ctr_1", timeout_seconds=0.05)
    assert isinstance(raised.value, CognitoraError)
    assert isinstance(raised.value, TimeoutError)
    assert raised.value.last.status == "ALMOST_THERE"


def test_8_run_and_wait_takes_networking_and_leaks_no_container(
    client: Any, server: Server
) -> None:
    server.answers(container(), reply(404, {"error": "gone"}), DELETED)
    with pytest.raises(NotFoundError):
        client.containers.run_and_wait("image", ["ls"], 1, 512, 5, networking=True)
    assert server.received[0].json["networking"] is True
    assert [r.method for r in server.received] == ["POST", "GET", "DELETE"]
    assert server.last.path.endswith("/containers/ctr_1")


def test_9_a_persistent_container_gets_only_what_was_asked_for(client: Any, server: Server) -> None:
    server.answers(container(), container())
    client.containers.create_container("image", None, 1, 512, 5, persistent=True)
    client.containers.create_persistent_container("image", 1, 512, 5)
    wanted = {
        "image": "image",
        "persistent": True,
        "cpuCores": 1,
        "memoryMb": 512,
        "maxCostCredits": 5,
        "networking": False,
    }
    assert [request.json for request in server.received] == [wanted, wanted]


def test_9_the_times_are_spelt_as_each_shape_spells_them(client: Any, server: Server) -> None:
    server.answers(container(), container())
    client.containers.create_container("image", ["ls"], 1, 512, 5, timeout_seconds=60)
    client.containers.create_container(
        "image", None, 1, 512, 5, persistent=True, timeout_seconds=60
    )
    assert server.received[0].json["timeoutSeconds"] == 60
    assert server.received[1].json["timeout_seconds"] == 60


def test_9_a_timeout_of_zero_is_not_dropped(client: Any, server: Server) -> None:
    interpreter, containers = client.code_interpreter, client.containers
    calls: list[Callable[[], Any]] = [
        lambda: interpreter.execute("1", timeout_seconds=0),
        lambda: interpreter.create_session(timeout_seconds=0),
        lambda: containers.create_container("image", ["ls"], 1, 512, 5, timeout_seconds=0),
        lambda: containers.create_persistent_container("image", 1, 512, 5, timeout_seconds=0),
        lambda: containers.execute_in_container("ctr_1", ["ls"], timeout_seconds=0),
        lambda: containers.update_container("ctr_1", timeout_seconds=0),
    ]
    for call in calls:
        with pytest.raises(InvalidRequestError, match=r"timeout_seconds must be .* from 1 to"):
            call()
    assert server.count == 0


def test_10_files_of_bytes_go_up_and_come_down(client: Any, server: Server) -> None:
    files = {"X-Cognitora-Features": "files"}
    written = reply(200, {"path": "a.bin", "size": 4}, headers=files)
    server.answers(container(), written, reply(200, body=b"\x00\xff\r\n"))
    server.script[0] = reply(200, {"id": "ctr_1", "status": "RUNNING"}, headers=files)
    client.containers.upload("ctr_1", b"\x00\xff\r\n", "a.bin")
    assert server.last.body == b"\x00\xff\r\n"
    assert client.containers.download("ctr_1", "a.bin") == b"\x00\xff\r\n"


def test_10_uploading_files_claims_no_success_of_its_own(client: Any, server: Server) -> None:
    server.answers(container(), reply(200, {"output": "", "filesUploaded": 1}))
    upload = cognitora.FileUpload("a.txt", "text")
    result = client.containers.upload_files("ctr_1", [upload])
    assert result.files_uploaded == 1
    assert server.last.json["command"] == ["true"]


def test_11_both_clients_are_context_managers(server: Server) -> None:
    with Cognitora(api_key="k", base_url=server.url) as client:
        assert client.base_url == server.url
    with pytest.raises(InvalidRequestError, match="closed"):
        client.code_interpreter.list_sessions()


def test_11_the_package_is_typed() -> None:
    assert (Path(cognitora.__file__).parent / "py.typed").exists()


def test_11_a_request_object_says_it_all(client: Any) -> None:
    request = cognitora.ExecuteCodeRequest(code="1")
    with pytest.raises(InvalidRequestError, match="set language, timeout_seconds in it"):
        client.code_interpreter.execute(request, "bash", timeout_seconds=5)
    lasting = cognitora.PersistentContainerRequest("i", True, 1.0, 512, 5)
    with pytest.raises(InvalidRequestError, match="set command in it"):
        client.containers.create_container(lasting, command=["ls"])


@pytest.mark.parametrize("networking", [True, False])
def test_11_networking_beside_a_request_object_is_refused_even_as_by_default(
    client: Any, networking: bool
) -> None:
    one_shot = cognitora.ComputeExecutionRequest("i", ["ls"], 1, 512, 5, networking=not networking)
    code = cognitora.ExecuteCodeRequest("1", networking=not networking)
    with pytest.raises(InvalidRequestError, match="set networking in it"):
        client.containers.create_container(one_shot, networking=networking)
    with pytest.raises(InvalidRequestError, match="set networking in it"):
        client.code_interpreter.execute(code, networking=networking)


def test_11_a_request_object_without_what_is_required_is_told_so(client: Any) -> None:
    ending = cognitora.PersistentContainerRequest("i", False, 1.0, 512, 5)
    with pytest.raises(InvalidRequestError, match="command must be a list"):
        client.containers.create_container(ending)


def test_11_none_leaves_persistent_to_its_default(client: Any, server: Server) -> None:
    server.answers(container())
    client.containers.create_container("i", ["ls"], 1, 512, 5, persistent=None)
    assert server.received[0].json["persistent"] is False


def test_11_each_request_class_of_the_readme_has_a_method(client: Any, server: Server) -> None:
    server.answers(executed(), container(), container())
    interpreter, containers = client.code_interpreter, client.containers
    interpreter.execute(cognitora.ExecuteCodeRequest(code="1", networking=False))
    one_shot = cognitora.ComputeExecutionRequest(
        image="i", command=["ls"], cpu_cores=1.0, memory_mb=512, max_cost_credits=5
    )
    containers.create_container(one_shot)
    lasting = cognitora.PersistentContainerRequest("i", True, 1.0, 512, 5)
    containers.create_container(lasting)
    assert server.received[0].json == {
        "code": "1",
        "language": "python",
        "timeout_seconds": 60,
        "networking": False,
    }
    assert server.received[2].json["persistent"] is True
