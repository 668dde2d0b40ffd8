"""What processes print is kept byte for byte, and read from any of them on."""

from __future__ import annotations

import asyncio
import hashlib
import random
from pathlib import Path

import httpx
import pytest

from tests.runtime.conftest import Start, open_session, until
from tests.runtime.interpreter.test_restart import HttpOf
from tests.runtime.interpreter.test_streaming import EVENTS, events
from tests.runtime.processes import calls
from tests.runtime.processes.calls import (
    PROCESSES,
    all_pieces,
    data,
    get,
    given,
    new,
    output,
    over,
    says,
    streamed,
)

PYTHON = ("python3", "-c")
BOTH = """
import os
os.write(1, b'one'); os.write(2, b'ERR'); os.write(1, b'two')
"""


async def test_both_streams_are_told_apart_and_counted_together(http: httpx.AsyncClient) -> None:
    process_id = await new(http, *PYTHON, BOTH)
    assert await calls.printed(http, process_id, "stdout") == b"onetwo"
    assert await calls.printed(http, process_id, "stderr") == b"ERR"
    pieces = await all_pieces(http, process_id)
    position = 0
    for each in pieces:
        assert each["offset"] == position
        position += len(data(each))
    assert (await get(http, process_id))["output_bytes"] == position == 9


async def test_every_byte_of_it_can_be_where_one_begins(http: httpx.AsyncClient) -> None:
    text = "aé€😀z".encode()
    process_id = await new(http, *PYTHON, f"import os; os.write(1, {text!r})")
    await over(http, process_id)
    for offset in range(len(text) + 3):
        part = await output(http, process_id, offset)
        assert b"".join(map(data, part["pieces"])) == text[offset:]
        assert part["ended"] is True
        assert part["next_offset"] == max(offset, len(text))
        pieces, end = await streamed(http, process_id, offset)
        assert b"".join(map(data, pieces)) == text[offset:]
        assert end == await get(http, process_id)


async def test_bytes_that_are_no_text(http: httpx.AsyncClient) -> None:
    process_id = await new(http, *PYTHON, "import os; os.write(1, bytes(range(256)))")
    assert await calls.printed(http, process_id) == bytes(range(256))
    pieces, _ = await streamed(http, process_id)
    assert {each["encoding"] for each in pieces} == {"base64"}


async def test_a_character_that_is_printed_in_two_goes(http: httpx.AsyncClient) -> None:
    code = (
        "import os, sys\nos.write(1, b'a\\xe2\\x82'); sys.stdin.readline(); os.write(1, b'\\xacz')"
    )
    process_id = await new(http, *PYTHON, code)
    await says(http, process_id, b"a\xe2\x82")
    await given(http, process_id, b"\n", 0)
    await over(http, process_id)
    first, last = await all_pieces(http, process_id)
    assert data(first) + data(last) == "a€z".encode()
    assert (first["encoding"], last["encoding"]) == ("base64", "base64")


async def test_much_of_both_streams(http: httpx.AsyncClient) -> None:
    code = """
import os, random
dice = random.Random(4)
for n in range(300):
    os.write(dice.choice((1, 2)), dice.randbytes(dice.randrange(1, 20_000)))
"""
    dice = random.Random(4)
    expected = {1: b"", 2: b""}
    for _ in range(300):
        expected[dice.choice((1, 2))] += dice.randbytes(dice.randrange(1, 20_000))
    process_id = await new(http, *PYTHON, code)
    assert await calls.printed(http, process_id, "stdout") == expected[1]
    assert await calls.printed(http, process_id, "stderr") == expected[2]
    offset = random.Random(5).randrange(1_000_000)
    pieces, _ = await streamed(http, process_id, offset)
    whole = b"".join(map(data, await all_pieces(http, process_id)))
    assert b"".join(map(data, pieces)) == whole[offset:]


async def test_it_comes_while_the_process_runs(live: httpx.AsyncClient) -> None:
    process_id = await new(live, *calls.ECHO)
    url = f"{PROCESSES}/{process_id}/output"
    async with live.stream("GET", url, headers=EVENTS) as answer:
        found = events(answer)
        position = 0
        for line in (b"one\n", b"two\n"):
            position = await given(live, process_id, line, position)
            name, piece = await anext(found)
            assert (name, data(piece)) == ("output", b"<" + line[:-1] + b">\n")
        await given(live, process_id, b"", position, close=True)
        rest = [event async for event in found]
    assert [name for name, _ in rest] == ["output", "end"]
    assert rest[-1][1]["status"] == "COMPLETED"


async def test_many_read_at_once_and_one_who_goes_stops_nobody(live: httpx.AsyncClient) -> None:
    process_id = await new(live, "sh", "-c", "read line; seq 100000")
    url = f"{PROCESSES}/{process_id}/output"
    reading = [asyncio.create_task(streamed(live, process_id)) for _ in range(5)]
    async with live.stream("GET", url, headers=EVENTS):
        pass  # gone again
    await given(live, process_id, b"\n", 0)
    expected = "".join(f"{n}\n" for n in range(1, 100_001)).encode()
    for each in reading:
        pieces, _ = await each
        assert b"".join(map(data, pieces)) == expected


async def test_who_reads_nothing_holds_nobody_up(live: httpx.AsyncClient) -> None:
    process_id = await new(live, "sh", "-c", "read line; head -c 6000000 /dev/zero")
    url = f"{PROCESSES}/{process_id}/output"
    async with live.stream("GET", url, headers=EVENTS):
        await given(live, process_id, b"\n", 0)
        assert (await over(live, process_id))["output_bytes"] == 6_000_000


async def test_what_is_beyond_the_limit_is_lost_and_the_process_goes_on(
    start: Start, http_of: HttpOf, tmp_path: Path
) -> None:
    limit = 100_000
    runtime = await start("--data-dir", tmp_path / "data", "--max-log-bytes", str(limit))
    async with http_of(runtime) as http:
        session = await open_session(http)
        code = f"import os; os.write(1, b'x' * {limit})"
        full = (await calls.begin(http, session, *PYTHON, code))["id"]
        found = await over(http, full)
        assert (found["output_bytes"], found["output_cut"]) == (limit, False)
        code = (
            "import sys\nfor n in range(1000): print(str(n) * 5000, flush=True)\ninput()\nexit(7)"
        )
        process_id = (await calls.begin(http, session, *PYTHON, code))["id"]

        async def is_cut() -> bool:
            return bool((await get(http, process_id))["output_cut"])

        await until(is_cut)
        assert (await get(http, process_id))["status"] == "RUNNING"
        await given(http, process_id, b"\n", 0)
        found = await over(http, process_id)
        assert (found["exit_code"], found["output_cut"]) == (7, True)
        assert found["output_limit"] == found["output_bytes"] == limit
        whole = b"".join(map(data, await all_pieces(http, process_id)))
        expected = "".join(str(n) * 5000 + "\n" for n in range(20)).encode()[:limit]
        assert hashlib.sha256(whole).digest() == hashlib.sha256(expected).digest()


async def test_what_it_has_left_running_doesnt_keep_it_from_ending(
    http: httpx.AsyncClient,
) -> None:
    process_id = await new(http, "sh", "-c", "(sleep 60; echo late) & echo early")
    found = await get(http, process_id, wait=calls.LONG)
    assert (found["status"], found["output_bytes"]) == ("COMPLETED", 6)


@pytest.mark.parametrize("offset", ["-1", "x", "9007199254740992"])
async def test_offsets_that_are_none(wrong: httpx.AsyncClient, offset: str) -> None:
    process_id = await new(wrong, "true")
    url = f"{PROCESSES}/{process_id}/output"
    for headers in ({}, EVENTS):
        answer = await wrong.get(url, params={"offset": offset}, headers=headers)
        assert answer.status_code == 400, answer.text


async def test_an_offset_that_hasnt_come_yet(http: httpx.AsyncClient) -> None:
    process_id = await new(http, *calls.ECHO)
    part = await output(http, process_id, 4)
    assert part == {"pieces": [], "next_offset": 4, "ended": False}
    reading = asyncio.create_task(streamed(http, process_id, 4))
    await given(http, process_id, b"hello\n", 0, close=True)
    pieces, _ = await reading
    assert b"".join(map(data, pieces)) == b"lo>\nover\n"
