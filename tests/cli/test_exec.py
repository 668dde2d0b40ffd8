"""`cognitora exec`: byte for byte, as if it ran here."""

from __future__ import annotations

import base64
import hashlib
import random
import signal
import subprocess
from collections.abc import Callable

from cognitora import Cognitora, InterpreterSession
from tests.cli.conftest import Run, objects
from tests.cli.pty import Terminal

Begin = Callable[..., subprocess.Popen[bytes]]
MIB = 1024 * 1024


def test_bytes_go_through_as_they_are(cognitora: Run, session: InterpreterSession) -> None:
    data = random.Random(1).randbytes(3 * MIB)
    done = cognitora("exec", session.id, "--", "cat", stdin=data)
    assert (done.returncode, done.stderr) == (0, b"")
    assert hashlib.sha256(done.stdout).digest() == hashlib.sha256(data).digest()


def test_streams_and_the_exit_code_are_the_command_s(
    cognitora: Run, session: InterpreterSession
) -> None:
    done = cognitora("exec", session.id, "sh", "-c", "echo out; echo err >&2; exit 125")
    assert (done.returncode, done.stdout, done.stderr) == (125, b"out\n", b"err\n")


def test_a_signal_that_ended_it_is_told_as_a_shell_does(
    cognitora: Run, session: InterpreterSession
) -> None:
    assert cognitora("exec", session.id, "sh", "-c", "kill -9 $$").returncode == 137


def test_a_program_that_is_not_there(cognitora: Run, session: InterpreterSession) -> None:
    done = cognitora("exec", session.id, "nope")
    assert done.returncode == 127
    assert b"There is no program 'nope'" in done.stderr


def test_a_timeout_has_a_code_of_its_own(cognitora: Run, session: InterpreterSession) -> None:
    done = cognitora("exec", "--timeout", "1", session.id, "sleep", "1000")
    assert done.returncode == 124
    assert b"its time of 1 s was up" in done.stderr


def test_what_is_set_is_set(cognitora: Run, session: InterpreterSession) -> None:
    words = ["-e", "A=b=c", "-w", "/tmp", session.id, "sh", "-c", "echo $A $PWD"]
    assert cognitora("exec", *words).stdout == b"b=c /tmp\n"


def test_options_behind_the_id_are_the_command_s(
    cognitora: Run, session: InterpreterSession
) -> None:
    assert cognitora("exec", session.id, "echo", "--json", "-t").stdout == b"--json -t\n"


def test_machines_read_text_as_text_and_bytes_as_base64(
    cognitora: Run, session: InterpreterSession
) -> None:
    done = cognitora("exec", "--json", session.id, "sh", "-c", r"printf '\377'; exit 4")
    first, last = objects(done)
    assert base64.b64decode(first["data"]) == b"\xff"
    assert (first["type"], first["encoding"]) == ("stdout", "base64")
    assert (last["type"], last["exit_code"], done.returncode) == ("end", 4, 4)


def test_output_that_is_lost_is_told(cognitora: Run, session: InterpreterSession) -> None:
    done = cognitora("exec", session.id, "head", "-c", str(11 * MIB), "/dev/zero")
    assert done.returncode == 125
    assert b"is lost" in done.stderr
    assert len(done.stdout) == 10 * MIB


def test_it_talks(begun: Begin, session: InterpreterSession) -> None:
    process = begun("exec", session.id, "cat")
    assert process.stdin
    assert process.stdout
    for line in (b"one\n", b"two\n"):
        process.stdin.write(line)
        process.stdin.flush()
        assert process.stdout.readline() == line
    process.stdin.close()
    assert process.wait() == 0


def test_ctrl_c_goes_to_the_command(begun: Begin, session: InterpreterSession) -> None:
    program = "trap 'echo caught; exit 9' INT; echo ready; while :; do sleep 0.1; done"
    process = begun("exec", session.id, "sh", "-c", program)
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGINT)
    assert process.stdout.read() == b"caught\n"
    assert process.wait() == 9


def test_a_second_ctrl_c_kills_it(begun: Begin, session: InterpreterSession) -> None:
    program = "trap 'echo caught' INT; echo ready; while :; do sleep 0.1; done"
    process = begun("exec", session.id, "sh", "-c", program)
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == b"caught\n"
    process.send_signal(signal.SIGINT)
    assert process.wait() == 137


def test_who_ends_it_by_a_signal_ends_the_command(
    begun: Begin, session: InterpreterSession, client: Cognitora
) -> None:
    process = begun("exec", session.id, "sh", "-c", "echo ready; exec sleep 1000")
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGTERM)
    assert process.wait() == -signal.SIGTERM
    (info,) = client.processes.list_session_processes(session.id)
    assert client.processes.attach(info.id).wait(timeout=60).exit_code == 143


def test_a_reader_who_leaves_ends_both(
    begun: Begin, session: InterpreterSession, client: Cognitora
) -> None:
    process = begun("exec", session.id, "yes")
    assert process.stdout
    assert process.stderr
    assert process.stdout.readline() == b"y\n"
    process.stdout.close()
    assert process.wait() == -signal.SIGPIPE
    assert process.stderr.read() == b""
    (info,) = client.processes.list_session_processes(session.id)
    assert client.processes.attach(info.id).wait(timeout=60).exit_code == 129


def test_a_terminal_is_this_one(
    terminal: Callable[..., Terminal], session: InterpreterSession
) -> None:
    # A shell's `read` may end at a signal, with nothing read.
    program = (
        "trap 'stty size' WINCH; stty size; echo ready; "
        'until read line; do :; done; echo "<$line>"; exit 6'
    )
    shown = terminal("exec", "-t", session.id, "sh", "-c", program)
    before = shown.before
    assert b"24 80\r\n" in shown.until(b"ready\r\n")
    assert shown.state() != before
    shown.resize(40, 100)
    shown.type(b"typed\r")
    assert b"<typed>\r\n" in shown.rest()
    assert shown.process.returncode == 6
    assert shown.state() == before
