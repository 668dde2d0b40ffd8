"""A runtime that isn't root's: all that needs no root is there, and what does is refused in words.

Where root runs the tests it is another user's, who is given control groups as systemd gives them.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from cognitora import APIError, Cognitora
from cognitora_local.sandbox import cgroup, cgroup_v1, cgroup_v2, terminals
from tests import conftest
from tests.conftest import Runtime
from tests.needs import IS_ROOT, USERS
from tests.sandbox import another_user
from tests.sandbox import world as worlds
from tests.sandbox.world import World


@pytest.fixture(scope="module")
def groups() -> Iterator[list[Path]]:
    """Control groups that are the user's, one for each controller."""
    if cgroup_v2.is_whole():
        pytest.skip("under cgroup v2 they are systemd's to give")
    mounted, own = cgroup.mounts(), cgroup.own_paths()
    made = []
    for controller in cgroup_v1._NEEDED:
        point, shown = mounted[controller]
        above = point / os.path.relpath(own[controller], shown)
        made.append(above / f"cognitora-test-{os.getpid()}")
    made = list(dict.fromkeys(made))
    for folder in made:
        folder.mkdir()
        for path in (folder, *folder.iterdir()):
            os.chown(path, another_user.USER, another_user.USER)
    yield made
    for folder in made:
        folder.rmdir()


@pytest.fixture(scope="module")
def runtime(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Runtime]:
    with ExitStack() as stack:
        if IS_ROOT:
            home = stack.enter_context(another_user.home())
            before = another_user.as_user(home, request.getfixturevalue("groups"))
            yield stack.enter_context(conftest.run(home, before=before))
        else:
            yield stack.enter_context(conftest.run(tmp_path_factory.mktemp("runtime")))


@pytest.fixture(scope="module")
def client(runtime: Runtime) -> Iterator[Cognitora]:
    with Cognitora(runtime.api_key, base_url=runtime.base_url) as client:
        yield client


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("python", "import os; print(os.getuid())"),
        ("javascript", "console.log(require('os').userInfo().uid)"),
        ("bash", "id -u"),
    ],
)
def test_each_language_runs(client: Cognitora, language: str, code: str) -> None:
    assert client.code_interpreter.execute(code, language=language).stdout == "1000\n"


def test_a_session_keeps_variables_and_files(client: Cognitora) -> None:
    with client.code_interpreter.session() as session:
        session.upload(b"one\ntwo\n", "lines.txt")
        session.run("lines = open('lines.txt').readlines(); open('more', 'w').write('made')")
        assert session.run("len(lines)").text == "2"
        assert session.download("more") == b"made"


THREADS = """
import threading
ended = threading.Event()
try:
    for _ in range(1000):
        threading.Thread(target=ended.wait).start()
finally:
    ended.set()
"""
TERMINALS = """
import os
count = 0
try:
    while True:
        os.openpty()
        count += 1
except OSError:
    print(count)
"""


def test_the_files_of_the_whole_sandbox(client: Cognitora) -> None:
    interpreter = client.code_interpreter
    with interpreter.session() as session:
        interpreter.make_folder(session.id, "/tmp/d/e", 0o700)
        interpreter.move_file(session.id, "/tmp/d", "here")
        (found,) = interpreter.list_files(session.id, "here")
        assert (found.path, found.mode, found.uid) == ("here/e", 0o700, 1000)
        assert session.run("import os; os.listdir('here')").text == "['e']"


def test_processes_run_in_the_background(client: Cognitora) -> None:
    script = "id -u; grep -c '^Cap.*[1-9a-f]$' /proc/self/status; cat /proc/self/uid_map; tty"
    with client.code_interpreter.session(environment={"A": "b"}) as session:
        own = session.run("print(open('/proc/self/uid_map').read(), end='')").stdout
        result = session.start(["sh", "-c", f"{script}; echo $A; cat"]).communicate("given")
        assert result.stdout == f"1000\n0\n{own}not a tty\nb\ngiven"
        with_terminal = session.start(["sh", "-c", "tty; stty size; exec cat"], terminal=(24, 80))
        with_terminal.resize(50, 100)
        with_terminal.close_stdin()
        assert with_terminal.wait(60).exit_code == 0
        assert "".join(map(str, with_terminal)).startswith("/dev/pts/0\r\n")
        stuck = session.start(["sh", "-c", "setsid sleep 1000 & sleep 1000"], timeout_seconds=1)
        assert stuck.wait(60).status == "TIMEOUT"
        assert session.start(["no-such-program"]).exit_code == 127


def test_limits_are_kept(client: Cognitora) -> None:
    with client.code_interpreter.session() as session:
        assert session.run(TERMINALS).stdout == f"{terminals.MOST}\n"
        assert "can't start new thread" in str(session.run(THREADS).error)
        assert "memory" in str(session.run("held = bytearray(2**30)").error)


def test_the_outside_is_reached_and_the_machine_is_not(
    client: Cognitora, runtime: Runtime, world: World
) -> None:
    outside = (worlds.OUTSIDE, 80)
    addresses = {*world.addresses, "127.0.0.1", "10.0.2.2"}
    targets = [outside, *((address, world.port) for address in addresses)]
    code = f"""
import socket
def reached(target):
    try:
        socket.create_connection(target, timeout=2).close()
    except OSError:
        return False
    return True
print([target for target in {targets} if reached(target)])
"""
    assert client.code_interpreter.run_python(code).stdout == f"[{outside}]\n"
    sent = world.packets_sent()
    assert client.code_interpreter.execute(code, networking=False).stdout == "[]\n"
    assert world.packets_sent() == sent


def test_what_a_list_names_is_reached_alone(client: Cognitora, world: World) -> None:
    code = f"""
import socket
def reached(host, port):
    try:
        with socket.create_connection((host, port), timeout=10) as client:
            return client.recv(5, socket.MSG_WAITALL) == b"hello"
    except OSError:
        return False
print(reached("{worlds.OUTSIDE}", 80), reached("{worlds.OUTSIDE}", 81),
      reached("{worlds.HERE}", {world.port}))
"""
    with client.code_interpreter.session(egress=[f"{worlds.OUTSIDE}:80"]) as session:
        assert session.run(code).stdout == "True False False\n"
        status = session.set_egress([])
        assert (worlds.OUTSIDE, 81) in [(each.target, each.port) for each in status.refused]
        assert session.run(code).stdout == "False False False\n"
        assert session.run(code, networking=False).stdout == "False False False\n"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with worlds.world() as built:
        yield built


def test_ports_are_reached(client: Cognitora) -> None:
    code = """
import socket, threading
server = socket.create_server(("127.0.0.1", 8000))
def greet():
    while True:
        server.accept()[0].sendall(b"hello")
threading.Thread(target=greet, daemon=True).start()
"""
    with client.code_interpreter.session() as session:
        session.run(code, networking=False)
        port = session.expose(8000)
        with socket.create_connection(port.socket_address, timeout=30) as connection:
            assert connection.recv(5, socket.MSG_WAITALL) == b"hello"
        session.unexpose(8000)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(port.socket_address)


def test_what_only_root_can_have_is_refused_with_what_to_do(client: Cognitora) -> None:
    with pytest.raises(APIError, match="storage_gb can't be kept: only root can mount"):
        client.code_interpreter.create_session(resources={"storage_gb": 1})
    with pytest.raises(APIError, match=r"start rootless Podman.*or run the runtime as root"):
        client.containers.create_container(
            "busybox", ["true"], cpu_cores=1, memory_mb=64, max_cost_credits=5
        )


@pytest.mark.root(USERS)
def test_without_control_groups_it_refuses() -> None:
    if cgroup_v2.is_whole():
        pytest.skip("under cgroup v2 systemd gives them")
    with another_user.home() as home:
        done = subprocess.run(
            [
                *another_user.as_user(home),
                sys.executable,
                *"-P -m cognitora_local --port 0".split(),
            ],
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 125
    assert "can't be limited by an ordinary user under cgroup v1" in done.stderr
    for controller in cgroup_v1._NEEDED:  # all that he needs, not one after the other
        assert f"/{controller}" in done.stderr.split("that user's:")[1]
    assert "Run the runtime as root" in " ".join(done.stderr.split())
