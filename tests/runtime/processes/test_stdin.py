"""What a process is given comes once and whole, however often it is sent."""

from __future__ import annotations

import asyncio
import hashlib
import random
import secrets
from contextlib import suppress

import httpx
import pytest

from tests.runtime.conftest import refusal, until
from tests.runtime.processes import calls
from tests.runtime.processes.calls import OCTETS, PROCESSES, get, given, new, over, write

PIPES_BYTES = 2 * 1024 * 1024  # more than waits in between


async def test_what_is_sent_again_comes_once(http: httpx.AsyncClient) -> None:
    process_id = await new(http, "cat")
    assert await given(http, process_id, b"hello", 0) == 5
    assert await given(http, process_id, b"hello", 0) == 5
    assert await given(http, process_id, b"lo, ", 3) == 7
    assert await given(http, process_id, b"", 0) == 7
    assert await given(http, process_id, b"hello, you", 0, close=True) == 10
    assert await calls.printed(http, process_id) == b"hello, you"
    assert (await get(http, process_id))["stdin_bytes"] == 10


async def test_a_gap_is_told_and_nothing_of_it_is_given(http: httpx.AsyncClient) -> None:
    process_id = await new(http, "cat")
    await given(http, process_id, b"one", 0)
    for content in (b"x", b""):
        sentence = refusal(await write(http, process_id, content, 4), 409, "stdin_gap")
        assert "from 3 on" in sentence
    refusal(await write(http, process_id, b"", 4, close=True), 409, "stdin_gap")
    await given(http, process_id, b"two", 3, close=True)
    assert await calls.printed(http, process_id) == b"onetwo"


async def test_when_it_is_closed_it_takes_no_more_but_what_it_has(http: httpx.AsyncClient) -> None:
    process_id = await new(http, "sh", "-c", "cat; exec sleep 60")
    for _ in range(2):
        assert await given(http, process_id, b"all", 0, close=True) == 3
    assert (await write(http, process_id, b"al", 0)).json() == {"offset": 3, "closed": True}
    refusal(await write(http, process_id, b"more", 3), 409, "stdin_closed")
    await calls.says(http, process_id, b"all")


async def test_what_an_ended_process_was_given_can_be_sent_again(http: httpx.AsyncClient) -> None:
    """As the answer to the last may be lost, which ended it."""
    process_id = await new(http, "head", "-c", "3")
    await given(http, process_id, b"all", 0)
    await over(http, process_id)
    for close in (True, False):
        answer = await write(http, process_id, b"all", 0, close=close)
        assert answer.status_code == 200, answer.text
        assert answer.json() == {"offset": 3, "closed": True}
    refusal(await write(http, process_id, b"x", 3), 409, "broken_pipe")
    refusal(await write(http, process_id, b"allx", 0), 409, "broken_pipe")
    assert (await get(http, process_id))["stdin_bytes"] == 3


async def test_one_that_was_started_with_none_is_at_its_end(http: httpx.AsyncClient) -> None:
    process_id = await new(http, "sh", "-c", "cat; echo over; exec sleep 60", stdin=False)
    await calls.says(http, process_id, b"over\n")
    refusal(await write(http, process_id, b"x", 0), 409, "stdin_closed")


async def test_one_that_has_closed_it(http: httpx.AsyncClient) -> None:
    process_id = await new(http, "sh", "-c", "exec <&-; echo closed; exec sleep 60")
    await calls.says(http, process_id, b"closed\n")
    refusal(await write(http, process_id, b"x", 0), 409, "broken_pipe")
    assert (await get(http, process_id))["stdin_bytes"] == 0


async def test_much_is_taken_as_fast_as_it_reads(http: httpx.AsyncClient) -> None:
    content = random.Random(1).randbytes(3 * PIPES_BYTES + 1)
    process_id = await new(http, "sha256sum")
    offset, rest = 0, content
    while rest:
        answer = await write(http, process_id, rest, offset)
        assert answer.status_code == 200, answer.text
        offset = answer.json()["offset"]
        rest = content[offset:]
    await given(http, process_id, b"", offset, close=True)
    told = (await calls.printed(http, process_id)).split()[0]
    assert told.decode() == hashlib.sha256(content).hexdigest()


async def test_one_that_doesnt_read_takes_a_part_and_later_the_rest(
    http: httpx.AsyncClient,
) -> None:
    content = random.Random(2).randbytes(2 * PIPES_BYTES)
    process_id = await new(http, "sh", "-c", "trap 'sha256sum; exit' USR1; echo on; kill -STOP $$")
    await calls.says(http, process_id, b"on\n")
    answer = await write(http, process_id, content, 0, close=True)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert 0 < told["offset"] < len(content)
    assert told["closed"] is False
    assert (await get(http, process_id))["stdin_bytes"] == told["offset"]
    await calls.signal(http, process_id, "USR1")
    await calls.signal(http, process_id, "CONT")
    assert await given(http, process_id, content[1000:], 1000, close=True) == len(content)
    printed = (await calls.printed(http, process_id)).split()
    assert hashlib.sha256(content).hexdigest().encode() in printed


async def test_a_writer_who_goes_away_leaves_it_as_far_as_it_came(http: httpx.AsyncClient) -> None:
    content = random.Random(3).randbytes(2 * PIPES_BYTES)
    process_id = await new(http, "sh", "-c", "read -r line; sha256sum")
    writing = asyncio.create_task(write(http, process_id, b"\n" + content, 0))
    await until(lambda: has_some(http, process_id))
    writing.cancel()
    with suppress(asyncio.CancelledError):
        await writing
    assert await given(http, process_id, b"\n" + content, 0, close=True) == len(content) + 1
    told = (await calls.printed(http, process_id)).split()[0]
    assert told.decode() == hashlib.sha256(content).hexdigest()


async def has_some(http: httpx.AsyncClient, process_id: str) -> bool:
    return bool((await get(http, process_id))["stdin_bytes"])


async def test_two_writers_of_the_same_give_it_once(http: httpx.AsyncClient) -> None:
    content = secrets.token_bytes(500_000)
    process_id = await new(http, "sha256sum")
    told = await asyncio.gather(*[given(http, process_id, content, 0) for _ in range(4)])
    assert set(told) == {len(content)}
    await given(http, process_id, b"", len(content), close=True)
    printed = (await calls.printed(http, process_id)).split()[0]
    assert printed.decode() == hashlib.sha256(content).hexdigest()


async def test_others_go_on_while_one_doesnt_read(http: httpx.AsyncClient) -> None:
    stuck, other = await new(http, "sleep", "60"), await new(http, "cat")
    writing = asyncio.create_task(write(http, stuck, bytes(PIPES_BYTES), 0))
    await until(lambda: has_some(http, stuck))
    await given(http, other, b"on", 0, close=True)
    assert await calls.printed(http, other) == b"on"
    assert not writing.done()
    await calls.signal(http, stuck, "KILL")
    refusal(await writing, 409, "broken_pipe")


async def test_a_terminal_is_told_of_the_end_by_its_character(http: httpx.AsyncClient) -> None:
    process_id = await new(http, "cat", terminal={"rows": 24, "columns": 80})
    await given(http, process_id, b"line\n", 0)
    await calls.says(http, process_id, b"line\r\nline\r\n")
    await given(http, process_id, b"", 5, close=True)
    assert (await over(http, process_id))["exit_code"] == 0


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [
        ({}, OCTETS, 400),
        ({"offset": "-1"}, OCTETS, 400),
        ({"offset": "x"}, OCTETS, 400),
        ({"offset": "0", "close": "perhaps"}, OCTETS, 400),
        ({"offset": "0"}, {"Content-Type": "application/json"}, 400),
    ],
)
async def test_bad_requests(
    wrong: httpx.AsyncClient, query: dict[str, str], headers: dict[str, str], status: int
) -> None:
    process_id = await new(wrong, "cat")
    url = f"{PROCESSES}/{process_id}/stdin"
    answer = await wrong.put(url, params=query, content=b"1", headers=headers)
    assert answer.status_code == status, answer.text
    assert (await get(wrong, process_id))["stdin_bytes"] == 0
