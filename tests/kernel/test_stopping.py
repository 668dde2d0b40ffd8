"""Timeouts, interrupts and cancellation: the code stops, the session stays."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time

import psutil
import pytest

from tests.kernel.conftest import Session, Start, sandbox_of, text

FOREVER = {
    "sleep": "import time; time.sleep(60)",
    "busy loop": "while True: pass",
    "await": "import asyncio; await asyncio.sleep(60)",
    "gather": "import asyncio\nawait asyncio.gather(*(asyncio.sleep(60) for _ in range(3)))",
    "asyncio.run": "import asyncio; asyncio.run(asyncio.sleep(60))",
    "subprocess": "import subprocess; subprocess.run(['sleep', '60'])",
    "shell": "import os; os.system('sleep 60')",
    "socket": "import socket; a, b = socket.socketpair(); a.recv(1)",
    "lock": "import threading; threading.Lock().acquire(); x = threading.Lock(); "
    "x.acquire(); x.acquire()",
    "thread": "import threading, time\nt = threading.Thread(target=time.sleep, args=(60,), "
    "daemon=True)\nt.start(); t.join()",
    "input": "import os; r, w = os.pipe(); os.read(r, 1)",
    "repr": "class R:\n    def __repr__(self):\n        while True: pass\nR()",
    "printing": "while True: print(end='')",
    "displaying": "while True: display(raw=True)",
}


@pytest.mark.parametrize("code", FOREVER.values(), ids=FOREVER.keys())
async def test_timeout_keeps_the_state(session: Session, code: str) -> None:
    # Imported before, since on a busy machine that alone can outlast the timeout.
    await session.run("import asyncio, os, socket, subprocess, threading, time, traceback")
    await session.run("kept = await asyncio.sleep(0, 'still here')")
    outcome = await session.run(f"print('started')\n{code}", timeout_seconds=0.3)
    assert outcome.status == "timeout"
    assert outcome.errors == ["The code was stopped after 0.3 s, its timeout."]
    assert text(outcome) == "started\n"
    assert outcome.outputs[-1].type == "error"
    assert str(outcome.outputs[-1].data).endswith("KeyboardInterrupt\n")
    assert "<execution 3>" in str(outcome.outputs[-1].data)
    assert not outcome.state_lost
    assert 300 <= outcome.wall_ms < 1300
    assert await session.value("kept") == "'still here'"


async def test_code_that_swallows_the_interrupt_is_killed(session: Session) -> None:
    outcome = await session.run(
        "import time\nprint('started', end='')\n"
        "while True:\n    try: time.sleep(60)\n"
        "    except KeyboardInterrupt: print(', not stopped', end='')",
        timeout_seconds=0.2,
    )
    assert outcome.status == "timeout"
    assert outcome.state_lost
    assert "killed" in outcome.errors[0]
    assert text(outcome) == "started, not stopped"
    assert 1200 <= outcome.wall_ms < 8000  # what it waits for a processor doesn't count
    assert not session.kernel.alive


@pytest.mark.alone
async def test_code_that_others_keep_from_stopping_keeps_its_state(session: Session) -> None:
    """It needs some tenths of a second of a processor to stop, and has a quarter of one."""
    await session.run("kept = 'still here'")
    here = psutil.Process(sandbox_of(session.kernel).pid)
    busy = "while True: pass"
    others = [psutil.Popen([sys.executable, "-c", busy]) for _ in range(3)]
    try:
        for process in (here, *others):
            process.cpu_affinity([min(os.sched_getaffinity(0))])
        outcome = await session.run("while True: sum(range(20_000_000))", timeout_seconds=0.2)
    finally:
        for process in others:
            process.kill()
            process.wait()
    assert (outcome.status, outcome.state_lost) == ("timeout", False)
    assert await session.value("kept") == "'still here'"


async def test_code_that_ignores_the_signal_is_killed(session: Session) -> None:
    outcome = await session.run(
        "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "print('deaf')\ntime.sleep(60)",
        timeout_seconds=0.2,
    )
    assert (outcome.status, outcome.state_lost, text(outcome)) == ("timeout", True, "deaf\n")
    assert (await session.run("1")).errors == [
        "The kernel was killed, because its code went on after it was told to stop."
    ]


async def test_a_handler_of_the_codes_own_doesnt_outlive_it(session: Session) -> None:
    await session.run("import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)")
    outcome = await session.run("while True: pass", timeout_seconds=0.2)
    assert (outcome.status, outcome.state_lost) == ("timeout", False)


async def test_code_may_clean_up_within_the_grace(session: Session) -> None:
    outcome = await session.run(
        "import time\ntry:\n    time.sleep(60)\nfinally:\n    time.sleep(0.3); print('cleaned')",
        timeout_seconds=0.2,
    )
    assert (outcome.status, outcome.state_lost, text(outcome)) == ("timeout", False, "cleaned\n")


async def test_a_timeout_that_comes_before_the_code_begins(session: Session) -> None:
    outcome = await session.run("while True: pass", timeout_seconds=0.000001)
    assert (outcome.status, outcome.state_lost) == ("timeout", False)


async def test_late_signals_are_forgotten(session: Session) -> None:
    await session.run("kept = 1")
    for _ in range(200):
        session.kernel._sandbox.signal(signal.SIGINT)
        assert (await session.run("kept")).status == "completed"
        session.kernel._sandbox.signal(signal.SIGINT)
    assert await session.value("kept") == "1"


async def test_signals_at_any_moment_leave_the_session_whole(session: Session) -> None:
    """Interrupts rain on code that prints and displays; no frame is torn, no state lost."""
    await session.run("import sys\nkept = 1")
    code = "for i in range(50): print(i); display('x' * 10_000); print(i, file=sys.stderr)"
    interrupted = 0
    for round_number in range(40):
        running = asyncio.create_task(session.run(code))
        await asyncio.sleep(0.0007 * (round_number % 10))
        await session.kernel.interrupt()
        outcome = await running
        assert outcome.status in ("interrupted", "completed")
        assert not outcome.state_lost
        interrupted += outcome.status == "interrupted"
    assert interrupted > 5
    assert await session.value("kept") == "1"


async def test_interrupt(session: Session) -> None:
    running = await session.until_output("print('started')\nwhile True: pass", "started")
    await session.kernel.interrupt()
    outcome = await running
    assert outcome.status == "interrupted"
    assert outcome.errors == ["The code was interrupted."]
    assert text(outcome) == "started\n"
    assert not outcome.state_lost


@pytest.mark.parametrize("steps", range(1, 6))
async def test_what_has_not_begun_when_it_is_interrupted_never_does(
    session: Session, steps: int
) -> None:
    looking = session.kernel._network._lock
    async with looking:  # its network isn't set yet
        running = asyncio.create_task(session.run("print('begun')"))
        for _ in range(steps):  # of the loop, in which it is made ready
            await asyncio.sleep(0)
        interrupting = asyncio.create_task(session.kernel.interrupt())
        await asyncio.sleep(0)
    await interrupting
    outcome = await running
    assert (outcome.status, text(outcome)) == ("interrupted", "")
    assert not outcome.state_lost
    assert await session.value("1") == "1"


async def test_a_kernel_runs_one_piece_of_code_at_a_time(session: Session) -> None:
    running = await session.until_output("print('on')\nwhile True: pass", "on")
    with pytest.raises(RuntimeError, match="runs something else"):
        await session.run("1")
    assert not running.done()
    await session.kernel.interrupt()
    assert (await running).status == "interrupted"


async def test_interrupt_of_nothing(session: Session) -> None:
    await session.kernel.interrupt()
    assert await session.value("1") == "1"


async def test_cancelling_stops_the_code(session: Session) -> None:
    running = await session.until_output(
        "try:\n    print('started')\n    while True: pass\nfinally:\n    stopped = True", "started"
    )
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert session.kernel._execution is None
    assert await session.value("stopped") == "True"


async def test_cancelling_while_the_network_comes_up(session: Session) -> None:
    running = asyncio.create_task(session.run("begun = True", networking=True))
    while session.kernel._execution is None:
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await session.value("'begun' in globals()") == "False"


@pytest.mark.alone
async def test_a_kernel_that_stops_reading_blocks_nobody(session: Session) -> None:
    """Code larger than a socket's buffer for a stopped driver: only its own execution waits."""
    session.kernel._sandbox.signal(signal.SIGSTOP)
    running = asyncio.create_task(session.run("x = '" + "x" * 2**22 + "'", timeout_seconds=0.3))
    longest, last = 0.0, time.monotonic()
    while not running.done():
        await asyncio.sleep(0.001)
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
    outcome = running.result()
    assert (outcome.status, outcome.state_lost) == ("timeout", True)
    assert longest < 0.25


BUSY = {
    "python": "import time\nend = time.monotonic() + 0.03\nwhile time.monotonic() < end: pass",
    "javascript": "const end = Date.now() + 30; while (Date.now() < end);",
    "bash": "sleep 0.03",
}


@pytest.mark.parametrize(("language", "code"), BUSY.items(), ids=BUSY.keys())
async def test_a_strike_that_comes_late_strikes_nothing_else(
    start: Start, language: str, code: str
) -> None:
    session = await start(language=language)
    kernel = session.kernel
    for _ in range(15):
        outcome = await session.run(code)
        assert (outcome.status, outcome.errors) == ("completed", [])
        strike = kernel._interrupt_signals[kernel._count % len(kernel._interrupt_signals)]
        kernel._sandbox.signal(strike)  # as the host does when code has ended a moment before
