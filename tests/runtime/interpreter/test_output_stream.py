"""What can't be seen from outside a runtime: how outputs wait, and who is taken for gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message

from cognitora_local.http import event_stream, responses
from cognitora_local.http.event_stream import EventStream
from cognitora_local.http.responses import SENT_BYTES, StreamedResponse
from cognitora_local.interpreter.output_queue import OutputQueue
from cognitora_local.kernel import Output
from cognitora_local.kernel.bundles import Bundle
from cognitora_local.store import interpreter_rows
from cognitora_local.untrusted_json import RawJson

NOW = datetime.now(UTC)


def output(type: str, data: str) -> Output:
    return Output(type, data, None, NOW)


async def test_adjacent_text_of_one_stream_is_joined_while_it_waits() -> None:
    queue = OutputQueue()
    for type, data in (
        ("stdout", "a"),
        ("stdout", "b"),
        ("stderr", "c"),
        ("display_data", "d"),
        ("display_data", "e"),
        ("stdout", "f"),
    ):
        queue.put(output(type, data))
    assert await queue.wait(0)
    assert [each.data for each in queue.take()] == ["ab", "c", "d", "e", "f"]
    assert not await queue.wait(0)
    queue.put(output("stdout", "g"))
    assert [each.data for each in queue.take()] == ["g"]


async def test_whoever_waits_for_news_is_told() -> None:
    queue = OutputQueue()
    waiting = asyncio.create_task(queue.wait(20))
    await asyncio.sleep(0)
    queue.notify()
    assert await waiting


@pytest.mark.parametrize("kind", [EventStream, StreamedResponse])
async def test_a_reader_who_takes_nothing_is_taken_for_gone(
    monkeypatch: pytest.MonkeyPatch, kind: type[StreamedResponse]
) -> None:
    monkeypatch.setattr(responses, "STALL_SECONDS", 0.05)

    async def pieces() -> AsyncIterator[bytes]:
        yield b": keep-alive\n\n"

    async def stall(message: Message) -> None:
        await asyncio.Event().wait()

    async def stay() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    with pytest.raises(ClientDisconnect):
        await kind(pieces())({"type": "http"}, stay, stall)


@pytest.mark.parametrize("size", [0, 1, SENT_BYTES, SENT_BYTES + 1, 3 * SENT_BYTES])
async def test_of_a_long_piece_a_slow_reader_takes_part_after_part(size: int) -> None:
    sent = list[Message]()

    async def piece() -> AsyncIterator[bytes]:
        yield b"x" * size

    async def send(message: Message) -> None:
        sent.append(message)

    async def stay() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    await StreamedResponse(piece())({"type": "http"}, stay, send)
    bodies = [each["body"] for each in sent[1:]]
    assert b"".join(bodies) == b"x" * size
    assert max(map(len, bodies)) <= SENT_BYTES
    assert [each["more_body"] for each in sent[1:]] == [*[True] * (len(bodies) - 1), False]


async def test_a_long_event_goes_out_in_pieces() -> None:
    event = event_stream.event("output", {"data": "x" * 3 * event_stream.PIECE_BYTES})
    pieces = [piece async for piece in event]
    assert len(pieces) == 4
    assert b"".join(pieces).startswith(b'event: output\ndata: {"data":"xxx')
    assert pieces[-1].endswith(b'x"}\n\n')


@pytest.mark.parametrize(
    "shown",
    [
        "",
        "text \ud800 😀" * 30_000,
        {},
        {"text/plain": "a", "x/y+json": RawJson('{"a": [1e2]}'), "b": ""},
    ],
)
async def test_what_was_shown_is_read_from_a_row_as_it_was_written(shown: str | Bundle) -> None:
    assert interpreter_rows.shown_of(interpreter_rows.written(shown)) == shown


async def test_bundles_in_the_rows_of_older_runtimes_are_read() -> None:
    old = '{"text/plain": "a", "application/json": [1, {"b": null}]}'
    assert interpreter_rows.shown_of(old) == {
        "text/plain": "a",
        "application/json": RawJson('[1, {"b": null}]'),
    }
