"""Bash that is stopped, that ends, and that lies to its driver."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest
import pytest_asyncio

from cognitora_local.kernel import Kernel, Outcome
from cognitora_local.sandbox import Host, Limits
from tests.kernel.conftest import Session, Start, sandbox_of, shown, text

SOON = 3000
"""Milliseconds. It is less than one second, but for a machine that is busy with other tests."""


@pytest_asyncio.fixture(loop_scope="session")
async def bash(start: Start) -> Session:
    return await start(language="bash")


async def printed(session: Session, code: str) -> str:
    outcome = await session.run(code)
    assert (outcome.status, text(outcome, "stderr")) == ("completed", ""), outcome
    return text(outcome)


FOREVER = {
    "sleep": "sleep 60",
    "busy loop": "while true; do :; done",
    "arithmetic": "for ((;;)); do ((i++)); done",
    "functions": "f() { g; }; g() { local x=1; while :; do :; done; }; f",
    "pipeline": "yes | while read -r line; do :; done",
    "subshell": "(while :; do :; done)",
    "substitution": "x=$(sleep 60)",
    "wait": "sleep 60 & wait",
    "read": "read -r line < <(sleep 60)",
    "fifo": "mkfifo fifo; cat fifo",
    "program": "python3 -c 'import time; time.sleep(60)' 2>/dev/null",
    "busy program": "python3 -c 'while True: pass' 2>/dev/null",
    "loop of programs": "while true; do sleep 0.01; done",
    "job control": "set -m; sleep 60",
    "another session": "setsid -w sleep 60",
    "errexit": "set -e; while true; do sleep 1; done",
    "DEBUG": "trap : DEBUG; while :; do :; done",
}


@pytest.mark.parametrize("code", FOREVER.values(), ids=FOREVER.keys())
async def test_timeout_keeps_the_state(bash: Session, code: str) -> None:
    await printed(bash, "kept='still here'; cd /tmp")
    outcome = await bash.run(f"now=new; echo started; {code}; echo never", timeout_seconds=0.3)
    assert outcome.status == "timeout"
    assert outcome.errors == ["The code was stopped after 0.3 s, its timeout."]
    assert text(outcome) == "started\n"
    assert not outcome.state_lost
    assert 300 <= outcome.wall_ms < 1300
    assert await printed(bash, "echo $kept $now $PWD ${x-}") == "still here new /tmp\n"


async def test_code_that_ignores_the_interrupt_is_killed(bash: Session) -> None:
    code = "trap '' INT; echo -n started; while :; do sleep 60; done"
    outcome = await bash.run(code, timeout_seconds=0.2)
    assert (outcome.status, outcome.state_lost, text(outcome)) == ("timeout", True, "started")
    assert "killed" in outcome.errors[0]
    assert 1200 <= outcome.wall_ms < 2500


async def test_a_trap_on_int_doesnt_outlive_its_code(bash: Session) -> None:
    await printed(bash, "trap '' INT")
    outcome = await bash.run("sleep 60", timeout_seconds=0.2)
    assert (outcome.status, outcome.state_lost) == ("timeout", False)


async def test_code_may_clean_up_within_the_grace(bash: Session) -> None:
    code = "trap 'sleep 0.2; echo cleaned; exit 1' INT; echo on; sleep 60"
    outcome = await bash.run(code, timeout_seconds=0.2)
    assert (outcome.status, outcome.state_lost) == ("timeout", False)
    assert text(outcome) == "on\ncleaned\n"


async def test_a_trap_on_exit_runs_when_the_code_is_stopped(bash: Session) -> None:
    await printed(bash, "x=1")
    outcome = await bash.run("x=2; trap 'echo cleaned' EXIT; sleep 60", timeout_seconds=0.2)
    assert (outcome.status, outcome.state_lost) == ("timeout", False)
    assert text(outcome) == "cleaned\n"
    assert await printed(bash, "echo $x") == "1\n"


async def test_background_jobs_outlive_an_interrupt(bash: Session) -> None:
    # The job itself says that it has begun: until then an interrupt may strike it.
    code = "(echo on; until [ -e go ]; do sleep 0.01; done; echo alive) & sleep 60"
    running = await bash.until_output(code, "on")
    await bash.kernel.interrupt()
    assert (await running).errors == ["The code was interrupted."]
    (bash.kernel.folder / "go").touch()
    async with asyncio.timeout(10):
        while bash.kernel._collector.size < len("alive\n"):
            await asyncio.sleep(0.005)
    assert await printed(bash, "echo next") == "alive\nnext\n"


async def test_interrupts_at_any_moment_leave_the_session_whole(bash: Session) -> None:
    await printed(bash, "kept=1; f() { local kept=2; for i in {1..2000}; do echo $i; done; }")
    stopped = 0
    for number in range(40):
        running = asyncio.create_task(bash.run("f; f; f"))
        await asyncio.sleep(0.0004 * (number % 10))
        await bash.kernel.interrupt()
        outcome = await running
        assert outcome.status in ("interrupted", "completed")
        assert not outcome.state_lost
        stopped += outcome.status == "interrupted"
    assert stopped > 5
    assert await printed(bash, "echo $kept") == "1\n"


async def test_late_interrupts_are_forgotten(bash: Session) -> None:
    await printed(bash, "kept=1")
    for _ in range(100):
        bash.kernel._sandbox.signal(signal.SIGINT)
        assert (await bash.run("true")).status == "completed"
        bash.kernel._sandbox.signal(signal.SIGINT)
    assert await printed(bash, "echo $kept") == "1\n"


async def test_cancelling_stops_the_code(bash: Session) -> None:
    running = await bash.until_output("echo on; sleep 60", "on")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await printed(bash, "echo next") == "next\n"


# Ends


async def dies(session: Session, code: str) -> Outcome:
    outcome = await session.run(f"echo before; {code}")
    assert (outcome.status, outcome.state_lost) == ("failed", True)
    assert shown(outcome)[0] == ("stdout", "before\n")
    assert outcome.outputs[-1].type == "error"
    assert str(outcome.outputs[-1].data).startswith("The shell has ended: it was replaced (exec)")
    assert outcome.wall_ms < SOON
    assert not session.kernel.alive
    return outcome


ENDS = {
    "exec": ("exec true", "The kernel ended by itself, with exit status 0."),
    "exec that fails": ("exec sh -c 'exit 3'", "The kernel ended by itself, with exit status 3."),
    "killed": ("kill -9 $$; sleep 60", "The kernel was ended by SIGKILL."),
    "a signal without a name": ("kill -35 $$; sleep 60", "The kernel was ended by SIGRTMIN+1."),
    "restricted": ("set -r", "The kernel ended by itself, with exit status 1."),
    "no descriptors": ("ulimit -n 3", "The kernel ended by itself, with exit status 1."),
    "skipping": (
        "shopt -s extdebug; trap false DEBUG",
        "The kernel ended by itself, with exit status 0.",
    ),
}


@pytest.mark.parametrize(("code", "error"), ENDS.values(), ids=ENDS.keys())
@pytest.mark.parametrize("exits", [False, True], ids=["at first", "after an exit"])
async def test_a_shell_that_ends(bash: Session, code: str, error: str, exits: bool) -> None:
    if exits:
        await bash.run("exit 1")
    assert (await dies(bash, code.replace("$$", "$BASHPID"))).errors == [error]
    assert (await bash.run("true")).errors == [error]


async def test_death_between_executions(bash: Session) -> None:
    await printed(bash, "(sleep 0.05; kill -9 $$) & :")
    await asyncio.wait_for(bash.kernel.wait(), 30)
    assert (await bash.run("true")).errors == ["The kernel was ended by SIGKILL."]


async def test_a_signal_at_any_moment_ends_no_more_than_an_execution(bash: Session) -> None:
    await printed(bash, "kept=1")
    completed = 0
    for number in range(1, 31):
        killer = f"pid=$BASHPID; (sleep 0.00{number}; kill $pid || :; :>{number}) & echo $kept"
        outcomes = [await bash.run(code) for code in [killer] + ["echo $kept"] * 4]
        for outcome in outcomes:
            assert outcome.errors in ([], ["exit code 143 (SIGTERM)"])
            assert text(outcome) == "1\n" or (outcome.errors and text(outcome) == "")
            completed += outcome.status == "completed"
        async with asyncio.timeout(10):  # one that has begun ends before the next one begins
            while text(outcomes[0]) and not (bash.kernel.folder / str(number)).exists():
                await asyncio.sleep(0.001)
    assert completed >= 5 * 30 - 30


async def test_a_signal_while_code_is_read_ends_that_code_alone(bash: Session) -> None:
    await printed(bash, "kept=1")
    for number in range(300):
        spin = f"for ((i = 0; i < {number * 7 % 600}; i++)); do :; done"
        begun = await bash.run(f"pid=$BASHPID; ({spin}; kill $pid) & :")
        read = await bash.run("echo $kept")
        for outcome in (begun, read, await bash.run("wait; echo $kept")):
            assert outcome.errors in ([], ["exit code 143 (SIGTERM)"]), outcome


async def test_out_of_memory(start: Start) -> None:
    session = await start(language="bash", limits=Limits(memory_mb=64))
    outcome = await session.run("x=$(head -c 200M /dev/zero | tr '\\0' x)")
    assert outcome.status == "failed"
    assert outcome.errors[0] in (
        "The code ran out of memory (64 MB), so it was killed.",
        "exit code 137 (SIGKILL)",
    )


async def test_everything_ends_with_the_session(host: Host, tmp_path: Path) -> None:
    kernel = await Kernel.start(
        host, language="bash", folder=tmp_path, limits=Limits(), environment={}, name="bash"
    )
    session = Session(kernel)
    await printed(session, "sleep 60 & setsid sleep 60 & (exec sleep 60 &); exit 0")
    processes = sandbox_of(kernel).processes()
    names = [Path(f"/proc/{pid}/comm").read_text().strip() for pid in processes]
    assert names.count("sleep") == 3
    assert names.count("bash") == 1
    await kernel.close()
    assert not any(Path(f"/proc/{pid}").exists() for pid in processes)


# Lies

FORGERIES = {
    "garbage": r"printf 'garbage\0' >/proc/$PPID/fd/703; sleep 60",
    "numbers": r"printf '\1end u v x y z\n\2\2\0' >/proc/$PPID/fd/703; sleep 60",
    "a stranger": r"printf '\1end 1 0 hB 1\n\2\2\0' >/proc/$PPID/fd/703; sleep 60",
    "nobody": r"printf '\1end 1 0 hB 99999\n\2\2\0' >/proc/$PPID/fd/703; sleep 60",
    "another's end": r"printf '\1end 77 0 hB %d\n\2\2\0' $BASHPID >/proc/$PPID/fd/703; sleep 60",
    "the driver": r"kill -9 $PPID; sleep 60",
    "nothing left": r"kill -9 -1; sleep 60",
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES.keys())
async def test_lies_harm_their_own_session_alone(bash: Session, start: Start, forgery: str) -> None:
    other = await start(language="bash", folder="other")
    outcome = await bash.run(f"echo before; {forgery}")
    assert (outcome.status, outcome.state_lost) == ("failed", True)
    assert text(outcome) == "before\n"
    assert outcome.wall_ms < SOON
    assert await printed(other, "echo unharmed") == "unharmed\n"


async def test_a_forged_end_harms_its_own_session_alone(bash: Session) -> None:
    code = r"printf '\1end 1 0 hB %d\n\2\2\0' $BASHPID >/proc/$PPID/fd/703; sleep 0.1"
    assert (await bash.run(code)).status == "completed"
    await asyncio.wait_for(bash.kernel.wait(), 30)  # the true end comes unasked


async def test_the_drivers_socket_cant_be_opened(bash: Session) -> None:
    outcome = await bash.run("echo x >/proc/$PPID/fd/699")
    assert "No such device or address" in text(outcome, "stderr")
    assert not outcome.state_lost


async def test_a_slow_session_holds_up_no_other(bash: Session, start: Start) -> None:
    other = await start(language="bash", folder="other")
    running = await bash.until_output("echo on; while :; do :; done", "on")
    begun = time.monotonic()
    assert await printed(other, "echo quick") == "quick\n"
    assert time.monotonic() - begun < 5
    os.kill(sandbox_of(bash.kernel).pid, signal.SIGKILL)
    assert (await running).state_lost
