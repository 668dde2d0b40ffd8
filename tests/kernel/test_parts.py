"""The parts that need no sandbox: frames, bundles, the collector."""

from __future__ import annotations

import pytest

from cognitora_local.kernel import Caps, Output
from cognitora_local.kernel.bundles import Shown, read_shown
from cognitora_local.kernel.drivers.python_driver.frames import FRAME_LIMIT, pack, unpack
from cognitora_local.kernel.frames import FrameBuffer, FrameError
from cognitora_local.kernel.outputs import Collector


def is_full(collector: Collector) -> bool:
    """A function, because type checkers think that an attribute stays what it was."""
    return collector.full


FRAMES = [["a"], ["b", ""], ["ü\0\n", "x" * 1000], ["\ud800"]]


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
        {"text/plain": "1", "application/json": [1]}, None, None
    )
    assert read_shown(["metadata", '{"a": 1}', "display_id", "x", "text/plain", "1"]) == Shown(
        {"text/plain": "1"}, {"a": 1}, "x"
    )
    assert read_shown(["metadata", "[1]", "text/plain", "1"]).metadata is None
    for bad in ([], ["text/plain"], ["a", "b", "c"]):
        with pytest.raises(FrameError):
            read_shown(bad)


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
    sent = [["a"], ["b" * 300], ["c", ""], ["d"]] * 5
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
