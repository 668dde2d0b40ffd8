"""Files that stall: whatever the caller's file does, a transfer ends at its deadline, and blocks nobody."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from cognitora import APITimeoutError, CognitoraAsync
from cognitora.files import PIECE
from tests.facade.conftest import KEY
from tests.facade.server import Received, Server, reply

FILES = {"X-Cognitora-Features": "files"}
KNOWS_FILES = reply(200, {"data": {"session_id": "ses_1", "status": "active"}}, headers=FILES)
SENT = reply(200, body=bytes(PIECE), headers=FILES)
LIMIT = 0.5
LATE = 4.0  # on a machine that has other things to do

OPEN = ExitStack()


@pytest.fixture(autouse=True)
def _closes_files() -> Iterator[None]:
    yield
    OPEN.close()


def program() -> subprocess.Popen[bytes]:
    """A program that prints a word, and then neither prints nor reads."""
    code = "import sys, time; print('begun', flush=True); time.sleep(60)"
    command = [sys.executable, "-c", code]
    started = OPEN.enter_context(
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    )
    OPEN.callback(started.kill)
    return started


def fifo(folder: Path) -> Path:
    os.mkfifo(folder / "fifo")
    return folder / "fifo"


def stalled_fifo(folder: Path) -> Path:
    """A named pipe that somebody has open, who neither reads nor writes."""
    path = fifo(folder)
    OPEN.callback(os.close, os.open(path, os.O_RDWR))
    return path


def terminal(_: Path) -> str:
    there, here = os.openpty()
    OPEN.callback(os.close, there)
    OPEN.callback(os.close, here)
    return os.ttyname(here)


SOURCES: dict[str, Callable[[Path], Any]] = {
    "the output of a program": lambda _: program().stdout,
    "a named pipe that nobody writes to": fifo,
    "a named pipe whose writer stalls": stalled_fifo,
    "a terminal": terminal,
    "what never ends": lambda _: endless(),
}
TARGETS: dict[str, Callable[[Path], Any]] = {
    "the input of a program": lambda _: program().stdin,
    "a named pipe whose reader stalls": stalled_fifo,
    "a terminal": terminal,
}


def endless() -> Iterator[bytes]:
    while True:
        yield b"x"
        time.sleep(0.01)


@pytest.mark.parametrize("kind", SOURCES)
def test_a_source_that_stalls(client: Any, server: Server, tmp_path: Path, kind: str) -> None:
    source = SOURCES[kind](tmp_path)
    began = time.monotonic()
    with pytest.raises(APITimeoutError, match="request_timeout="):
        client.code_interpreter.upload("ses_1", source, "a", request_timeout=LIMIT)
    assert LIMIT <= time.monotonic() - began < LIMIT + LATE
    assert server.count == 0


@pytest.mark.parametrize("kind", TARGETS)
def test_a_target_that_stalls(client: Any, server: Server, tmp_path: Path, kind: str) -> None:
    server.answers(KNOWS_FILES, SENT)
    target = TARGETS[kind](tmp_path)
    began = time.monotonic()
    with pytest.raises(APITimeoutError, match="request_timeout="):
        client.code_interpreter.download("ses_1", "a", target, request_timeout=LIMIT)
    assert LIMIT <= time.monotonic() - began < LIMIT + LATE


class Stuck:
    """A file of somebody's own, of which nothing can be known."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.release = threading.Event()

    def read(self, size: int = -1) -> bytes:
        self.write(b"x" if size else b"")
        return b""

    def write(self, data: bytes) -> int:
        if data:
            self.asked.set()
            self.release.wait(60)
        return len(data)

    def __iter__(self) -> Iterator[bytes]:
        yield self.read()


async def never() -> AsyncIterator[bytes]:
    yield b"x"
    await asyncio.sleep(60)


async def upload(client: CognitoraAsync, file: Any) -> None:
    await client.code_interpreter.upload("ses_1", file, "a", request_timeout=LIMIT)


async def upload_pieces(client: CognitoraAsync, file: Any) -> None:
    await upload(client, iter(file))


async def upload_what_is_awaited(client: CognitoraAsync, _: Any) -> None:
    await upload(client, never())


async def download(client: CognitoraAsync, file: Any) -> None:
    await client.code_interpreter.download("ses_1", "a", file, request_timeout=LIMIT)


@pytest.mark.parametrize("work", [upload, upload_pieces, upload_what_is_awaited, download])
def test_what_no_system_call_tells_of_holds_neither_the_loop_nor_the_programs_end(
    server: Server, work: Callable[[CognitoraAsync, Any], Any]
) -> None:
    server.answers(KNOWS_FILES, SENT)
    file, steps = Stuck(), 0

    async def count() -> None:
        nonlocal steps
        while True:
            await asyncio.sleep(0.01)
            steps += 1

    async def main() -> None:
        counting = asyncio.create_task(count())
        async with CognitoraAsync(KEY, server.url, 10) as client:
            with pytest.raises(APITimeoutError):
                await work(client, file)
        counting.cancel()

    began = time.monotonic()
    asyncio.run(main())
    assert LIMIT <= time.monotonic() - began < LIMIT + LATE
    assert steps > 5
    file.release.set()


@pytest.mark.parametrize("kind", ["a stuck file", *SOURCES])
def test_a_cancelled_upload_does_not_wait_for_its_file(
    server: Server, tmp_path: Path, kind: str
) -> None:
    stuck = Stuck()
    source = stuck if kind == "a stuck file" else SOURCES[kind](tmp_path)

    async def main() -> None:
        async with CognitoraAsync(KEY, server.url, 10) as client:
            task = asyncio.create_task(client.code_interpreter.upload("ses_1", source, "a"))
            await asyncio.sleep(0.05)  # either way is tried: begun or not
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    began = time.monotonic()
    asyncio.run(main())
    assert time.monotonic() - began < LATE
    stuck.release.set()


@pytest.mark.parametrize("name", ["/proc/self/status", "/proc/cpuinfo"])
def test_a_file_that_says_it_is_empty_is_read(client: Any, server: Server, name: str) -> None:
    server.answers(KNOWS_FILES, reply(200, {"path": "a", "size": 1}, headers=FILES))
    client.code_interpreter.upload("ses_1", name, "a")
    assert server.last.body.startswith(Path(name).read_bytes()[:8])
    assert server.last.body


def test_what_was_read_from_a_pipe_before_is_not_sent_again(client: Any, server: Server) -> None:
    server.answers(KNOWS_FILES, reply(200, {"path": "a", "size": 1}, headers=FILES))
    code = "print('first'); print('second'); print('third')"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as printing:
        assert printing.stdout is not None
        assert printing.stdout.readline() == b"first\n"
        client.code_interpreter.upload("ses_1", printing.stdout, "a")
    assert server.last.body == b"second\nthird\n"


def test_a_download_in_which_the_server_stalls_closes_its_file(
    client: Any, server: Server, tmp_path: Path
) -> None:
    def half(connection: socket.socket, _: Received) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
        connection.recv(1)

    server.answers(KNOWS_FILES, half)
    with pytest.raises(APITimeoutError):
        client.code_interpreter.download("ses_1", "a", tmp_path / "a", request_timeout=LIMIT)
    assert list(tmp_path.iterdir()) == []
