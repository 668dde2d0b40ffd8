"""Containers that are refused: nothing is started, recorded or charged then."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from cognitora import CognitoraAsync, ServerError
from tests.containers.conftest import (
    CONTAINERS,
    GARBAGE,
    ClientOf,
    Start,
    cancel,
    create,
    get,
    persistent,
    running,
    wanted,
)
from tests.runtime.conftest import Process, process, refusal

PAST = "2020-01-01T00:00:00Z"

WRONG = [
    (wanted(), "`command`"),
    (wanted("true", command=None), "`command`"),
    (wanted("", "x"), "`command[0]`"),
    (wanted("echo", "a\0b"), "NUL"),
    (wanted("echo", "x" * 200_000), "too long"),
    (wanted("true", cpuCores=0), "`cpuCores`"),
    (wanted("true", cpuCores=10**6), "`cpuCores`"),
    (wanted("true", memoryMb=1), "`memoryMb`"),
    (wanted("true", memoryMb=10**9), "`memoryMb`"),
    (wanted("true", storageGb=0), "`storageGb`"),
    (wanted("true", storageGb=10**6), "`storageGb`"),
    (wanted("true", maxCostCredits=-1), "`maxCostCredits`"),
    (wanted("true", maxCostCredits=10**30), "`maxCostCredits`"),
    (wanted("true", timeoutSeconds=0), "`timeoutSeconds`"),
    (wanted("true", timeoutSeconds=10**10), "`timeoutSeconds`"),
    (wanted("true", expires_at=PAST), "past"),
    (wanted("true", expires_at="soon"), "`expires_at`"),
    (wanted("true", environment={"A=B": "x"}), "A=B"),
    (wanted("true", privileged=True), "`privileged`"),
    (persistent(timeout_seconds=0), "`timeout_seconds`"),
]


@pytest.mark.parametrize(("body", "said"), WRONG)
async def test_what_can_not_be_had(
    wrong: httpx.AsyncClient, body: dict[str, Any], said: str
) -> None:
    assert said in refusal(await wrong.post(CONTAINERS, json=body), 400, "invalid_request")


async def test_a_command_of_null_is_for_persistent_containers(http: httpx.AsyncClient) -> None:
    body = {**wanted("true"), "command": None}
    answer = await http.post(CONTAINERS, json=body)
    assert "persistent" in refusal(answer, 400, "invalid_request")


async def test_a_gpu_that_is_not_there(http: httpx.AsyncClient) -> None:
    """Refused before any price."""
    answer = await http.post(CONTAINERS, json=wanted("true", gpuCount=1, maxCostCredits=0))
    assert "no GPU" in refusal(answer, 400, "no_gpu")


async def test_an_image_that_is_not_there(http: httpx.AsyncClient) -> None:
    before = (await http.get(CONTAINERS)).json()
    answer = await http.post(CONTAINERS, json=wanted("true", image="127.0.0.1:1/nothing:here"))
    sentence = refusal(answer, 503, "image_unavailable")
    assert "127.0.0.1:1" in sentence
    assert (await http.get(CONTAINERS)).json() == before


@pytest.mark.parametrize("image", ["-v", "--privileged", "a b", "UPPER", "busybox;id", "../x"])
async def test_a_name_that_no_image_has(http: httpx.AsyncClient, image: str) -> None:
    refusal(await http.post(CONTAINERS, json=wanted("true", image=image)), 400, "invalid_image")


async def test_too_many(start: Start, http_of: ClientOf) -> None:
    async with http_of(await start("--max-containers", "2")) as http:
        first = await create(http, wanted("sleep", "60"))
        await create(http, persistent())
        answer = await http.post(CONTAINERS, json=wanted("true"))
        assert "than 2 are" in refusal(answer, 429, "too_many_containers")
        assert int(answer.headers["Retry-After"]) > 0
        await cancel(http, first["id"])
        assert (await http.post(CONTAINERS, json=wanted("true"))).status_code == 201


async def test_too_many_at_once(start: Start, http_of: ClientOf) -> None:
    """Those count that are being made, too."""
    async with http_of(await start("--max-containers", "2")) as http:
        answers = await asyncio.gather(
            *(http.post(CONTAINERS, json=wanted("sleep", "60")) for _ in range(5))
        )
    assert sorted(answer.status_code for answer in answers) == [201, 201, 429, 429, 429]


@pytest.fixture
async def engineless(tmp_path: Any) -> Any:
    """A runtime with an engine that isn't there."""
    socket = f"unix://{tmp_path}/none.sock"
    async with process(tmp_path / "stderr", "--engine", socket) as runtime:
        await runtime.wait_ready()
        yield runtime


async def test_an_engine_that_is_not_there(engineless: Process, http_of: ClientOf) -> None:
    async with http_of(engineless) as http:
        for _ in range(2):  # it is looked for again
            answer = await http.post(CONTAINERS, json=wanted("true"))
            sentence = refusal(answer, 501, "engine_unavailable")
            assert "none.sock" in sentence
        assert "none.sock" in refusal(await http.post(GARBAGE), 501, "engine_unavailable")
        assert (await http.get(CONTAINERS)).json() == {"executions": []}  # needs none
        refusal(await http.get(f"{CONTAINERS}/ctr_none"), 404, "container_not_found")


async def test_an_engine_that_is_not_there_is_asked_for_once(engineless: Process) -> None:
    """Nothing changes by itself: a client that repeats the call keeps its caller waiting."""
    ready = engineless.ready
    async with CognitoraAsync(ready["api_key"], ready["base_url"]) as client:
        for call in (
            client.containers.create_container("busybox", ["true"], 1.0, 64, 5),
            client.containers.collect_garbage(),
        ):
            with pytest.raises(ServerError, match=r"none\.sock") as caught:
                await call
            error = caught.value
            assert (error.attempts, error.is_retryable, error.may_have_run) == (1, False, False)


async def test_a_runtime_with_containers_takes_code_as_well(http: httpx.AsyncClient) -> None:
    created = await create(http, persistent())
    await running(http, created["id"])
    answer = await http.post(
        "/api/v1/interpreter/execute", json={"code": "print(1)", "networking": False}
    )
    assert answer.json()["data"]["status"] == "completed"
    assert (await get(http, created["id"]))["status"] == "RUNNING"
    await cancel(http, created["id"])
