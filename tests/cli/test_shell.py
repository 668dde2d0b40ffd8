"""`cognitora shell`: a real terminal, and this one as it was before when it ends."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from cognitora import Cognitora, InterpreterSession
from tests.cli.conftest import Run
from tests.cli.pty import Terminal

Begin = Callable[..., Terminal]


def test_it_is_a_terminal_of_this_size_that_follows_the_window(
    terminal: Begin, session: InterpreterSession
) -> None:
    shown = terminal("shell", session.id)
    shown.type(b"PS1='<%s>'; printf '[%s]' \"$PS1\"; tty; stty size; echo $TERM\n")
    seen = shown.until(b"xterm-256color\r\n")
    assert b"/dev/pts/" in seen
    assert b"24 80\r\n" in seen
    shown.resize(40, 100)
    shown.type(b"until [ \"$(stty size)\" = '40 100' ]; do sleep 0.1; done; echo res''ized\n")
    shown.until(b"resized\r\n")
    shown.type(b"exit 7\n")
    shown.rest()
    assert shown.process.returncode == 7


def test_keys_go_to_the_shell(terminal: Begin, session: InterpreterSession) -> None:
    shown = terminal("shell", session.id)
    shown.type(b"echo rea''dy; sleep 1000\n")
    shown.until(b"ready\r\n")
    shown.type(b"\x03")
    shown.type(b"echo interr''upted $?\n")
    shown.until(b"interrupted 130\r\n")
    shown.type(b"\x04")  # Ctrl-D: the shell's end, with the code of what ran last
    shown.rest()
    assert shown.process.returncode == 0


@pytest.mark.parametrize(
    ("number", "ends"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGHUP, -signal.SIGHUP)]
)
def test_the_terminal_is_as_before_however_it_ends(
    terminal: Begin, session: InterpreterSession, client: Cognitora, number: int, ends: int
) -> None:
    shown = terminal("shell", session.id)
    shown.type(b"echo rea''dy\n")
    shown.until(b"ready\r\n")
    assert shown.state() != shown.before
    os.kill(shown.process.pid, number)
    shown.rest()
    assert shown.process.returncode == ends
    assert shown.state() == shown.before
    (info,) = client.processes.list_session_processes(session.id)
    assert client.processes.attach(info.id).wait(timeout=60).status != "RUNNING"


def test_the_terminal_is_as_before_when_the_sandbox_ends(
    terminal: Begin, session: InterpreterSession
) -> None:
    shown = terminal("shell", session.id)
    shown.type(b"echo rea''dy\n")
    shown.until(b"ready\r\n")
    session.close()
    assert b"cognitora: " in shown.rest()
    assert shown.process.returncode == 125
    assert shown.state() == shown.before


def test_without_an_id_it_has_a_session_of_its_own(terminal: Begin, client: Cognitora) -> None:
    before = {each.session_id for each in client.code_interpreter.list_sessions()}
    shown = terminal("shell")
    shown.type(b"echo rea''dy\n")
    shown.until(b"ready\r\n")
    made = {each.session_id for each in client.code_interpreter.list_sessions()} - before
    assert made
    shown.type(b"exit 3\n")
    shown.rest()
    assert shown.process.returncode == 3
    left = {each.session_id for each in client.code_interpreter.list_sessions()}
    assert not made <= left


def test_without_a_terminal_it_says_so(cognitora: Run) -> None:
    done = cognitora("shell")
    assert (done.returncode, done.stdout) == (125, b"")
    assert done.stderr.startswith(b"cognitora: There is no terminal")
