"""What containers print."""

from __future__ import annotations

import httpx

from tests.containers.conftest import (
    ClientOf,
    Start,
    cancel,
    create,
    ended,
    executions,
    logs,
    persistent,
    printed,
    run,
    wanted,
)

MIB = 1024 * 1024


async def test_logs_can_be_read_while_it_runs(http: httpx.AsyncClient) -> None:
    created = await create(http, wanted("sh", "-c", "echo one; sleep 1; echo two; sleep 60"))
    await printed(http, created["id"], "one\n")
    assert (await logs(http, created["id"])).startswith("one\n")
    await printed(http, created["id"], "two\n")
    assert await logs(http, created["id"]) == "one\ntwo\n"
    await cancel(http, created["id"])
    assert await logs(http, created["id"]) == "one\ntwo\n"


async def test_both_streams_are_in_their_order(http: httpx.AsyncClient) -> None:
    script = "for n in 1 2 3; do echo out $n; sleep 0.1; echo err $n >&2; sleep 0.1; done"
    found = await run(http, "sh", "-c", script)
    expected = "".join(f"out {n}\nerr {n}\n" for n in (1, 2, 3))
    assert await logs(http, found["id"]) == expected


async def test_the_logs_of_a_persistent_container_are_its_commands(http: httpx.AsyncClient) -> None:
    created = await create(http, persistent("sh", "-c", "echo up; sleep 0.2; echo really >&2"))
    await printed(http, created["id"], "really")
    assert await logs(http, created["id"]) == "up\nreally\n"
    await cancel(http, created["id"])
    assert await logs(http, created["id"]) == "up\nreally\n"


async def test_a_container_that_prints_nothing(http: httpx.AsyncClient) -> None:
    assert await logs(http, (await run(http, "true"))["id"]) == ""
    created = await create(http, persistent())
    assert await logs(http, created["id"]) == ""
    await cancel(http, created["id"])


async def test_text_that_is_no_text(http: httpx.AsyncClient) -> None:
    found = await run(http, "printf", r"\303\274 \377 \303")
    assert await logs(http, found["id"]) == "ü \ufffd \ufffd"


async def test_text_without_an_end_of_line(http: httpx.AsyncClient) -> None:
    found = await run(http, "printf", "no end")
    assert await logs(http, found["id"]) == "no end"


async def test_logs_are_capped_and_the_container_runs_on(http: httpx.AsyncClient) -> None:
    script = "head -c 20000000 /dev/zero | tr '\\0' x; exit 5"
    found = await run(http, "sh", "-c", script)
    assert (found["status"], found["exitCode"]) == ("FAILED", 5)
    text = await logs(http, found["id"])
    assert text == "x" * (10 * MIB) + "\n[the rest was not kept: logs are capped at 10 MiB]\n"


async def test_logs_are_capped_where_the_runtime_says(start: Start, http_of: ClientOf) -> None:
    async with http_of(await start("--max-log-bytes", "10")) as http:
        found = await run(http, "printf", "0123456789")
        assert await logs(http, found["id"]) == "0123456789"
        found = await run(http, "sh", "-c", "printf 01234; sleep 0.3; printf 567890; echo more")
        expected = "0123456789\n[the rest was not kept: logs are capped at 10 bytes]\n"
        assert await logs(http, found["id"]) == expected
        (record,) = await executions(http, found["id"])
        assert (await ended(http, found["id"]))["status"] == record["status"] == "COMPLETED"


async def test_many_small_pieces_arrive_whole(http: httpx.AsyncClient) -> None:
    found = await run(http, "sh", "-c", "for n in $(seq 5000); do echo line $n; done")
    assert await logs(http, found["id"]) == "".join(f"line {n}\n" for n in range(1, 5001))
