"""Both facades' interpreter against the runtime, with every exchange held against the contract."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from cognitora import (
    ConflictError,
    ExecuteCodeRequest,
    ExecutionError,
    FileUpload,
    NotFoundError,
)
from tests.addresses import listens
from tests.clients import KINDS, checked_client
from tests.conftest import Runtime
from tests.contract import Contract


@pytest.fixture(params=KINDS)
def client(request: pytest.FixtureRequest, runtime: Runtime, contract: Contract) -> Iterator[Any]:
    with checked_client(request.param, runtime, contract) as client:
        yield client


def test_a_one_shot_run_and_its_record(client: Any) -> None:
    interpreter = client.code_interpreter
    result = interpreter.execute(
        "import os; print(os.environ['WHO'], open('a/b.txt').read()); 6 * 7",
        files=[FileUpload(name="a/b.txt", content="text")],
        environment={"WHO": "me"},
        networking=False,
        timeout_seconds=30,
    )
    assert result.ok
    assert (result.stdout, result.text) == ("me text\n", "42")
    record = interpreter.get_execution(result.data.execution_id)
    assert record["status"] == record.status == "completed"
    assert record.outputs == result.data.outputs
    assert record.uploaded_files == ["a/b.txt"]
    assert result.data.execution_id in [
        execution.id for execution in interpreter.list_all_executions(status="COMPLETED")
    ]


def test_a_session_from_its_creation_to_its_end(client: Any, tmp_path: Path) -> None:
    interpreter = client.code_interpreter
    session = interpreter.create_session(
        timeout_seconds=600,
        expires_at=datetime.now(UTC) + timedelta(hours=1),
        environment={"A": "b"},
        resources={"cpu_cores": 1, "memory_mb": 256},
    )
    assert session.status == "active"
    assert session.resources.memory_mb == 256
    assert session.session_id in [each.session_id for each in interpreter.list_sessions()]
    interpreter.run_python("x = 1", session_id=session.session_id)
    failed = interpreter.run_python("print(x)\nx / 0", session_id=session.session_id)
    assert failed.stdout == "1\n"
    with pytest.raises(ExecutionError, match="ZeroDivisionError"):
        failed.raise_for_error()
    source = tmp_path / "up.bin"
    source.write_bytes(bytes(range(256)))
    interpreter.upload(session.session_id, source, "deep/up.bin")
    assert interpreter.download(session.session_id, "deep/up.bin") == source.read_bytes()
    details = interpreter.get_session(session.session_id)
    assert [execution.status for execution in details.executions] == ["failed", "completed"]
    listed = interpreter.get_session_executions(session.session_id, limit=1)
    assert [execution.id for execution in listed] == [details.executions[0].id]
    walked = interpreter.iter_session_executions(session.session_id)
    assert [execution.id for execution in walked] == [each.id for each in details.executions]
    messages = [entry["message"] for entry in interpreter.get_session_logs(session.session_id)]
    assert "1\n" in messages
    assert interpreter.delete_session(session.session_id) is True
    assert session.session_id not in [each.session_id for each in interpreter.list_sessions()]


def test_the_session_block_deletes_its_session_on_the_way_out(client: Any) -> None:
    interpreter = client.code_interpreter
    seen = []

    def leave_early() -> None:
        with interpreter.session() as session:
            seen.append(session.id)
            raise KeyError

    with pytest.raises(KeyError):
        leave_early()
    assert seen[0] not in [each.session_id for each in interpreter.list_sessions()]


def test_code_in_a_session_is_of_its_language(client: Any) -> None:
    interpreter = client.code_interpreter
    with interpreter.session(language="javascript", networking=False) as session:
        where = {"session_id": session.id, "networking": False}
        code = "[1, 2].map(n => n * 2)"
        assert interpreter.execute(code, **where).text == "[ 2, 4 ]"
        assert [each.text for each in interpreter.map([code], **where)] == ["[ 2, 4 ]"]
        assert interpreter.run_with_files(code, [FileUpload("a", "b")], **where).ok
        stream = interpreter.stream(code, **where)
        assert [output.data for output in stream] == ["[ 2, 4 ]"]
        assert interpreter.execute(ExecuteCodeRequest(code, session_id=session.id)).ok
        with pytest.raises(ConflictError, match="javascript"):
            interpreter.run_python(code, **where)


def test_a_server_in_a_session_is_reached(client: Any) -> None:
    server = """
import http.server, threading
http.server.SimpleHTTPRequestHandler.log_message = lambda *_: None
server = http.server.ThreadingHTTPServer(("127.0.0.1", 8000), http.server.SimpleHTTPRequestHandler)
threading.Thread(target=server.serve_forever, daemon=True).start()
"""
    with client.code_interpreter.session(networking=False) as session:
        session.upload(b"<p>hello</p>", "index.html")
        session.run(server, networking=False)
        port = session.expose(8000)
        assert httpx.get(port.url, trust_env=False).text == "<p>hello</p>"
        assert session.ports() == client.code_interpreter.list_ports(session.id) == [port]
        session.unexpose(8000)
        assert not listens(port.address)
        with pytest.raises(NotFoundError) as raised:
            session.unexpose(8000)
        assert raised.value.code == "port_not_exposed"


def test_many_in_order(client: Any) -> None:
    results = list(client.code_interpreter.map([f"print({n})" for n in range(8)], concurrency=4))
    assert [result.stdout for result in results] == [f"{n}\n" for n in range(8)]


def test_an_estimate(client: Any) -> None:
    estimate = client.containers.estimate_cost(cpu_cores=2.0, memory_mb=1024, timeout_seconds=3600)
    assert estimate["estimated_credits"] == estimate.estimated_credits
    assert 1 <= estimate.estimated_credits <= 50
