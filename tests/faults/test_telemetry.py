"""What calls tell of themselves: the fields of their log records, and their spans."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from cognitora import Cognitora, CognitoraAsync, CognitoraError
from tests.facade.answers import container
from tests.facade.conftest import KEY, MakeClient
from tests.facade.server import raw, reply
from tests.faults.service import Service

pytestmark = pytest.mark.usefixtures("no_pauses")

FILES = {"X-Cognitora-Features": "files"}


@pytest.fixture
def client(service: Service, make_client: MakeClient) -> Any:
    return make_client(service.url)


def fields(caplog: pytest.LogCaptureFixture, *names: str) -> list[tuple[Any, ...]]:
    records = [record for record in caplog.records if record.name == "cognitora"]
    return [tuple(getattr(record, name, None) for name in names) for record in records]


def test_a_record_has_the_facts_of_its_attempt(
    client: Any, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "cognitora")
    service.answers(reply(503, headers={"X-Request-Id": "req_1"}), raw(b""))
    client.code_interpreter.list_sessions()
    assert fields(caplog, "levelname", "operation", "attempt", "status", "request_id") == [
        ("DEBUG", "list_sessions", 1, 503, "req_1"),
        ("INFO", "list_sessions", None, None, None),
        ("DEBUG", "list_sessions", 2, 0, None),
        ("INFO", "list_sessions", None, None, None),
        ("DEBUG", "list_sessions", 3, 200, "req_good"),
    ]
    times = fields(caplog, "duration_ms", "pause_s")
    assert all(took > 0 if pause is None else pause == 0 for took, pause in times)


def test_waits_are_told(client: Any, service: Service, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "cognitora")
    service.answers(container(status="RUNNING"), container(status="COMPLETED"))
    client.containers.wait_for_completion("ctr_1", poll_interval=0.01)
    waits = [r.getMessage() for r in caplog.records if "looking again" in r.getMessage()]
    assert waits == ["get_container: ctr_1 is RUNNING, looking again in 0.01 s"]


def test_streams_are_told(client: Any, service: Service, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "cognitora")
    service.answers(
        reply(200, {"data": {"sessions": []}}, headers=FILES), reply(200, body=b"x" * 1000)
    )
    client.code_interpreter.list_sessions()
    assert client.code_interpreter.download("ses_1", "f") == b"x" * 1000
    told = fields(caplog, "operation", "bytes", "status")
    assert told[-2:] == [
        ("download_session_file", None, 200),
        ("download_session_file", 1000, None),
    ]


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """The spans of a program that traces."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    yield exporter
    provider.shutdown()


def only(spans: InMemorySpanExporter) -> ReadableSpan:
    (span,) = spans.get_finished_spans()
    return span


def test_a_call_is_a_span(client: Any, service: Service, spans: InMemorySpanExporter) -> None:
    client.code_interpreter.execute("1")
    span = only(spans)
    assert (span.name, span.kind) == ("execute_code", SpanKind.CLIENT)
    assert span.status.status_code is StatusCode.UNSET
    assert span.attributes == {
        "http.request.method": "POST",
        "url.template": "/api/v1/interpreter/execute",
        "server.address": "127.0.0.1",
        "server.port": int(service.url.rpartition(":")[2]),
        "http.response.status_code": 200,
        "cognitora.request_id": "req_good",
        "cognitora.attempts": 1,
    }


def test_each_attempt_is_an_event(
    client: Any, service: Service, spans: InMemorySpanExporter
) -> None:
    service.answers(reply(503, headers={"X-Request-Id": "req_1"}), raw(b""))
    client.code_interpreter.list_sessions()
    events = [dict(event.attributes or {}) for event in only(spans).events]
    assert all(event.pop("cognitora.duration_ms") for event in events)
    assert events == [
        {
            "cognitora.attempt": 1,
            "http.response.status_code": 503,
            "cognitora.request_id": "req_1",
            "error.type": "ServerError",
        },
        {"cognitora.attempt": 2, "error.type": "APIConnectionError"},
        {
            "cognitora.attempt": 3,
            "http.response.status_code": 200,
            "cognitora.request_id": "req_good",
        },
    ]


def test_a_call_that_fails_is_a_failed_span(
    client: Any, service: Service, spans: InMemorySpanExporter
) -> None:
    service.answers(reply(400, {"error": f"bad: {KEY}"}))
    with pytest.raises(CognitoraError):
        client.code_interpreter.execute("1")
    span = only(spans)
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description == "bad: ***"
    assert span.attributes is not None
    assert span.attributes["error.type"] == "BadRequestError"
    assert KEY not in span.to_json()


def check_parent(spans: InMemorySpanExporter) -> None:
    *children, parent = spans.get_finished_spans()
    assert parent.name == "work"
    assert [child.parent for child in children] == [parent.get_span_context()] * 3


def test_a_span_is_a_child_of_the_callers(spans: InMemorySpanExporter, service: Service) -> None:
    with (
        Cognitora(KEY, service.url) as client,
        trace.get_tracer("program").start_as_current_span("work"),
    ):
        assert len(list(client.code_interpreter.map(["1", "2", "3"]))) == 3
    check_parent(spans)


async def test_an_async_span_is_a_child_of_the_callers(
    spans: InMemorySpanExporter, service: Service
) -> None:
    async with CognitoraAsync(KEY, service.url) as client:
        with trace.get_tracer("program").start_as_current_span("work"):
            assert len([r async for r in client.code_interpreter.map(["1", "2", "3"])]) == 3
    check_parent(spans)


def test_a_streams_span_ends_with_the_stream(
    client: Any, service: Service, spans: InMemorySpanExporter
) -> None:
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"
    service.answers(reply(200, {"data": {"sessions": []}}, headers=FILES), raw(cut))
    client.code_interpreter.list_sessions()
    spans.clear()
    with pytest.raises(CognitoraError):
        client.code_interpreter.download("ses_1", "f")
    assert only(spans).status.status_code is StatusCode.ERROR


def test_a_program_that_does_not_trace_does_not_import_it(service: Service) -> None:
    program = f"""
import sys
from cognitora import Cognitora
with Cognitora({KEY!r}, {service.url!r}) as client:
    assert client.code_interpreter.execute("1").ok
print([name for name in sys.modules if name.startswith("opentelemetry")])
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout == "[]\n"
