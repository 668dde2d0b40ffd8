from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cognitora_local.sandbox import Host, Limits
from tests.needs import AS_ROOT
from tests.sandbox.programs import PREFACE, Live, Outside, Run, Start

DEFAULT = Limits()


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def host(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Host]:
    """One probed host for the tests that change nothing about it."""
    host = await Host.probe(tmp_path_factory.mktemp("data"))
    yield host
    await host.close()


@pytest.fixture
def start(host: Host, tmp_path: Path) -> Start:
    """Starts a program in a sandbox, which ends with the block."""
    session_host = host

    @asynccontextmanager
    async def starting(
        source: str,
        *,
        limits: Limits = DEFAULT,
        environment: Mapping[str, str] = {},
        folder: Path | None = None,
        host: Host | None = None,
    ) -> AsyncIterator[Live]:
        host = host or session_host
        sandbox = await host.start(
            [str(host.python), "-I", "-c", PREFACE + source],
            folder=folder or tmp_path / "work",
            limits=limits,
            environment=environment,
            name="test",
        )
        reader, writer = await asyncio.open_unix_connection(sock=sandbox.socket, limit=2**24)
        try:
            yield Live(sandbox, reader, writer)
        finally:
            await sandbox.kill()
            writer.close()
            await writer.wait_closed()

    return starting


@pytest.fixture
def run(start: Start) -> Run:
    """Runs a program in a sandbox; the first value that it says."""

    async def running(source: str, **options: Any) -> Any:
        async with start(source, **options) as live:
            return await live.hear()

    return running


@pytest.fixture
def outside() -> Outside:
    """Runs the same program outside of any sandbox, and as root: the control, which shows what it
    could do."""

    def running(
        source: str, *, environment: Mapping[str, str] = {}, folder: Path | None = None
    ) -> Any:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            fd = theirs.fileno()
            command = f'exec 3<&{fd}; exec {sys.executable} -I -c "$SOURCE"'
            with subprocess.Popen(
                [*AS_ROOT, "/bin/bash", "-c", command],
                pass_fds=(fd,),
                env={**os.environ, "SOURCE": PREFACE + source, **environment},
                cwd=folder,
            ) as process:
                theirs.close()
                with ours.makefile() as lines:
                    line = lines.readline()
                process.kill()
        return json.loads(line)

    return running
