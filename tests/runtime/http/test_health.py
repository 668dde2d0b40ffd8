"""What those ask who look after a runtime: does it go on, can it take work, what does it do?"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Callable

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from cognitora_local.http import health
from tests.postgresql import PostgresqlServer
from tests.postgresql import postgresql_server as postgresql_server
from tests.runtime.conftest import EXECUTE, Process, Start, open_session, printed, refusal

HttpOf = Callable[[Process], httpx.AsyncClient]


def watcher(runtime: Process, *, key: bool = False) -> httpx.AsyncClient:
    """A client of what isn't in the contract."""
    headers = {"Authorization": f"Bearer {runtime.ready['api_key']}"} if key else {}
    return httpx.AsyncClient(base_url=runtime.ready["base_url"], headers=headers, trust_env=False)


async def test_health_is_told_without_a_key_and_nothing_else(start: Start) -> None:
    runtime = await start()
    async with watcher(runtime) as http:
        for path in (health.LIVE, health.READY):
            answer = await http.get(path)
            assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
            assert (await http.post(path)).status_code == 405
        for path in ("/metrics", "/healthz/", "//healthz", "/healthz/../metrics", "/"):
            refusal(await http.get(path), 401, "missing_api_key")


@pytest.mark.parametrize("outcome", [True, False, OSError("broken"), None])
async def test_each_check_has_its_time_and_a_failed_one_is_named(outcome: object) -> None:
    async def check() -> bool:
        if isinstance(outcome, Exception):
            raise outcome
        if outcome is None:
            await asyncio.Event().wait()
        return bool(outcome)

    assert await health.passes(check) is (outcome is True)


async def test_metrics_count_what_was_asked_for(start: Start, http_of: HttpOf) -> None:
    runtime = await start("--metrics")
    async with http_of(runtime) as http:
        await open_session(http)
        for _ in range(3):
            await printed(http, "print(1)")
        refused = await http.post(EXECUTE, json={"code": "1", "session_id": "ses_none"})
        assert refused.status_code == 404
        async with watcher(runtime, key=True) as prometheus:
            answer = await prometheus.get("/metrics")
        assert answer.headers["content-type"].startswith("text/plain")
        found = {
            (sample.name, *sorted(sample.labels.values())): sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        }
        assert found["cognitora_requests_total", "200", "execute_code"] == 3
        assert found["cognitora_requests_total", "404", "execute_code"] == 1
        assert found["cognitora_request_seconds_count", "execute_code"] == 4
        assert found["cognitora_sessions", ""] == 1
        assert found["cognitora_executions", ""] == found["cognitora_unwritten", ""] == 0
        assert found["process_resident_memory_bytes",] > 0
        assert runtime.ready["api_key"] not in answer.text


async def test_metrics_are_told_without_a_key_where_they_have_a_port_of_their_own(
    start: Start,
) -> None:
    port = free_port()
    runtime = await start("--metrics-port", str(port))
    async with watcher(runtime) as http:
        refusal(await http.get("/metrics"), 401, "missing_api_key")
        there = f"http://127.0.0.1:{port}"
        answer = await http.get(f"{there}/metrics")
        families = {family.name for family in text_string_to_metric_families(answer.text)}
        assert families >= {"cognitora_requests", "cognitora_sessions"}
        for path in (EXECUTE, "/healthz", "/"):
            assert (await http.get(f"{there}{path}")).status_code == 404


async def test_a_gateway_without_its_database_isnt_ready_and_lives(
    start: Start, postgresql_server: PostgresqlServer
) -> None:
    async with watcher(await start("--database", postgresql_server.made("records"))) as http:
        assert (await http.get(health.READY)).status_code == 200
        postgresql_server.kill()
        try:
            answer = await http.get(health.READY)
            assert (answer.status_code, answer.json()["failed"]) == (503, ["records"])
            assert (await http.get(health.LIVE)).status_code == 200
        finally:
            postgresql_server.start()
        async with asyncio.timeout(60):
            while (await http.get(health.READY)).status_code != 200:
                await asyncio.sleep(0.1)


async def test_each_line_of_the_log_is_an_object_where_that_is_asked_for(start: Start) -> None:
    runtime = await start("--log-format", "json", "--log-level", "debug", "--host", "0.0.0.0")
    key = runtime.ready["api_key"]
    async with watcher(runtime, key=True) as http:
        body = {"code": "print(1)", "networking": False}
        answer = await http.post(EXECUTE, json=body, headers={"X-Other": "a b"})
        assert (await http.get("/not/there")).status_code == 404
    await runtime.stop()
    lines = [json.loads(line) for line in runtime.log.splitlines()]
    assert all({"time", "level", "logger", "message"} <= each.keys() for each in lines)
    [asked] = [each for each in lines if each.get("request_id") == answer.headers["x-request-id"]]
    assert (asked["method"], asked["path"], asked["status"]) == ("POST", EXECUTE, 200)
    assert any("listening on 0.0.0.0" in each["message"] for each in lines)
    assert key not in runtime.log


def test_errors_that_nobody_sees_to_are_lines_too() -> None:
    program = (
        "import threading, warnings; from cognitora_local import log_setup\n"
        "log_setup.begin('info', as_json=True)\n"
        "thread = threading.Thread(target=lambda: 1 / 0); thread.start(); thread.join()\n"
        "warnings.warn('beware')\n"
        "raise SystemError('two\\nlines')"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True)
    told = [json.loads(line) for line in done.stderr.splitlines()]
    assert [each["level"] for each in told] == ["critical", "warning", "critical"]
    assert "ZeroDivisionError" in told[0]["error"]
    assert "beware" in told[1]["message"]
    assert "two\nlines" in told[2]["error"]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port: int = bound.getsockname()[1]
        return port


async def test_without_metrics_there_is_no_such_path(start: Start) -> None:
    async with watcher(await start(), key=True) as http:
        refusal(await http.get("/metrics"), 404, "unknown_path")
