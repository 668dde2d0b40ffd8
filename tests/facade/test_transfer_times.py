"""A transfer ends at its deadline; what it has left in the sandbox is removed all the same."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cognitora import APITimeoutError
from cognitora.files import PIECE
from tests.facade.conftest import KEY
from tests.facade.sandbox import Sandbox
from tests.facade.server import Behaviour, Received, Server, silent

LIMIT = 1.0
LATE = 4.0  # on a machine that has other things to do; a clean-up may take 10 s


def up(client: Any) -> None:
    client.code_interpreter.upload("ses_1", bytes(PIECE + 1), "a", request_timeout=LIMIT)


def down(client: Any) -> None:
    client.code_interpreter.download("ses_1", "a", request_timeout=LIMIT)


def stuck(folder: Path) -> Behaviour:
    """Writes the files that come with code, and then neither runs it nor answers."""

    def behave(connection: socket.socket, request: Received) -> None:
        for file in request.json["files"]:
            (folder / file["name"]).touch()
        silent(connection, request)

    return behave


def held(answer: Behaviour, release: threading.Event) -> Behaviour:
    def behave(connection: socket.socket, request: Received) -> None:
        assert release.wait(20)
        answer(connection, request)

    return behave


@pytest.mark.parametrize("transfer", [up, down])
def test_a_transfer_does_not_wait_for_its_clean_up_beyond_its_deadline(
    client: Any, server: Server, tmp_path: Path, transfer: Callable[[Any], None]
) -> None:
    sandbox, release = Sandbox(tmp_path), threading.Event()
    server.answers(sandbox, stuck(tmp_path), held(sandbox, release))
    server.otherwise = sandbox
    began = time.monotonic()
    with pytest.raises(APITimeoutError):
        transfer(client)
    assert time.monotonic() - began < LIMIT + LATE
    assert len(list(tmp_path.iterdir())) == 1
    release.set()
    while list(tmp_path.iterdir()):  # asyncio goes on while there is a call
        client.code_interpreter.get_session("ses_1")
        assert time.monotonic() - began < 20


PROGRAM = """
import asyncio, sys
from cognitora import APITimeoutError, Cognitora, CognitoraAsync
upload = ("ses_1", b"x", "a")
async def main():
    async with CognitoraAsync(*sys.argv[2:]) as client:
        try:
            await client.code_interpreter.upload(*upload, request_timeout=1)
        except APITimeoutError:
            print("late", flush=True)
if sys.argv[1] == "async":
    asyncio.run(main())
else:
    with Cognitora(*sys.argv[2:]) as client:
        try:
            client.code_interpreter.upload(*upload, request_timeout=1)
        except APITimeoutError:
            print("late", flush=True)
"""


@pytest.mark.parametrize("side", ["sync", "async"])
def test_the_programs_end_waits_for_a_clean_up(server: Server, tmp_path: Path, side: str) -> None:
    sandbox, release = Sandbox(tmp_path), threading.Event()
    server.answers(sandbox, stuck(tmp_path), held(sandbox, release))
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", PROGRAM, side, KEY, server.url],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "late\n"
        release.set()
        assert program.communicate(timeout=20) == ("", "")
    assert program.returncode == 0
    assert list(tmp_path.iterdir()) == []
