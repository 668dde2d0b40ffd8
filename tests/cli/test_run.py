"""`cognitora run`: what goes where, how it ends, and what machines are told."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from cognitora import Cognitora, InterpreterSession
from tests.cli.conftest import Run, objects
from tests.cli.pty import Terminal

Begin = Callable[..., subprocess.Popen[bytes]]


def test_streams_stay_apart_and_the_value_of_the_last_line_is_not_printed(cognitora: Run) -> None:
    code = "import sys; print('out'); print('err', file=sys.stderr); sys.stdout.write('no end')"
    done = cognitora("run", "-c", code)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"out\nno end", b"err\n")


def test_a_value_is_shown_on_demand(cognitora: Run) -> None:
    assert cognitora("run", "--value", "-c", "6 * 7").stdout == b"42\n"


def test_a_value_is_shown_at_a_terminal(terminal: Callable[..., Terminal]) -> None:
    shown = terminal("run", "-c", "6 * 7")
    assert b"42\r\n" in shown.rest()
    assert shown.process.returncode == 0


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("a.py", "print(6 * 7)"),
        ("a.js", "console.log(6 * 7)"),
        ("a.sh", "echo $((6 * 7))"),
    ],
)
def test_a_file_tells_its_language(cognitora: Run, tmp_path: Path, name: str, code: str) -> None:
    (tmp_path / name).write_text(code)
    assert cognitora("run", name).stdout == b"42\n"


def test_code_and_input_come_by_pipes(cognitora: Run) -> None:
    assert cognitora("run", "-", stdin=b"print('piped')").stdout == b"piped\n"
    done = cognitora("run", "-i", "-c", "print(input()[::-1])", stdin=b"abc\n")
    assert done.stdout == b"cba\n"


def test_files_go_along(cognitora: Run, tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"\xff\x00")
    code = "print(open('a.bin', 'rb').read(), open('b', 'rb').read())"
    done = cognitora("run", "--file", "a.bin", "--file", "a.bin:b", "-c", code)
    assert done.stdout == b"b'\\xff\\x00' b'\\xff\\x00'\n"


def test_a_session_remembers(cognitora: Run, session: InterpreterSession) -> None:
    assert cognitora("run", "-s", session.id, "-c", "x = 41").returncode == 0
    assert cognitora("run", "--session", session.id, "-c", "print(x + 1)").stdout == b"42\n"


@pytest.mark.parametrize(
    ("name", "code", "printed"),
    [
        ("a.JS", "console.log(42)", b"42\n"),
        ("b", "#!/usr/bin/env -S node --no-warnings\nconsole.log(42)", b"42\n"),
        ("c", "#!/bin/sh\necho $((6 * 7))", b"42\n"),
        ("d.txt", "#!/opt/bin/python3.11\nprint(42)", b"42\n"),
        ("e", "print(42)", b"42\n"),
    ],
)
def test_a_file_tells_its_language_by_its_first_line_too(
    cognitora: Run, tmp_path: Path, name: str, code: str, printed: bytes
) -> None:
    (tmp_path / name).write_text(code)
    done = cognitora("run", name)
    assert (done.returncode, done.stdout, done.stderr) == (0, printed, b"")


@pytest.mark.parametrize(
    ("name", "code", "printed"),
    [
        (
            "a.py",
            "from __future__ import annotations\nimport sys\n"
            "print(sys.argv, open(__file__).read()[:4], open('b.txt').read())",
            b"['a.py', '-x', 'b c'] from kept\n",
        ),
        (
            "a.js",
            "const fs = require('fs')\n"
            "console.log(process.argv.slice(2), fs.existsSync(__filename), process.argv[1] == __filename)",
            b"[ '-x', 'b c' ] true true\n",
        ),
        ("a.sh", 'echo $# "$1" "$2"', b"2 -x b c\n"),
    ],
)
def test_a_script_finds_its_arguments_and_itself(
    cognitora: Run, client: Cognitora, tmp_path: Path, name: str, code: str, printed: bytes
) -> None:
    before = {each.session_id for each in client.code_interpreter.list_sessions()}
    (tmp_path / name).write_text(code)
    (tmp_path / "b.txt").write_text("kept")
    done = cognitora("run", "--file", "b.txt", name, "--", "-x", "b c")
    assert (done.returncode, done.stdout, done.stderr) == (0, printed, b"")
    assert {each.session_id for each in client.code_interpreter.list_sessions()} <= before


@pytest.mark.parametrize("arguments", [(), ("a",)])
def test_what_is_told_of_a_script_names_it_and_no_session(
    cognitora: Run, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "a.py").write_text("\n1 / 0")
    done = cognitora("run", "a.py", *arguments)
    assert done.returncode == 1
    assert b'File "a.py", line 2, in <module>' in done.stderr
    assert b"<execution" not in done.stderr
    (tmp_path / "a.py").write_text("import os; os._exit(4)")
    done = cognitora("run", "a.py", *arguments)
    assert (done.returncode, done.stderr) == (4, b"")


def test_standard_input_as_code_has_arguments_too(
    cognitora: Run, session: InterpreterSession
) -> None:
    code = b"import sys; print(sys.argv)"
    assert cognitora("run", "-", "a", stdin=code).stdout == b"['-', 'a']\n"
    done = cognitora("run", "-s", session.id, "-", "b", stdin=code)
    assert (done.stdout, done.stderr) == (b"['-', 'b']\n", b"")


@pytest.mark.parametrize(
    ("name", "code", "told"),
    [
        ("a.rb", "puts 1", b"What language a.rb is in can't be told by its name."),
        ("a.ts", "1", b"What language a.ts is in can't be told by its name."),
        ("a", "#!/usr/bin/perl -w\n1", b"a is for perl, by its first line."),
        ("a.py", "#!/usr/bin/env node\n1", b"a.py is python by its name and javascript by its"),
    ],
)
def test_a_file_in_another_language_does_not_run_as_python(
    cognitora: Run, tmp_path: Path, name: str, code: str, told: bytes
) -> None:
    (tmp_path / name).write_text(code)
    done = cognitora("run", name)
    assert (done.returncode, done.stdout) == (125, b"")
    assert done.stderr.startswith(b"cognitora: " + told)
    assert b"\nhint: If it is Python, JavaScript or Bash, say so: --language " in done.stderr
    assert cognitora("run", "--language", "bash", name).returncode != 125


def test_no_network_is_none(cognitora: Run) -> None:
    code = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=30)"
    done = cognitora("run", "--no-network", "-c", code)
    assert done.returncode == 1
    assert b"Network is unreachable" in done.stderr


@pytest.mark.parametrize(
    ("language", "code", "status"),
    [
        ("python", "import sys; sys.exit(3)", 3),
        ("python", "import sys; sys.exit(-1)", 255),
        ("python", "import os; os._exit(4)", 4),
        ("python", "import os; os.kill(os.getpid(), 35)", 163),
        ("python", "1 / 0", 1),
        ("python", "raise Exception('exit code 7')", 1),
        ("bash", "exit 125", 125),
        ("bash", "false", 1),
        ("javascript", "process.exit(6)", 6),
        ("javascript", "throw new Error('no')", 1),
    ],
)
def test_the_exit_code_is_the_code_s_own(
    cognitora: Run, language: str, code: str, status: int
) -> None:
    assert cognitora("run", "-l", language, "-c", code).returncode == status


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import sys; sys.exit(3)", b""),
        ("import os; os._exit(3)", b""),
        ("import sys; sys.exit('bye\\nthere')", b"bye\nthere\n"),
        ("import os; os.kill(os.getpid(), 9)", b"The code was ended by SIGKILL.\n"),
    ],
)
def test_code_that_ends_itself_says_what_it_says_itself(
    cognitora: Run, code: str, told: bytes
) -> None:
    done = cognitora("run", "-c", code)
    assert (done.stdout, done.stderr) == (b"", told)


def test_that_a_session_has_lost_its_state_is_told(
    cognitora: Run, session: InterpreterSession
) -> None:
    done = cognitora("run", "-s", session.id, "-c", "import os; os._exit(3)")
    assert done.returncode == 3
    assert done.stderr.startswith(b"The session's state is gone: ")


def test_a_traceback_is_the_code_s(cognitora: Run) -> None:
    done = cognitora("run", "-c", "1 / 0")
    assert done.stderr.endswith(b"ZeroDivisionError: division by zero\n")
    assert done.stdout == b""


def test_a_timeout_has_a_code_of_its_own_and_what_was_printed(cognitora: Run) -> None:
    done = cognitora("run", "--timeout", "1", "-c", "print('begun', flush=True)\nwhile True: pass")
    assert (done.returncode, done.stdout) == (124, b"begun\n")
    assert b"timeout" in done.stderr


def test_machines_read_one_object_a_line(cognitora: Run) -> None:
    done = cognitora("run", "--json", "-c", "print('a')\nimport sys; sys.exit(5)")
    first, *_, last = objects(done)
    assert (first["type"], first["data"]) == ("stdout", "a\n")
    assert (last["type"], last["exit_code"], last["status"]) == ("end", 5, "failed")
    assert done.returncode == 5


def test_outputs_come_as_they_are_made(begun: Begin) -> None:
    process = begun("run", "-c", "print('now', flush=True)\nwhile True: pass")
    assert process.stdout
    assert process.stdout.readline() == b"now\n"
    process.send_signal(signal.SIGINT)
    assert process.wait() == -signal.SIGINT


def test_an_interrupt_stops_the_code_and_keeps_the_session(
    begun: Begin, cognitora: Run, session: InterpreterSession
) -> None:
    process = begun(
        "run", "-s", session.id, "-c", "x = 1\nprint('now', flush=True)\nwhile True: pass"
    )
    assert process.stdout
    assert process.stderr
    assert process.stdout.readline() == b"now\n"
    process.send_signal(signal.SIGINT)
    assert process.wait() == -signal.SIGINT
    assert process.stderr.read() == b""
    assert cognitora("run", "-s", session.id, "-c", "print(x)").stdout == b"1\n"


def test_a_reader_who_leaves_ends_it_quietly(begun: Begin) -> None:
    process = begun("run", "-c", "while True: print('y')")
    assert process.stdout
    assert process.stderr
    assert process.stdout.readline() == b"y\n"
    process.stdout.close()
    assert process.wait() == -signal.SIGPIPE
    assert process.stderr.read() == b""


def test_ctrl_c_in_a_terminal(terminal: Callable[..., Terminal]) -> None:
    shown = terminal("run", "-c", "print('now', flush=True)\nwhile True: pass")
    shown.until(b"now\r\n")
    shown.interrupt()
    assert b"Traceback" not in shown.rest()
    assert shown.process.returncode == -signal.SIGINT


def test_what_ran_and_what_could_not_are_told_apart_by_the_outcome(
    cognitora: Run, tmp_path: Path
) -> None:
    assert cognitora("run", "--outcome", "o", "-l", "bash", "-c", "exit 125").returncode == 125
    assert json.loads((tmp_path / "o").read_text())["exit_code"] == 125
    assert cognitora("run", "--outcome", "o", "-s", "none", "-c", "1").returncode == 125
    assert json.loads((tmp_path / "o").read_text())["error"]["type"] == "NotFoundError"


def test_a_runtime_of_its_own_is_started_on_the_fly(cognitora: Run) -> None:
    nothing = {"COGNITORA_BASE_URL": "", "COGNITORA_API_KEY": ""}
    done = cognitora("--local", "run", "-c", "print(1)", **nothing)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"1\n", b"")


def test_a_picture_is_saved_under_a_free_name_and_told(cognitora: Run, tmp_path: Path) -> None:
    (tmp_path / "image-1.png").write_bytes(b"mine")
    code = "import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.show()"
    done = cognitora("run", "-c", code)
    assert (done.returncode, done.stdout) == (0, b"")
    assert done.stderr == b"cognitora: picture saved: image-2.png\n"
    assert (tmp_path / "image-2.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "image-1.png").read_bytes() == b"mine"


def test_a_value_that_is_a_picture_is_saved_and_no_words_are_shown_of_it(
    cognitora: Run, tmp_path: Path
) -> None:
    code = "import PIL.Image; PIL.Image.new('RGB', (2, 2))"
    done = cognitora("run", "--value", "-c", code)
    assert (done.returncode, done.stdout) == (0, b"")
    assert (tmp_path / "image-1.png").read_bytes().startswith(b"\x89PNG")
    odd = "{'image/png': '?', 'text/plain': 'odd'}"
    code = f"type('Odd', (), {{'_repr_mimebundle_': lambda self, **_: {odd}}})()"
    assert cognitora("run", "--value", "-c", code).stdout == b"odd\n"


def test_machines_save_pictures_where_they_say(cognitora: Run, tmp_path: Path) -> None:
    code = "import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.show()"
    shown = objects(cognitora("run", "--json", "-c", code))
    assert shown[-1]["pictures"] == []
    assert list(tmp_path.iterdir()) == []
    assert any("image/png" in str(each.get("data")) for each in shown)
    shown = objects(cognitora("run", "--json", "--pictures", "p/q", "-c", code))
    assert shown[-1]["pictures"] == ["p/q/image-1.png"]


@pytest.mark.parametrize(
    ("changed", "begins"),
    [
        ({"TERM": "xterm-kitty"}, b"\x1b_Ga=T,f=100,m="),
        ({"TERM_PROGRAM": "iTerm.app"}, b"\x1b]1337;File=inline=1;size="),
    ],
)
def test_a_terminal_that_can_shows_pictures(
    terminal: Callable[..., Terminal], changed: dict[str, str], begins: bytes
) -> None:
    code = "import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.show()"
    shown = terminal("run", "-c", code, **changed).rest()
    assert begins in shown
    assert b"picture saved: image-1.png" in shown


def test_sessions_are_left_as_they_were(cognitora: Run, client: Cognitora) -> None:
    before = {each.session_id for each in client.code_interpreter.list_sessions()}
    assert cognitora("run", "-c", "1").returncode == 0
    assert {each.session_id for each in client.code_interpreter.list_sessions()} <= before
