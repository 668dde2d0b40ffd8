"""What goes wrong is one sentence and a hint, with an exit code of its own."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cognitora.cli.failures import as_options
from tests.cli.conftest import Run, command, objects

WRONG: list[tuple[tuple[str, ...], dict[str, str], str]] = [
    (("run",), {}, "InvalidRequestError"),
    (("run", "-c", "1", "a.py"), {}, "InvalidRequestError"),
    (("run", "none.py"), {}, "FileNotFoundError"),
    (("run", "--nope"), {}, "InvalidRequestError"),
    (("--local",), {}, "InvalidRequestError"),
    (("nope",), {}, "InvalidRequestError"),
    (("session",), {}, "InvalidRequestError"),
    (("exec", "ses_1"), {}, "InvalidRequestError"),
    (("exec", "ses_1", "true"), {}, "NotFoundError"),
    (("exec", "-t", "ses_1", "true"), {}, "InvalidRequestError"),
    (("run", "-c", "1", "-l", "cobol"), {}, "InvalidRequestError"),
    (("run", "-c", "1", "-s", "ses_1"), {}, "NotFoundError"),
    (("run", "-c", "1", "-e", "X"), {}, "InvalidRequestError"),
    (("run", "-c", "1"), {"COGNITORA_API_KEY": ""}, "InvalidRequestError"),
    (("run", "-c", "1"), {"COGNITORA_API_KEY": "wrong"}, "AuthenticationError"),
    (("run", "-c", "1"), {"COGNITORA_BASE_URL": "http://127.0.0.1:9"}, "APIConnectionError"),
    (("--local", "session", "create"), {}, "InvalidRequestError"),
    (("--local", "container", "run", "-d", "debian", "ls"), {}, "InvalidRequestError"),
    (("ls", "ses_1"), {}, "NotFoundError"),
    (("rm", "ses_1"), {}, "NotFoundError"),
    (("serve", "--port", "abc"), {}, "InvalidRequestError"),
    (("serve", "--port", "70000"), {}, "InvalidRequestError"),
    (("serve", "--nope"), {}, "InvalidRequestError"),
    (("session", "show", "ses_1"), {}, "NotFoundError"),
    (("session", "extend", "ses_1"), {}, "InvalidRequestError"),
]


@pytest.mark.parametrize(("arguments", "changed", "kind"), WRONG, ids=str)
def test_it_is_a_sentence_and_a_hint_or_an_object(
    cognitora: Run, arguments: tuple[str, ...], changed: dict[str, str], kind: str
) -> None:
    done = cognitora(*arguments, **changed)
    assert (done.returncode, done.stdout) == (125, b"")
    sentence, *hints = done.stderr.decode().splitlines()
    assert sentence.startswith("cognitora: ")
    assert sentence.endswith((".", "!", "?"))
    assert len(hints) <= 1
    assert all(hint.startswith("hint: ") for hint in hints)

    told = cognitora("--json", *arguments, **changed)
    (value,) = objects(told)
    assert told.returncode == 125
    assert value["error"]["type"] == kind
    assert sentence == f"cognitora: {value['error']['message']}"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("run", "--timeout", "0.5", "-c", "1"), "'--timeout': '0.5' is not a valid integer."),
        (("run", "--timeout", "0", "-c", "1"), "'--timeout': 0 is not in the range x>=1."),
        (("port", "ses_1", "abc"), "'PORT': 'abc' is not a valid integer."),
        (("container", "estimate", "--cpu", "a"), "'--cpu': 'a' is not a valid float."),
        (("container", "estimate", "--storage", "0"), "cognitora: --storage must be above 0, not "),
        (("container", "run", "busybox"), "There is no command to run in busybox"),
        (("session", "create", "--memory", "1"), "cognitora: --memory must be between 64 and "),
        (("session", "create", "--until", "now"), "cognitora: --until 'now' is no ISO 8601 time"),
        (("run", "-c", "print('\udcff')"), "cognitora: The code of -c is not text in UTF-8."),
        (("run", "--locl", "-c", "1"), "No such option: --locl.\nhint: Do you mean --local? "),
    ],
    ids=str,
)
def test_what_was_given_is_told_in_the_words_of_the_command_line(
    cognitora: Run, arguments: tuple[str, ...], told: str
) -> None:
    done = cognitora(*arguments)
    assert done.returncode == 125
    assert told in done.stderr.decode()


@pytest.mark.parametrize(
    ("command", "usage"),
    [
        ("port", "port [OPTIONS] ID [PORT]"),
        ("rm", "rm [OPTIONS] ID..."),
        ("run", "run [OPTIONS] [FILE|-]"),
        ("exec", "exec [OPTIONS] ID COMMAND [ARGUMENT]..."),
    ],
)
def test_help_tells_the_usage_as_manuals_do(cognitora: Run, command: str, usage: str) -> None:
    done = cognitora(command, "--help", COLUMNS="100")
    assert f"Usage: cognitora {usage} " in done.stdout.decode()


@pytest.mark.parametrize(
    "words",
    [
        ("--json", "session", "show", "ses_1"),
        ("session", "--json", "show", "ses_1"),
        ("session", "show", "--json", "ses_1"),
        ("session", "show", "ses_1", "--json"),
    ],
    ids=str,
)
def test_machines_say_so_wherever_they_like(cognitora: Run, words: tuple[str, ...]) -> None:
    (value,) = objects(cognitora(*words))
    assert value["error"]["type"] == "NotFoundError"


def test_what_the_service_said_of_it_is_there_for_machines(cognitora: Run) -> None:
    (value,) = objects(cognitora("--json", "session", "show", "ses_1"))
    error = value["error"]
    assert (error["status_code"], error["code"]) == (404, "session_not_found")
    assert error["request_id"].startswith("req_")
    assert error["may_have_run"] is False


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_full_disk_is_told(
    environment: dict[str, str], tmp_path: Path, options: tuple[str, ...]
) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command("run", *options, "-c", "print(1)"),
            env=environment,
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=120,
        )
    assert done.returncode == 125
    assert done.stderr == b"cognitora: No space left on device.\n"


def test_output_that_is_closed_is_no_connection(
    environment: dict[str, str], tmp_path: Path, session: Any
) -> None:
    words = shlex.join(command("exec", session.id, "--", "echo", "hello"))
    done = subprocess.run(
        ["sh", "-c", f"exec {words} >&-"],
        env=environment,
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (125, b"cognitora: Bad file descriptor.\n")


def test_an_outcome_that_can_not_be_written_is_told_before_anything_runs(
    cognitora: Run, session: Any
) -> None:
    done = cognitora("exec", "--outcome", "no/where", session.id, "--", "touch", "made")
    assert (done.returncode, done.stdout) == (125, b"")
    assert done.stderr.startswith(b"cognitora: no/where: No such file or directory.\n")
    assert not session.path("made").exists()
    done = cognitora("exec", "--outcome", "/dev/full", session.id, "--", "echo", "hello")
    assert (done.returncode, done.stdout) == (125, b"hello\n")
    assert done.stderr.startswith(b"cognitora: /dev/full: No space left on device.\n")


def test_the_outcome_is_there_though_nobody_reads_of_the_error(
    environment: dict[str, str], tmp_path: Path
) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    with os.fdopen(theirs, "wb") as broken:
        done = subprocess.run(
            command("run", "--json", "--outcome", "how.json", "--session", "gone", "-c", "1"),
            env=environment,
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            stdout=broken,
            stderr=subprocess.PIPE,
            timeout=120,
        )
    assert (done.returncode, done.stderr) == (-signal.SIGPIPE, b"")
    written = json.loads((tmp_path / "how.json").read_text())
    assert written["error"]["type"] == "NotFoundError"


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_server_that_nobody_can_be_told_of_does_not_begin(
    environment: dict[str, str], tmp_path: Path, options: tuple[str, ...]
) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command("serve", *options),
            env=environment,
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=120,
        )
    why = b"The runtime can't start. Standard output can't be written: No space left on device.\n"
    assert (done.returncode, done.stderr) == (125, why)


def test_nobody_is_asked_and_nothing_is_read(environment: dict[str, str], tmp_path: Path) -> None:
    ours, theirs = os.pipe()  # which nobody writes to, and nobody closes
    try:
        done = subprocess.run(
            command("run", "-c", "print(1)"),
            env=environment,
            cwd=tmp_path,
            stdin=ours,
            capture_output=True,
            timeout=120,
        )
        assert done.stdout == b"1\n"
    finally:
        os.close(ours)
        os.close(theirs)


def test_colours_are_for_those_who_want_them(cognitora: Run, terminal: Any) -> None:
    assert b"\x1b" not in cognitora("ps").stdout
    assert b"\x1b[1mID" in terminal("ps").rest()
    assert b"\x1b[1m" not in terminal("ps", NO_COLOR="1").rest()
    assert b"\x1b[1m" not in terminal("ps", TERM="dumb").rest()


def test_what_a_sandbox_named_can_not_play_with_the_terminal(cognitora: Run, session: Any) -> None:
    session.run("open('\\x1b[31mred', 'w')")
    assert cognitora("ls", session.id).stdout == b"\\x1b[31mred\n"


def test_a_name_is_shown_as_it_is_while_it_is_copied(
    terminal: Any, session: Any, tmp_path: Path
) -> None:
    name = "of [/red]\x1b]0;title\x07"
    session.upload(b"hello", name)
    shown = terminal("cp", f"{session.id}:{name}", "copied")
    seen = shown.rest()
    assert shown.process.returncode == 0, seen
    assert (tmp_path / "copied").read_bytes() == b"hello"
    assert b"\x1b]0" not in seen


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("raise ModuleNotFoundError('no', name='typer')")
    done = subprocess.run(
        [sys.executable, "-m", "cognitora", "ps"], cwd=tmp_path, capture_output=True, timeout=120
    )
    assert done.returncode == 125
    assert b'pip install "cognitora[cli]>=2"' in done.stderr
    assert b"Traceback" not in done.stderr


def test_the_library_alone_imports_nothing_of_it() -> None:
    code = "import sys, cognitora; cognitora.Cognitora; print({'typer', 'rich'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=120)
    assert done.stdout == b"set()\n"


def test_options_are_named_as_they_are_given_here() -> None:
    text = (
        "300 is more than `resources.memoryMb`; use outside_links=True, or a larger maxCostCredits."
    )
    shown = "300 is more than --memory; use --outside-links, or a larger --max-cost."
    assert as_options(text) == shown
