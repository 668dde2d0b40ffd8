"""The other commands: sessions, lists, files, logs, ports, serve, doctor, mcp."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import urllib.request
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from cognitora import InterpreterSession, __version__
from tests.cli.conftest import Run, objects
from tests.cli.pty import Terminal

Begin = Callable[..., subprocess.Popen[bytes]]
NOBODY = {"COGNITORA_BASE_URL": "", "COGNITORA_API_KEY": ""}


def test_a_session_from_its_beginning_to_its_end(cognitora: Run) -> None:
    words = ("--language", "bash", "-e", "A=b", "--metadata", "task=cli", "--timeout", "600")
    id = cognitora("session", "create", *words).stdout.decode().strip()
    assert cognitora("run", "-s", id, "-c", "echo $A").stdout == b"b\n"
    (found,) = objects(cognitora("session", "list", "--metadata", "task=cli", "--json"))
    (shown,) = objects(cognitora("--json", "session", "show", id))
    assert found["session_id"] == shown["session_id"] == id
    facts = cognitora("session", "show", id).stdout.decode().splitlines()
    assert ["session_id", id] in [each.split() for each in facts]
    (longer,) = objects(cognitora("session", "extend", id, "--timeout", "7200", "--json"))
    assert longer["expires_at"] > shown["expires_at"]
    told = cognitora("session", "extend", id, "--timeout", "7200").stdout.decode()
    assert "expires_at" in told
    assert "{" not in told
    assert id in cognitora("ps").stdout.decode()
    assert cognitora("session", "rm", id).stdout.decode() == f"{id}\n"
    assert cognitora("session", "rm", id).returncode == 125
    assert id not in cognitora("ps").stdout.decode()


def test_the_version_is_told(cognitora: Run) -> None:
    assert cognitora("--version").stdout.decode() == f"cognitora {__version__}\n"
    for words in (("--version", "--json"), ("--json", "--version")):
        assert objects(cognitora(*words)) == [{"version": __version__}]


@pytest.mark.parametrize("of", ["session", "container"])
def test_a_list_has_the_names_that_people_try(cognitora: Run, of: str) -> None:
    for name in ("list", "ls"):
        done = cognitora(of, name)
        assert done.returncode == 0
        assert done.stdout.startswith(b"ID ")


def test_what_can_not_be_ended_keeps_nothing_else_from_it(
    cognitora: Run, session: InterpreterSession
) -> None:
    process = session.start(["sleep", "1000"])
    done = cognitora("rm", "--json", "none", process.id, session.id)
    first, *others = objects(done)
    assert (first["id"], first["error"]["type"]) == ("none", "NotFoundError")
    assert [(each["id"], each["kind"]) for each in others] == [
        (process.id, "process"),
        (session.id, "session"),
    ]
    assert done.returncode == 125


def test_the_processes_of_a_session(cognitora: Run, session: InterpreterSession) -> None:
    process = session.start(["sh", "-c", "exit 3"])
    process.wait(timeout=60)
    (found,) = objects(cognitora("ps", session.id, "--json"))
    assert (found["id"], found["exit_code"]) == (process.id, 3)
    assert b"sh -c exit 3" in cognitora("ps", session.id).stdout


def test_files_go_in_and_out(cognitora: Run, session: InterpreterSession, tmp_path: Path) -> None:
    data = os.urandom(100_000)
    (tmp_path / "a.bin").write_bytes(data)
    (tmp_path / "a.bin").chmod(0o750)
    assert cognitora("cp", "a.bin", f"{session.id}:").stdout == b""
    assert session.path("a.bin").stat().mode == 0o750
    assert cognitora("cp", f"{session.id}:a.bin", "b.bin").returncode == 0
    assert (tmp_path / "b.bin").read_bytes() == data
    assert cognitora("cp", f"{session.id}:a.bin", "-").stdout == data
    assert cognitora("--json", "cp", f"{session.id}:a.bin", "-").stdout == data
    (missing,) = objects(cognitora("--json", "cp", f"{session.id}:none", "-"))
    assert missing["error"]["type"] == "NotFoundError"
    assert cognitora("cp", "-", f"{session.id}:x/y", stdin=data).returncode == 0
    assert session.download("x/y") == data


def test_a_folder_goes_under_its_name_into_one_that_is_there(
    cognitora: Run, session: InterpreterSession, tmp_path: Path
) -> None:
    (tmp_path / "data" / "deep").mkdir(parents=True)
    (tmp_path / "data" / "deep" / "a").write_text("a")
    (value,) = objects(cognitora("cp", "--json", "data", f"{session.id}:"))
    assert value["target"] == f"{session.id}:data"
    assert cognitora("cp", "data", f"{session.id}:other").returncode == 0
    assert (
        session.path("data/deep/a").read_text() == session.path("other/deep/a").read_text() == "a"
    )
    (tmp_path / "here").mkdir()
    assert cognitora("cp", f"{session.id}:other", "here").returncode == 0
    assert cognitora("cp", f"{session.id}:other", "there").returncode == 0
    for place in ("here/other", "there"):
        assert (tmp_path / place / "deep" / "a").read_text() == "a"


def test_links_that_lead_out_are_kept_where_they_are_wanted(
    cognitora: Run, session: InterpreterSession, tmp_path: Path
) -> None:
    session.run("import os; os.mkdir('d'); os.symlink('/etc/hosts', 'd/out')")
    refused = cognitora("cp", f"{session.id}:d", "copy")
    assert refused.returncode == 125
    assert b"--outside-links" in refused.stderr
    assert b"=True" not in refused.stderr
    assert cognitora("cp", "--outside-links", f"{session.id}:d", "copy").returncode == 0
    assert (tmp_path / "copy" / "out").readlink() == Path("/etc/hosts")


@pytest.mark.parametrize(
    "words", [("a", "b"), ("ses_1:a", "ses_2:b"), ("none", "ses_1:a"), ("ses_1:a", "b")]
)
def test_what_can_not_be_copied_is_told(cognitora: Run, words: tuple[str, str]) -> None:
    done = cognitora("cp", *words)
    assert (done.returncode, done.stdout) == (125, b"")
    assert done.stderr.startswith(b"cognitora: ")


def test_a_listing_tells_what_is_there(cognitora: Run, session: InterpreterSession) -> None:
    session.run("import os; os.mkdir('d'); open('f', 'w').write('abc'); os.symlink('f', 'l')")
    assert cognitora("ls", session.id).stdout == b"d/\nf\nl\n"
    assert b"l -> f" in cognitora("ls", "-l", session.id).stdout
    assert [each["path"] for each in objects(cognitora("ls", "--json", session.id))] == [
        "d",
        "f",
        "l",
    ]
    assert cognitora("ls", f"{session.id}:f").stdout == b"f\n"
    assert b"bin" in cognitora("ls", f"{session.id}:/usr").stdout


def test_logs_keep_streams_apart(cognitora: Run, session: InterpreterSession) -> None:
    session.run("import sys; print('out'); print('err', file=sys.stderr)")
    session.run("print('more')")
    done = cognitora("logs", session.id)
    assert (done.stdout, done.stderr) == (b"out\nmore\n", b"err\n")
    assert objects(cognitora("logs", "--json", session.id))[0]["message"] == "out\n"
    process = session.start(["sh", "-c", "printf '\\377'; echo err >&2"])
    process.wait(timeout=60)
    done = cognitora("logs", process.id)
    assert (done.stdout, done.stderr) == (b"\xff", b"err\n")


def test_logs_are_followed_until_the_session_ends(
    begun: Begin, cognitora: Run, session: InterpreterSession
) -> None:
    session.run("print('one')")
    process = begun("logs", "-f", session.id)
    assert process.stdout
    assert process.stdout.readline() == b"one\n"
    session.run("print('two')")
    session.run("print('three')")
    assert process.stdout.readline() == b"two\n"
    assert process.stdout.readline() == b"three\n"
    session.close()
    assert process.wait() == 0
    assert process.stdout.read() == b""
    done = cognitora("logs", session.id)
    assert done.stdout == b"one\ntwo\nthree\n"
    assert done.stderr == b"cognitora: The session has ended: it was deleted.\n"
    assert cognitora("logs", "none").returncode == 125


def test_a_process_is_followed_to_its_end(begun: Begin, session: InterpreterSession) -> None:
    started = session.start(["sh", "-c", "echo one; read line; echo $line"])
    process = begun("logs", "--follow", started.id)
    assert process.stdout
    assert process.stdout.readline() == b"one\n"
    started.write("two\n")
    assert process.stdout.read() == b"two\n"
    assert process.wait() == 0


def test_a_port_is_exposed_and_taken_back(cognitora: Run, session: InterpreterSession) -> None:
    server = "import threading, http.server as h\n"
    server += "s = h.ThreadingHTTPServer(('127.0.0.1', 8000), h.SimpleHTTPRequestHandler)\n"
    server += "threading.Thread(target=s.serve_forever, daemon=True).start()"
    session.upload(b"inside", "a.txt")
    session.run(server, networking=False)
    url = cognitora("port", session.id, "8000").stdout.decode().strip()
    with urllib.request.urlopen(f"{url}/a.txt", timeout=60) as answer:
        assert answer.read() == b"inside"
    (listed,) = objects(cognitora("port", session.id, "--json"))
    assert (listed["port"], listed["url"]) == (8000, url)
    assert cognitora("port", session.id, "8000", "--remove").returncode == 0
    assert objects(cognitora("port", session.id, "--json")) == []


def test_a_runtime_is_served_until_it_is_ended(begun: Begin, cognitora: Run) -> None:
    process = begun("serve", "--port", "0", "--api-key", "cgk_mine")
    assert process.stdout
    ready = json.loads(process.stdout.readline())
    served = {"COGNITORA_BASE_URL": ready["base_url"], "COGNITORA_API_KEY": "cgk_mine"}
    assert cognitora("run", "-c", "print(1)", **served).stdout == b"1\n"
    process.send_signal(signal.SIGTERM)
    assert process.wait() == -signal.SIGTERM


def test_a_runtime_tells_people_how_it_is_used(terminal: Callable[..., Terminal]) -> None:
    shown = terminal("serve", "--api-key", "cgk_mine")
    seen = shown.until(b"export COGNITORA_API_KEY=cgk_mine\r\n")
    assert b"export COGNITORA_BASE_URL=http://127.0.0.1:" in seen
    shown.interrupt()
    shown.rest()
    assert shown.process.returncode == -signal.SIGINT


def test_a_runtime_that_cannot_start_is_a_failure_of_the_command(
    cognitora: Run, terminal: Callable[..., Terminal]
) -> None:
    here = ("serve", "--data-dir", "/proc/nothing")
    done = cognitora(*here)
    assert (done.returncode, done.stdout) == (125, b"")
    assert b"The runtime can't start. " in done.stderr
    (told,) = objects(cognitora("--json", *here))
    assert told["error"]["message"].startswith("The runtime can't start. ")
    shown = terminal(*here)
    assert b"The runtime can't start. " in shown.rest()
    assert shown.process.returncode == 125


def test_the_runtime_s_own_help_is_shown(cognitora: Run) -> None:
    assert b"--max-sessions" in cognitora("serve", "--help").stdout


def test_all_is_well(cognitora: Run) -> None:
    done = cognitora("doctor", "--json")
    found = {each["check"]: each for each in objects(done)}
    assert done.returncode == 0
    for check in ("key", "url", "server", "features", "runtime", "sandbox", "cgroup"):
        assert found[check]["ok"], found[check]
    assert {"network", "egress", "storage", "engine"} <= set(found)
    for each in found.values():
        assert each["ok"] or each["mend"]
    assert b"ok      server" in cognitora("doctor").stdout


@pytest.mark.parametrize(
    ("changed", "check"),
    [
        ({"COGNITORA_API_KEY": ""}, "key"),
        ({"COGNITORA_API_KEY": "wrong"}, "server"),
        ({"COGNITORA_BASE_URL": "http://127.0.0.1:9"}, "server"),
    ],
)
def test_what_is_wrong_is_told_with_its_mend(
    cognitora: Run, changed: dict[str, str], check: str
) -> None:
    done = cognitora("doctor", "--json", **changed)
    found = {each["check"]: each for each in objects(done)}
    assert done.returncode == 1
    assert not found[check]["ok"]
    assert found[check]["mend"]


def test_who_uses_this_machine_needs_no_key(cognitora: Run) -> None:
    done = cognitora("doctor", "--local", **NOBODY)
    assert done.returncode == 0
    assert b"COGNITORA_API_KEY" not in done.stdout


def test_a_server_for_models_says_what_it_needs(cognitora: Run) -> None:
    done: Any = cognitora("mcp", "--help")
    if find_spec("mcp") is None:
        assert done.returncode == 125
        assert done.stderr.endswith(b'hint: pip install "cognitora[mcp]>=2"\n')
    else:
        assert done.returncode == 0
        assert b"--http" in done.stdout
