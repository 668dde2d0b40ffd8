"""What may happen to the command line from outside: nothing of it is a traceback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from cognitora import InterpreterSession
from tests.cli.conftest import Run, command
from tests.cli.pty import Terminal

Begin = Callable[..., subprocess.Popen[bytes]]


def test_a_service_that_is_gone_is_told(
    begun: Begin, environment: dict[str, str], tmp_path: Path
) -> None:
    served = begun("serve", "--api-key", "cgk_mine")
    assert served.stdout
    ready = json.loads(served.stdout.readline())
    process = subprocess.Popen(
        command("run", "-c", "print('now', flush=True)\nwhile True: pass"),
        env=environment
        | {"COGNITORA_BASE_URL": ready["base_url"], "COGNITORA_API_KEY": "cgk_mine"},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == b"now\n"
        served.kill()
        assert process.wait() == 125
        told = process.stderr.read()
    assert told.startswith(b"cognitora: ")
    assert b"Traceback" not in told


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["--version"]])
def test_a_reader_who_leaves_the_help(environment: dict[str, str], words: list[str]) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    with os.fdopen(theirs, "wb") as broken:
        done = subprocess.run(
            command(*words), env=environment, stdout=broken, stderr=subprocess.PIPE, timeout=120
        )
    assert (done.returncode, done.stderr) == (-signal.SIGPIPE, b"")


def test_a_reader_who_leaves_a_copy(begun: Begin, session: InterpreterSession) -> None:
    session.upload(bytes(5_000_000), "zeros")
    process = begun("cp", f"{session.id}:zeros", "-")
    assert process.stdout
    assert process.stderr
    assert process.stdout.read(1) == b"\0"
    process.stdout.close()
    assert process.wait() == -signal.SIGPIPE
    assert process.stderr.read() == b""


def test_who_reads_slowly_from_a_pipe_that_does_not_wait_gets_all(
    environment: dict[str, str], tmp_path: Path
) -> None:
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    with subprocess.Popen(
        command("run", "-c", "print('x' * 1_000_000)"), env=environment, cwd=tmp_path, stdout=theirs
    ) as process:
        os.close(theirs)
        with os.fdopen(ours, "rb") as read:
            assert read.read() == b"x" * 1_000_000 + b"\n"
    assert process.returncode == 0


def test_who_suspends_a_shell_has_the_terminal_as_it_was(
    environment: dict[str, str], tmp_path: Path, session: InterpreterSession
) -> None:
    outside = ["bash", "--norc", "--noprofile", "-i"]  # whose job it is
    with Terminal(outside, environment, tmp_path) as shown:
        shown.type(" ".join(command("shell", session.id)).encode() + b"\n")
        shown.type(b"echo rea''dy\n")
        shown.until(b"ready\r\n")
        (job,) = psutil.Process(shown.process.pid).children()
        job.send_signal(signal.SIGTSTP)
        shown.until(b"Stopped")
        shown.type(b"stty -a; echo stt''y\n")
        assert b" icanon" in shown.until(b"stty\r\n")
        shown.type(b"fg\n")
        shown.until(session.id.encode())
        shown.type(b"echo ag''ain; exit 5\n")
        shown.until(b"again\r\nexit\r\n")
        shown.until(b"bash-")  # the one outside asks again
        shown.type(b"echo code $?; exit\n")
        shown.until(b"code 5\r\n")


def test_a_local_runtime_ends_with_its_command(begun: Begin) -> None:
    process = begun("run", "--local", "-c", "print('now', flush=True)\nwhile True: pass")
    assert process.stdout
    assert process.stdout.readline() == b"now\n"
    children = psutil.Process(process.pid).children()
    assert any("cognitora_local" in each.cmdline() for each in children)
    process.send_signal(signal.SIGINT)
    assert process.wait() == -signal.SIGINT
    assert psutil.wait_procs(children, timeout=60)[1] == []


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("cognitora se", b"session"),
        ("cognitora session ex", b"extend"),
        ("cognitora run --no-n", b"--no-network"),
    ],
)
def test_a_shell_completes_commands_and_options(cognitora: Run, words: str, offered: bytes) -> None:
    done = cognitora(**completing(words))
    assert (done.returncode, done.stderr) == (0, b"")
    assert offered in done.stdout.splitlines()


def test_a_shell_completes_ids(cognitora: Run, session: InterpreterSession) -> None:
    for words in ("exec ", "session show ses", "rm "):
        assert session.id.encode() in cognitora(**completing(f"cognitora {words}")).stdout
    done = cognitora(**completing("cognitora exec "), COGNITORA_BASE_URL="http://127.0.0.1:9")
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, b"", b"")


def completing(words: str) -> dict[str, str]:
    count = len(words.split(" ")) - 1
    return {"_COGNITORA_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(count)}
