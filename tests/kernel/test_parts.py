"""The parts that need no sandbox: frames, bundles, the collector."""

from __future__ import annotations

import json
import time
from contextlib import suppress

import pytest

from cognitora_local.kernel import Caps, Output
from cognitora_local.kernel.bundles import Shown, read_shown
from cognitora_local.kernel.channel import READ_SIZE
from cognitora_local.kernel.drivers.python_driver.frames import FRAME_LIMIT, pack, unpack
from cognitora_local.kernel.frames import FrameBuffer, FrameError
from cognitora_local.kernel.outputs import Collector
from cognitora_local.untrusted_json import RawJson


def is_full(collector: Collector) -> bool:
    """A function, because type checkers think that an attribute stays what it was."""
    return collector.full


HELD_SECONDS = 0.05
"""Half of the time in which a neighbour is to be served, on a slow and busy processor."""

FRAMES = [["a"], ["b", ""], ["ü\0\n", "x" * 1000], ["ü", "", "😀" * 20_000, ""], ["\ud800"]]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000, 10_000])
async def test_frames_come_whole_from_any_pieces(size: int) -> None:
    stream = b"".join(pack(*fields) for fields in FRAMES)
    buffer = FrameBuffer()
    got = [f for i in range(0, len(stream), size) for f in buffer.feed(stream[i : i + size])]
    assert got == [*FRAMES[:-1], ["?"]]


@pytest.mark.parametrize(
    "stream",
    [
        (FRAME_LIMIT + 1).to_bytes(4, "big"),
        b"\0\0\0\0",
        b"\0\0\0\3abc",
        b"\0\0\0\4\0\0\0\1",
        b"\0\0\0\5\0\0\0\2a",
        b"\0\0\0\5\0\0\0\1\xff",
        b"\0\2\0\0\0\1\xff\xff" + bytes(2**17),
        b"\0\2\0\0\0\1\xff\xfb" + b"\xff" * 2**17,
        b"\0\2\0\0\0\1\xff\xf9" + bytes(2**17),
        b"\0\2\0\0" + bytes(2**17),
        pack(*["x"] * 10_001),
    ],
)
async def test_bad_frames(stream: bytes) -> None:
    with pytest.raises(FrameError):
        list(FrameBuffer().feed(stream))


async def test_frames_before_a_bad_one_count() -> None:
    frames = FrameBuffer().feed(pack("good") + b"\xff\xff\xff\xff")
    assert next(frames) == ["good"]
    with pytest.raises(FrameError):
        next(frames)


async def test_unpack_is_the_inverse_of_pack() -> None:
    assert unpack(pack("kind", "", "ß")[4:]) == ["kind", "", "ß"]
    assert unpack(b"") == []


async def test_bundles() -> None:
    assert read_shown(["text/plain", "1", "application/json", "[1]"]) == Shown(
        {"text/plain": "1", "application/json": RawJson("[1]")}, None, None
    )
    assert read_shown(["metadata", '{"a": 1}', "display_id", "x", "text/plain", "1"]) == Shown(
        {"text/plain": "1"}, RawJson('{"a": 1}'), "x"
    )
    assert read_shown(["metadata", "[1]", "text/plain", "1"]).metadata is None
    for bad in ([], ["text/plain"], ["a", "b", "c"]):
        with pytest.raises(FrameError):
            read_shown(bad)


MIB = 2**20
HEAVY = {
    "long whole numbers": ",".join(["9" * 4300] * (MIB // 4301)),
    "whole numbers": ",".join(["9" * 100] * (MIB // 101)),
    "long fractions": ",".join(["0." + "9" * 400] * (MIB // 404)),
    "large numbers": ",".join(["1.7976931348623157e307"] * 45_000),
    "the largest numbers": ",".join(["1.7976931348623157e308"] * 45_000),
    "small numbers": ",".join(["2.2250738585072014e-308"] * 40_000),
    "lists": ",".join(["[]"] * 24_000),
    "a deep one and many": "[" * 90 + "]" * 90 + ",[]" * 24_000,
    "unended ones": "[" * 49_000,
    "objects": ",".join(['{"a":0}'] * 12_000),
    "texts": ",".join(['"abc"'] * 49_000),
    "names": '{"' + '":0,"'.join(map(str, range(45_000))) + '":0}',
    "escapes": '"' + r"\u00e9" * (MIB // 6 - 1) + '"',
    "signs of all kinds": '"' + "😀" * (MIB // 4 - 1) + '"',
}


@pytest.mark.parametrize("kind", HEAVY)
async def test_no_bundle_keeps_others_waiting(kind: str) -> None:
    """However it fills its limits, be it with one type or with ten: by the time of the processor.

    Or, where that is slow, no more than a few times what reading JSON takes anybody.
    """
    whole, tenth = f"[{HEAVY[kind]}]"[:MIB], f"[{HEAVY[kind][: MIB // 10]}]"

    def seconds(fields: list[str]) -> float:
        collector = Collector(Caps())
        begun = time.thread_time()
        collector.display(fields)
        return time.thread_time() - begun

    def read_by_anybody(text: str) -> float:
        begun = time.thread_time()
        with suppress(ValueError, RecursionError):
            json.loads(text)
        return time.thread_time() - begun

    ten = [text for number in range(10) for text in (f"application/{number}+json", tenth)]
    one = ["application/json", whole]
    for fields in (one, ten, ["metadata", whole, *ten]):
        assert any(
            seconds(fields) < max(HELD_SECONDS, 3 * read_by_anybody(whole)) for _ in range(20)
        )


@pytest.mark.parametrize("sign", ["a", "é", "😀"])
async def test_no_frame_keeps_others_waiting_while_it_is_read(sign: str) -> None:
    stream, buffer = (
        pack("display", "text/plain", sign * (9 * MIB // len(sign.encode()))),
        FrameBuffer(),
    )
    taken: list[float] = []
    frames: list[list[str]] = []
    for start in range(0, len(stream), READ_SIZE):
        begun = time.thread_time()
        frames = list(buffer.feed(stream[start : start + READ_SIZE]))
        taken.append(time.thread_time() - begun)
    assert len(frames[0][2].encode()) >= 9 * MIB - 4
    assert max(taken) < HELD_SECONDS


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("1" * 300, True),
        ("1" * 301, False),
        ("[0.1, -2e-300, 1.7976931348623157e308, 1E+22, 5e-324]", True),
        ("1e309", False),
        ("[9e999]", False),
        ("[1e0308, 2E+308]", False),
        ("[1e308, -1E+308, 1.5e308, -9.9e+307]", True),
        *[(number, False) for number in ("99e307", "-99E+307", "1.7976931348623159e308", "9e308")],
        *[(f"{'9' * 260}e{exponent}", False) for exponent in (9, 99)],
        ("[1e12345]", False),
        ("[1E9, 12e+9, 1e-308, 1e-5]", True),
        ("[1,\n 2]", True),
        ("Infinity", False),
        (r'"\ud83d\ude00"', True),
        (r'"\uD83D"', False),
    ],
)
async def test_json_is_kept_as_it_is_where_everybody_can_read_it(text: str, known: bool) -> None:
    kept = read_shown(["application/json", text]).bundle["application/json"]
    assert isinstance(kept, RawJson) is known
    assert (kept.text if isinstance(kept, RawJson) else kept) == text.replace("\n", " ")


async def test_the_collector_joins_pieces_and_tells_each() -> None:
    told: list[Output] = []
    collector = Collector(Caps())
    collector.text("stdout", b"before|")
    collector.listen(told.append)
    collector.text("stdout", b"\xe2\x82")
    collector.text("stdout", b"\xac")
    collector.text("stderr", b"e")
    collector.text("stdout", b"\xff")
    outputs = collector.finish()
    assert [(o.type, o.data) for o in outputs] == [
        *(("stdout", "before|€"), ("stderr", "e"), ("stdout", "\ufffd"))
    ]
    assert [o.data for o in told] == ["before|", "€", "e", "\ufffd"]
    assert outputs[0].timestamp.utcoffset() is not None


async def test_the_collector_keeps_what_came_first() -> None:
    collector = Collector(Caps(max_bytes=5))
    collector.text("stdout", b"abc")
    assert not is_full(collector)
    collector.text("stdout", b"defg")
    assert is_full(collector)
    collector.text("stdout", b"h")
    collector.display(["text/plain", ""])
    collector.error("err")
    assert [o.data for o in collector.finish()] == ["abcde", "err"]


async def test_the_collector_counts_outputs() -> None:
    collector = Collector(Caps(max_outputs=2))
    collector.display(["text/plain", "1"])
    collector.text("stdout", b"2")
    assert not is_full(collector)
    collector.text("stdout", b"2")
    assert not is_full(collector)
    for _ in range(20):
        collector.text("stderr", b"3")
        collector.text("stdout", b"4")
        collector.result(["text/plain", "5"])
    assert not is_full(collector)
    one, twos, notice, result = [o.data for o in collector.finish()]
    assert (one, twos, result) == ({"text/plain": "1"}, "22", "5")
    assert "may show 2 outputs" in str(notice)


@pytest.mark.parametrize("split", [1, 2, 3, 5, 7, 1000])
async def test_frames_are_taken_a_few_at_a_time(split: int) -> None:
    sent = [["a"], ["b" * 300], ["c", ""], ["d"], ["e" * 70_000 * (split > 100)]] * 5
    waiting = b"".join(pack(*fields) for fields in sent)
    buffer = FrameBuffer()
    taken: list[list[str]] = []
    while waiting:
        portion = waiting[: buffer.portion(waiting[:split], 3)]
        waiting = waiting[len(portion) :]
        frames = list(buffer.feed(portion))
        assert portion
        assert len(frames) <= 3
        taken += frames
    assert taken == sent
