"""Run in an environment with nothing but the wheel and what it needs: does what is installed work?

`python -I tried.py core` uses the client alone, `python -I tried.py local` a runtime of this machine too.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cognitora
from cognitora import APIConnectionError, Cognitora, CognitoraAsync


def core() -> None:
    """Every public name can be had, and a server that isn't there is told as that, with nothing run."""
    assert Path(cognitora.__file__).is_relative_to(sys.prefix), cognitora.__file__
    for name in cognitora.__all__:
        assert getattr(cognitora, name) is not None, name
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with Cognitora(api_key="cgk_nobody", base_url=nobody) as client:
        refused(lambda: client.code_interpreter.execute("1"))
        refused(lambda: client.code_interpreter.create_session(expires_at="2038-01-19T03:14:08Z"))


def refused(call: Callable[[], object]) -> None:
    """Nobody took the call's connection, and it says so."""
    told: APIConnectionError | None = None
    try:
        call()
    except APIConnectionError as error:
        told = error
    assert told is not None
    assert not told.may_have_run, told


def local() -> None:
    """Code, a session that remembers, files, the async client and the command line, in real sandboxes."""
    with Cognitora.local() as client:
        hello = client.code_interpreter.run_python("print('Hello')")
        assert hello.stdout == "Hello\n", hello
        with client.code_interpreter.session() as session:
            session.run("n = 6")
            session.upload(b"\0\xff", "given.txt")
            told = session.run("n * 7, open('given.txt', 'rb').read()")
            assert told.text == "(42, b'\\x00\\xff')", told
            assert session.download("given.txt") == b"\0\xff"
    asyncio.run(local_async())
    command = [
        str(Path(sys.executable).with_name("cognitora")),
        "--local",
        "run",
        "-c",
        "print(6 * 7)",
    ]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout) == (0, "42\n"), said


async def local_async() -> None:
    """The same by tasks: two at a time, one of them Bash."""
    async with CognitoraAsync.local() as client:
        python = client.code_interpreter.run_python("print(1)")
        bash = client.code_interpreter.run_bash("echo 2")
        results = await asyncio.gather(python, bash)
        assert [each.stdout for each in results] == ["1\n", "2\n"], results


if __name__ == "__main__":
    {"core": core, "local": local}[sys.argv[1]]()
