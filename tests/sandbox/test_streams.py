"""What is read of a program's streams when it has ended and others hold them."""

from __future__ import annotations

import os

from cognitora_local.sandbox.streams import Streams


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
