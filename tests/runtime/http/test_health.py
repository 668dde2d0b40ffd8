"""What those ask who look after a runtime: does it go on, can it take work, what does it do?"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from cognitora_local.http import health
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


async def test_without_metrics_there_is_no_such_path(start: Start) -> None:
    async with watcher(await start(), key=True) as http:
        refusal(await http.get("/metrics"), 404, "unknown_path")
