"""Engines that take a request for streams, and say nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiodocker import DockerError

from cognitora_local.engine import attachment
from cognitora_local.engine.attachment import Attachment, attach


@pytest.mark.parametrize(
    "said", [b"", b"HTTP/1.1 101 UPGRADED\r\n", b"HTTP/1.1 500 No\r\nContent-Length: 9\r\n\r\n{"]
)
async def test_one_that_stays_silent_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    left = asyncio.Event()

    async def engine(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        while await reader.read(1024):
            pass
        writer.close()
        left.set()

    monkeypatch.setattr(attachment, "ANSWER_SECONDS", 0.2)
    socket = tmp_path / "engine.sock"
    open_ones = set[Attachment]()
    async with await asyncio.start_unix_server(engine, socket), asyncio.timeout(30):
        with pytest.raises(DockerError) as told:
            await attach(socket, "/exec/1/start", {}, {}, open_ones, terminal=False)
        assert (told.value.status, told.value.message) == (900, "it didn't answer within 0.2 s")
        await left.wait()
    assert not open_ones
