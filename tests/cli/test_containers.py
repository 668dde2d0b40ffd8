"""`cognitora container`: any command in any image."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable

import pytest

from cognitora import Cognitora
from tests.cli.conftest import Run, objects
from tests.cli.pty import Terminal

pytestmark = pytest.mark.usefixtures("registry")

IMAGE = "docker.io/library/busybox"
SMALL = ("--cpu", "0.5", "--memory", "64")
Begin = Callable[..., subprocess.Popen[bytes]]


def test_a_command_runs_and_its_exit_code_is_its_own(cognitora: Run) -> None:
    done = cognitora("container", "run", *SMALL, IMAGE, "sh", "-c", "echo a; printf b; exit 3")
    assert (done.returncode, done.stdout, done.stderr) == (3, b"a\nb", b"")


def test_input_is_refused_and_not_dropped(cognitora: Run) -> None:
    words = ("container", "run", *SMALL)
    for options, stdin in ((), b"in"), (("--stdin",), b""):
        done = cognitora(*words, *options, IMAGE, "cat", stdin=stdin)
        assert (done.returncode, done.stdout) == (125, b"")
        assert b"is given no standard input.\nhint: `cognitora exec` gives it" in done.stderr
    done = cognitora(*words, "--no-stdin", IMAGE, "cat", stdin=b"in")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_input_that_comes_later_is_not_dropped_in_silence(begun: Begin) -> None:
    prints = "echo now; yes | head -c 1000000"  # more than a pipe holds: it waits for its reader
    process = begun("container", "run", *SMALL, IMAGE, "sh", "-c", prints)
    assert process.stdout
    assert process.stdin
    assert process.stdout.read(3) == b"now"
    process.stdin.write(b"in")
    process.stdin.flush()
    process.stdout.read()
    assert process.wait() == 0
    assert process.stderr
    assert b"was not given what has come on standard input" in process.stderr.read()


def test_why_a_command_did_not_run_is_told(cognitora: Run) -> None:
    done = cognitora("container", "run", *SMALL, IMAGE, "nosuch")
    assert (done.returncode, done.stdout) == (127, b"")
    assert done.stderr == b"cognitora: The command nosuch isn't in the image.\n"


def test_what_it_prints_comes_as_it_is_printed_and_ctrl_c_cancels_it(
    begun: Begin, client: Cognitora
) -> None:
    words = (IMAGE, "sh", "-c", "echo now; exec sleep 1000")
    process = begun("container", "run", *SMALL, "--metadata", "test=ctrl-c", *words)
    assert process.stdout
    assert process.stdout.read(3) == b"now"
    (found,) = client.containers.list_containers(metadata={"test": "ctrl-c"})
    assert found.status == "RUNNING"
    process.send_signal(signal.SIGINT)
    assert process.wait() == -signal.SIGINT
    assert client.containers.get_container(found.id).status == "CANCELLED"


def test_a_timeout_has_a_code_of_its_own(cognitora: Run) -> None:
    done = cognitora("container", "run", *SMALL, "--timeout", "1", IMAGE, "sleep", "1000")
    assert done.returncode == 124
    assert done.stderr.startswith(b"cognitora: ")


def test_machines_read_lines_and_the_end(cognitora: Run) -> None:
    done = cognitora("container", "run", "--json", *SMALL, IMAGE, "sh", "-c", "echo a; exit 4")
    first, last = objects(done)
    assert first == {"type": "log", "data": "a"}
    assert (last["type"], last["exit_code"], done.returncode) == ("end", 4, 4)


def test_an_image_that_is_not_there(cognitora: Run) -> None:
    done = cognitora("container", "run", *SMALL, f"{IMAGE}:none", "true")
    assert (done.returncode, done.stdout) == (125, b"")
    assert done.stderr.startswith(b"cognitora: ")


def test_one_that_is_kept_takes_commands_until_it_is_cancelled(cognitora: Run) -> None:
    kept = cognitora("container", "run", "-d", "--keep", *SMALL, IMAGE).stdout.decode().strip()
    try:
        done = cognitora(
            "container", "exec", kept, "sh", "-c", "cat; echo err >&2; exit 7", stdin=b"\xff\x00"
        )
        assert (done.returncode, done.stdout, done.stderr) == (7, b"\xff\x00", b"err\n")
        assert cognitora("exec", "-u", "1234", kept, "id", "-u").stdout == b"1234\n"
        assert cognitora("cp", "-", f"{kept}:/tmp/a", stdin=b"\xfe").returncode == 0
        assert cognitora("cp", f"{kept}:/tmp/a", "-").stdout == b"\xfe"
        assert cognitora("ls", f"{kept}:/tmp").stdout == b"a\n"
        assert kept in cognitora("container", "ls").stdout.decode()
    finally:
        done = cognitora("container", "cancel", kept)
    assert (done.returncode, done.stdout.decode()) == (0, f"{kept}\n")
    assert kept not in cognitora("ps").stdout.decode()
    assert kept in cognitora("ps", "--all").stdout.decode()


def test_logs_are_shown_and_followed(cognitora: Run, client: Cognitora) -> None:
    words = ("sh", "-c", "echo one; echo two; printf end")
    started = cognitora("container", "run", "-d", *SMALL, IMAGE, *words).stdout.decode().strip()
    assert cognitora("logs", "-f", started).stdout == b"one\ntwo\nend"
    client.containers.wait_for_completion(started, poll_interval=0.1)
    assert cognitora("container", "logs", started).stdout == b"one\ntwo\nend"
    lines = objects(cognitora("logs", "--json", started))
    assert [each["data"] for each in lines] == ["one", "two", "end"]


def test_an_estimate_is_a_number(cognitora: Run) -> None:
    assert float(cognitora("container", "estimate", "--cpu", "1").stdout) > 0
    (value,) = objects(cognitora("container", "estimate", "--json"))
    assert value["estimated_credits"] > 0


def test_somebody_who_waits_sees_for_what(terminal: Callable[..., Terminal]) -> None:
    words = ("sh", "-c", "sleep 1; echo done")
    shown = terminal("container", "run", *SMALL, IMAGE, *words)
    seen = shown.until(b"done")
    assert b"Starting docker.io/library/busybox" in seen
    assert b"\x1b[?25l" in seen
    assert b"\x1b[?25h" in seen  # the cursor is back before the first output
    began = time.monotonic()
    shown.rest()
    assert time.monotonic() - began < 60
    assert shown.process.returncode == 0
