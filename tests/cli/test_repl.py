"""`cognitora repl`: a language, line by line."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator

import pytest

from cognitora import Cognitora, InterpreterSession
from cognitora.cli import signals
from cognitora.cli.cells import PythonCells, bash_is_whole, javascript_is_whole
from cognitora.cli.signals import BrokenOff, Interruptions
from tests.cli.conftest import Run, objects, until
from tests.cli.pty import Terminal

Begin = Callable[..., Terminal]


def test_somebody_types(terminal: Begin, client: Cognitora) -> None:
    before = {each.session_id for each in client.code_interpreter.list_sessions()}
    shown = terminal("repl")
    shown.until(b">>> ")
    shown.type(b"x = 41\r")
    shown.until(b">>> ")
    shown.type(b"x + 1\r")
    shown.until(b"42\r\n")
    shown.until(b">>> ")
    shown.type(b"for n in 'ab':\r")
    shown.until(b"... ")
    shown.type(b"    print(n * 3)\r")
    shown.until(b"... ")
    shown.type(b"\r")
    shown.until(b"aaa\r\nbbb\r\n")
    shown.until(b">>> ")
    shown.type(b"1 / 0\r")
    shown.until(b"ZeroDivisionError: division by zero\r\n")
    shown.until(b">>> ")
    shown.type(b"\x04")
    shown.rest()
    assert shown.process.returncode == 0
    assert {each.session_id for each in client.code_interpreter.list_sessions()} <= before


def test_ctrl_c_stops_what_runs_and_takes_back_what_was_typed(
    terminal: Begin, session: InterpreterSession
) -> None:
    shown = terminal("repl", "--session", session.id)
    shown.until(b">>> ")
    shown.type(b"x = 1; print('run' 'ning', flush=True); exec('while True: pass')\r")
    shown.until(b"running\r\n")
    shown.interrupt()
    shown.until(b"stopped.\r\n")
    shown.until(b">>> ")
    shown.type(b"if never:\r")
    shown.until(b"... ")
    shown.interrupt()
    shown.until(b">>> ")
    shown.type(b"x + 1\r")
    shown.until(b"2\r\n")
    shown.until(b">>> ")
    shown.type(b"exit\r")
    shown.rest()
    assert shown.process.returncode == 0
    assert session.run("x").text == "1"


def test_ctrl_c_takes_back_what_is_still_looked_at(terminal: Begin, client: Cognitora) -> None:
    with client.code_interpreter.session("bash") as session:
        folder = session.run("pwd").stdout.strip()
        environment = {"PATH": f"{folder}:/usr/local/bin:/usr/bin:/bin"}
        with client.code_interpreter.session("bash", environment=environment) as session:
            session.upload(b"#!/bin/sh\nexec sleep 1000\n", "bash", mode=0o755)
            shown = terminal("repl", "--session", session.id)
            shown.until(b"$ ")
            shown.type(b"x=41\r")
            asked = until(lambda: client.processes.list_session_processes(session.id))
            shown.interrupt()
            shown.until(b"^C\r\n$ ")
            until(lambda: client.processes.attach(asked[0].id).poll() is not None)
            session.path("bash").unlink()
            shown.type(b"echo ${x-none}\r")
            shown.until(b"none\r\n")
            shown.until(b"$ ")
            shown.type(b"\x04")
            shown.rest()
            assert shown.process.returncode == 0


@pytest.fixture
def interruptions() -> Iterator[Interruptions]:
    before = signal.getsignal(signal.SIGINT)
    yield Interruptions()
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_breaks_off_what_is_attempted_alone(interruptions: Interruptions) -> None:
    done = []

    def interrupted() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        finally:
            signal.raise_signal(signal.SIGINT)  # while what was broken off is put away
            done.append("away")

    with pytest.raises(BrokenOff):
        interruptions.attempt(interrupted)
    assert done == ["away"]
    with pytest.raises(BrokenOff):
        interruptions.attempt(lambda: done.append("begun"))
    assert interruptions.attempt(lambda: len(done)) == 1
    signal.raise_signal(signal.SIGINT)
    with pytest.raises(BrokenOff):
        interruptions.attempt(lambda: done.append("begun"))
    with pytest.raises(signals.Signalled):
        interruptions.attempt(lambda: signals_came(signal.SIGTERM))
    assert done == ["away"]


def signals_came(number: int) -> None:
    raise signals.Signalled(number)


def test_a_pipe_sees_no_prompt_and_gets_the_last_exit_code(cognitora: Run) -> None:
    code = b"x = 20\nfor n in range(2):\n    x += n\n\nx * 2\nimport sys; sys.exit(4)\n"
    done = cognitora("repl", stdin=code)
    assert (done.returncode, done.stdout, done.stderr) == (4, b"42\n", b"")
    assert objects(cognitora("repl", "--json", stdin=b"6 * 7"))[0]["data"] == "42"


@pytest.mark.parametrize(
    ("language", "code", "printed"),
    [
        ("javascript", b"function f() {\n  return 42\n}\nf()\n", b"42\n"),
        ("bash", b"if true\nthen\n  echo $((6 * 7))\nfi\n", b"42\n"),
    ],
)
def test_other_languages(cognitora: Run, language: str, code: bytes, printed: bytes) -> None:
    done = cognitora("repl", "-l", language, stdin=code)
    assert (done.returncode, done.stdout, done.stderr) == (0, printed, b"")


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("1", True),
        ("if x:", False),
        ("if x:\n  y", False),
        ("if x:\n  y\n", True),
        ("f(", False),
        ("'''a", False),
        ("await f()", True),
        ("!ls", True),
        ("1 1", True),
    ],
)
def test_python_is_whole(text: str, whole: bool) -> None:
    assert PythonCells()(text) is whole


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("1", True),
        ("f(", False),
        ("'('", True),
        ('"\\"("', True),
        ("`a", False),
        ("`a\n(`", True),
        ("1 // (", True),
        ("1 // (\n[", False),
        ("/* (", False),
        ("/* ( */", True),
        ("x => {", False),
        ("}", True),
    ],
)
def test_javascript_is_whole(text: str, whole: bool) -> None:
    assert javascript_is_whole(text) is whole


def test_bash_is_whole(session: InterpreterSession) -> None:
    for text, whole in {
        "echo a": True,
        "if true": False,
        "if true\nthen echo\nfi": True,
        "cat <<E": False,
        "cat <<E\na\nE": True,
        "echo 'a": False,
        "echo \\": False,
        "fi": True,
    }.items():
        assert bash_is_whole(text, session) is whole, text
