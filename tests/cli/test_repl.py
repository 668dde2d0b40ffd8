"""`cognitora repl`: a language, line by line."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cognitora import Cognitora, InterpreterSession
from cognitora.cli.cells import PythonCells, bash_is_whole, javascript_is_whole
from tests.cli.conftest import Run, objects
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
