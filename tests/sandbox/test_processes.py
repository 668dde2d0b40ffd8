"""What a sandbox can do to processes, its own and the machine's."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cognitora_local.sandbox import Limits, trust
from tests.processes import alive
from tests.sandbox.programs import Outside, Run, Start

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Forks as fast as it can until it can't, and once more whenever it can again.
FORK_BOMB = """
import signal
most = 0
if os.fork() == 0:
    _host.close()
    while True:
        try:
            if os.fork() == 0:
                os.setsid()
        except OSError:
            pass
say("burning")
signal.pause()
"""

LEFTOVER = """
import signal
if os.fork() == 0:
    os.setsid()
    parent = os.getpid()
    if os.fork() == 0:
        while os.getppid() == parent:
            os.sched_yield()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        say(os.getpid())
        signal.pause()
    os._exit(0)
os.wait()
"""


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """A process of the machine."""
    with subprocess.Popen(["sleep", "1000"]) as process:
        yield process
        process.kill()


async def test_processes_of_the_machine_are_invisible_and_out_of_reach(
    run: Run, outside: Outside, bystander: subprocess.Popen[bytes]
) -> None:
    program = f"""
pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
say([{bystander.pid} in pids, len(pids), tried(os.kill, {bystander.pid}, 0)[0]])
"""
    assert outside(program)[::2] == [True, "done"]
    assert await run(program) == [False, 2, "failed"]


async def test_a_signal_to_everything_stays_inside(
    start: Start, bystander: subprocess.Popen[bytes]
) -> None:
    program = """
child = os.fork()
if child == 0:
    hear()
os.kill(-1, 9)
say(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    async with start(program) as live:
        assert await live.hear() == -9
    assert bystander.poll() is None


async def test_a_fork_bomb_is_bounded_and_ends_with_the_sandbox(start: Start, run: Run) -> None:
    limits = Limits(processes=40, cpu_cores=0.5)
    async with start(FORK_BOMB, limits=limits) as live:
        assert await live.hear() == "burning"
        async with asyncio.timeout(20):
            while len(live.sandbox.processes()) < limits.processes:
                await asyncio.sleep(0)
        most = max(len(live.sandbox.processes()) for _ in range(50))
        assert most == limits.processes
        members = live.sandbox.processes()
        assert await run("say('the next is unharmed')") == "the next is unharmed"
        await live.sandbox.kill()
        assert not [pid for pid in members if alive(pid)]


async def test_the_process_limit_is_what_was_asked_for(run: Run) -> None:
    program = """
import threading, time
count = 0
stop = threading.Event()
try:
    while count < 120:
        threading.Thread(target=stop.wait, daemon=True).start()
        count += 1
except RuntimeError:
    pass
say(count)
"""
    assert await run(program, limits=Limits(processes=30)) < 30
    assert await run(program, limits=Limits(processes=200)) == 120


async def test_what_has_left_its_parents_ends_with_the_sandbox(start: Start) -> None:
    async with start(LEFTOVER + "hear()") as live:
        await live.hear()
        members = live.sandbox.processes()
        assert len(members) == 4  # two of bwrap, the command, the one that left
        assert all(alive(pid) for pid in members)
        await live.sandbox.kill()
        assert not [pid for pid in members if alive(pid)]


async def test_what_has_left_its_parents_ends_with_the_command(start: Start) -> None:
    async with start(LEFTOVER + "hear(); sys.exit(3)") as live:
        await live.hear()
        members = live.sandbox.processes()
        live.say(None)
        assert await live.heard_last() == 3
        assert not [pid for pid in members if alive(pid)]


async def test_killing_its_first_process_ends_only_the_sandbox_itself(run: Run) -> None:
    # The first process of a pid namespace can't be killed from within.
    assert await run("os.kill(1, 9); say('alive')") == "alive"


async def test_the_command_is_told_signals_by_the_host(start: Start) -> None:
    program = """
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
say()
say(signal.sigwait([signal.SIGINT]))
signal.pause()
"""
    async with start(program) as live:
        await live.hear()
        live.sandbox.signal(signal.SIGINT)
        assert await live.hear() == signal.SIGINT
        live.sandbox.signal(signal.SIGTERM)
        assert await live.heard_last() == 128 + signal.SIGTERM
        with pytest.raises(ProcessLookupError):
            live.sandbox.signal(signal.SIGINT)


async def test_the_environment_is_the_sandboxs_own(
    run: Run, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COGNITORA_LOCAL_API_KEY", "secret")
    program = "say([dict(os.environ), os.getenv('COGNITORA_LOCAL_API_KEY')])"

    assert outside(program)[1] == "secret"
    environment, key = await run(program, environment={"GREETING": "hello", "PATH": "/bin"})
    assert key is None
    of_trust = dict.fromkeys(trust.VARIABLES)  # where the machine has certificates to trust
    assert {name: environment[name] for name in environment.keys() - of_trust.keys()} == {
        "GREETING": "hello",
        "HOME": "/work",
        "LANG": "C.UTF-8",
        "PATH": "/bin",
        "PWD": "/work",
        "TERM": "xterm",
        "TMPDIR": "/tmp",
    }


async def test_no_process_inside_has_the_runtimes_environment(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COGNITORA_LOCAL_API_KEY", "secret")
    program = """
def read(pid):
    return open(f"/proc/{pid}/environ").read()
say([read("1"), read("self")])
"""
    assert "secret" not in str(await run(program))


async def test_the_environment_is_on_no_command_line(start: Start) -> None:
    async with start("say(); hear()", environment={"TOKEN": "visible-to-nobody"}) as live:
        await live.hear()
        for pid in live.sandbox.processes():
            assert "visible-to-nobody" not in Path(f"/proc/{pid}/cmdline").read_text()
        environ = Path(f"/proc/{live.sandbox.pid}/environ").read_text()
        assert "visible-to-nobody" in environ


async def test_an_environment_that_loads_a_library_does_so_only_inside(run: Run) -> None:
    # Were it in force when root starts bwrap, users' code would be run by root.
    environment = {"LD_PRELOAD": "/work/evil.so", "PYTHONHOME": "/nowhere", "BASH_ENV": "/work/x"}

    assert await run("say(os.environ['LD_PRELOAD'])", environment=environment) == "/work/evil.so"


@pytest.mark.parametrize(
    ("name", "value"),
    [("X", "y\0--bind\0/\0/host"), ("X\0y\0--bind\0/\0/host", ""), ("X=Y", "z"), ("", "z")],
)
async def test_a_variable_cant_smuggle_options_in(run: Run, name: str, value: str) -> None:
    with pytest.raises(ValueError, match="can't be set"):
        await run("say(os.path.exists('/host'))", environment={name: value})


async def test_any_other_value_of_a_variable_arrives(run: Run) -> None:
    value = "--bind\n/ /host \"'$HOME; ü \x1b[31m" + "long" * 20_000
    assert await run("say(os.environ['X'])", environment={"X": value}) == value


OPEN_FILES = """
fds = sorted(int(fd) for fd in os.listdir("/proc/self/fd"))
say({fd: os.readlink(f"/proc/self/fd/{fd}") for fd in fds if os.path.lexists(f"/proc/self/fd/{fd}")})
"""


async def test_no_file_of_the_runtime_is_open_inside(run: Run, tmp_path: Path) -> None:
    # One that the runtime's libraries forgot to close on exec, as some do.
    leak = os.open(tmp_path / "secret", os.O_RDONLY | os.O_CREAT, 0o600)
    os.set_inheritable(leak, True)
    try:
        assert os.get_inheritable(leak)
        files = await run(OPEN_FILES)
    finally:
        os.close(leak)
    assert sorted(files) == ["0", "1", "2", "3"]
    assert files["0"].startswith("/memfd:stdin")
    assert files["1"] == "/dev/null"
    assert files["2"].startswith("/memfd:stderr")
    assert files["3"].startswith("socket:")


async def test_what_is_written_to_the_first_stderr_is_bounded(start: Start) -> None:
    program = """
written = 0
try:
    while True:
        written += os.write(2, b"x" * 1000)
except OSError as error:
    say([written, error.errno])
"""
    async with start(program) as live:
        written, _ = await live.hear()
        assert written <= 8192
        assert live.sandbox.stderr() == "x" * written


async def test_the_python_of_another_environment_can_be_run(run: Run, tmp_path: Path) -> None:
    from cognitora_local.sandbox import Host

    if sys.executable == "/usr/bin/python3":
        pytest.fail("the tests need a Python that isn't the system's")
    other = await Host.probe(tmp_path / "data", python=Path("/usr/bin/python3"))
    try:
        assert await run("say([sys.executable, sys.prefix])", host=other) == [
            "/usr/bin/python3",
            "/usr",
        ]
    finally:
        await other.close()


async def test_a_crash_is_nothing_to_the_machines_crash_handler(run: Run) -> None:
    # 1, not 0: a handler that core_pattern pipes to is run for a limit of 0 too.
    program = "import resource; say(resource.getrlimit(resource.RLIMIT_CORE))"
    assert await run(program) == [1, 1]
