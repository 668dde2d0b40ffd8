"""What is read of a program's streams when it has ended and others hold them."""

from __future__ import annotations

import os
import tty
from contextlib import suppress

import pytest

from cognitora_local.sandbox.streams import TERMINAL_BYTES, Streams


async def test_what_is_there_at_the_end_is_the_last() -> None:
    out, writes_out = os.pipe()
    err, writes_err = os.pipe()
    try:
        os.write(writes_out, b"out")
        os.write(writes_err, b"err")
        streams = Streams({"stdout": out, "stderr": err})
        streams.finish()
        for left_over in (writes_out, writes_err):  # it prints on, faster than anybody reads
            os.write(left_over, b"more")
        assert sorted([piece async for piece in streams]) == [
            ("stderr", b"err"),
            ("stdout", b"out"),
        ]
    finally:
        os.close(writes_out)
        os.close(writes_err)


@pytest.mark.parametrize("held", [False, True], ids=["nobody has it", "a left-over has it"])
async def test_the_last_of_a_terminals_output_is_all_of_it(held: bool) -> None:
    """The kernel tells of 4 KiB of what waits in a terminal, and holds more."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    streams = Streams({"stdout": ours})
    printed = fill(theirs)
    assert printed > 2 * 4096
    streams.finish()
    if not held:
        os.close(theirs)
    assert sum([len(data) async for _, data in streams]) == printed
    if held:
        os.close(theirs)


async def test_a_left_over_that_prints_to_a_terminal_without_end_isnt_read_for_ever() -> None:
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    streams = Streams({"stdout": ours})
    fill(theirs)
    streams.finish()
    read = 0
    async for _, data in streams:
        read += len(data)
        fill(theirs)
    assert read == TERMINAL_BYTES
    os.close(theirs)


def fill(terminal: int) -> int:
    """Print until the terminal takes no more; how many bytes those were."""
    os.set_blocking(terminal, False)
    printed = 0
    with suppress(BlockingIOError):
        while True:
            printed += os.write(terminal, b"x" * 1000)
    return printed
