"""Kernels that die: the execution fails at once, with a reason, and keeps what was printed."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from cognitora_local.kernel import Outcome, kernel
from cognitora_local.sandbox import Limits
from tests.kernel.conftest import Session, Start, sandbox_of, text

SOON = 3000
"""Milliseconds. It is less than one second, but for a machine that is busy with other tests."""


async def dies(session: Session, code: str) -> Outcome:
    outcome = await session.run(f"print('before')\n{code}")
    assert outcome.status == "failed"
    assert outcome.state_lost
    assert text(outcome).startswith("before\n")
    assert len(outcome.errors) == 1
    assert not session.kernel.alive
    return outcome


async def test_exit_without_goodbye(session: Session) -> None:
    outcome = await dies(session, "import os; os._exit(3)")
    assert outcome.errors == ["The kernel ended by itself, with exit status 3."]
    assert outcome.wall_ms < SOON


async def test_killed_by_itself(session: Session) -> None:
    outcome = await dies(
        session,
        "import os, signal, sys\n"
        "print('partial', end=''); sys.stderr.write('err'); os.system('printf below')\n"
        "os.kill(os.getpid(), signal.SIGKILL)",
    )
    assert text(outcome) == "before\npartialbelow"
    assert text(outcome, "stderr") == "err"
    assert outcome.errors == ["The kernel was ended by SIGKILL."]
    assert outcome.wall_ms < SOON


async def test_killed_by_a_signal_that_has_no_name(session: Session) -> None:
    outcome = await dies(session, "import os; os.kill(os.getpid(), 35)")
    assert outcome.errors == ["The kernel was ended by SIGRTMIN+1."]


async def test_everything_printed_before_comes_back(session: Session) -> None:
    code = "import os\nfor i in range(30_000): print(i)\nos._exit(0)"
    outcome = await dies(session, code)
    assert text(outcome) == "before\n" + "".join(f"{i}\n" for i in range(30_000))


async def test_segmentation_fault(session: Session) -> None:
    outcome = await dies(session, "import ctypes; ctypes.string_at(0)")
    assert outcome.errors == ["The kernel was ended by SIGSEGV."]
    assert '"<execution 1>", line 2' in text(outcome, "stderr")


async def test_out_of_memory(start: Start) -> None:
    session = await start(limits=Limits(memory_mb=64))
    outcome = await dies(session, "x = bytearray(2**30)")
    assert outcome.errors == ["The code ran out of memory (64 MB), so it was killed."]
    assert outcome.usage.peak_memory_mb is None or outcome.usage.peak_memory_mb > 50


async def test_killed_from_outside(session: Session) -> None:
    running = await session.until_output("print('on')\nwhile True: pass", "on")
    os.kill(sandbox_of(session.kernel).pid, signal.SIGKILL)
    outcome = await running
    assert (outcome.status, outcome.state_lost, text(outcome)) == ("failed", True, "on\n")


async def test_children_die_with_it(session: Session) -> None:
    outcome = await dies(
        session,
        "import os, subprocess\n"
        "subprocess.Popen(['sh', '-c', 'while :; do echo alive; sleep 0.01; done'], "
        "start_new_session=True)\nos._exit(1)",
    )
    assert outcome.wall_ms < SOON


async def test_a_dead_kernel_runs_nothing_more(session: Session) -> None:
    await dies(session, "import os; os._exit(3)")
    outcome = await session.run("print('hello')")
    assert outcome.status == "failed"
    assert outcome.state_lost
    assert outcome.outputs == []
    assert outcome.errors == ["The kernel ended by itself, with exit status 3."]
    await session.kernel.interrupt()


async def test_death_between_executions(session: Session) -> None:
    await session.run("import os, threading; threading.Timer(0.05, os._exit, (4,)).start()")
    await asyncio.wait_for(session.kernel.wait(), 30)
    assert not session.kernel.alive
    outcome = await session.run("1")
    assert outcome.errors == ["The kernel ended by itself, with exit status 4."]


FORGE = (
    "import array, os, socket\n"
    "def find():\n"
    "    for fd in range(3, 1024):\n"
    "        try:\n"
    "            if os.readlink(f'/proc/self/fd/{fd}').startswith('socket'): return fd\n"
    "        except OSError: pass\n"
    "host = socket.socket(fileno=os.dup(find()))\n"
    "def pack(*fields):\n"
    "    body = b''.join(len(f).to_bytes(4, 'big') + f for f in fields)\n"
    "    return len(body).to_bytes(4, 'big') + body\n"
)

FORGERIES = {
    "length": "host.sendall(b'\\xff\\xff\\xff\\xff')",
    "empty": "host.sendall(b'\\0\\0\\0\\0')",
    "garbage": "host.sendall(b'\\0\\0\\0\\x08{garbage')",
    "fields": "host.sendall(pack(*[b''] * 20_000))",
    "text": "host.sendall(pack(b'display', b'text/plain', b'\\xff'))",
    "kind": "host.sendall(pack(b'launch', b'now'))",
    "pairs": "host.sendall(pack(b'display', b'text/plain'))",
    "no pairs": "host.sendall(pack(b'result'))",
    "error": "host.sendall(pack(b'error', b'one'))",
    "other's end": "host.sendall(pack(b'done', b'77', b'completed'))",
    "no number": "host.sendall(pack(b'done'))",
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES.keys())
async def test_forged_frames_kill_their_own_kernel(
    session: Session, start: Start, forgery: str
) -> None:
    other = await start(folder="other")
    code = f"{FORGE}{forgery}\nimport time; time.sleep(60)"
    outcome = await dies(session, code)
    assert outcome.errors[0].startswith("The kernel broke its protocol and was killed: ")
    assert outcome.wall_ms < SOON
    assert await other.value("'unharmed'") == "'unharmed'"


async def test_a_forged_end_harms_its_own_session_alone(session: Session) -> None:
    outcome = await session.run(
        f"{FORGE}host.sendall(pack(b'done', b'1', b'completed'))\nimport time; time.sleep(0.1)"
    )
    assert outcome.status == "completed"
    await asyncio.wait_for(session.kernel.wait(), 30)  # the true end comes out of place
    assert not session.kernel.alive


async def test_descriptors_sent_along_are_dropped(session: Session) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    outcome = await session.run(
        f"{FORGE}frame = pack(b'display', b'text/plain', b'gift')\n"
        "socket.send_fds(host, [frame], [0, 0, 0])"
    )
    assert outcome.outputs[0].data == {"text/plain": "gift"}
    assert len(list(Path("/proc/self/fd").iterdir())) == before


async def test_code_that_closes_everything(session: Session) -> None:
    outcome = await dies(session, "import os, time\nos.closerange(0, 1024)\ntime.sleep(60)")
    assert outcome.wall_ms < SOON


async def test_code_that_puts_another_program_in_its_place(session: Session) -> None:
    outcome = await dies(session, "import os; os.execv('/bin/sleep', ['sleep', '60'])")
    assert outcome.errors == ["The kernel closed its connection, so it was killed."]
    assert outcome.wall_ms < SOON


async def test_the_socket_is_not_inherited(session: Session) -> None:
    outcome = await session.run(
        "import subprocess\n"
        "subprocess.run(['sh', '-c', 'ls -l /proc/self/fd | grep -c socket'], close_fds=False);"
    )
    assert text(outcome) == "0\n"
    outcome = await session.run("import os; os.write(3, b'x')")
    assert outcome.errors == ["OSError: [Errno 9] Bad file descriptor"]


async def test_code_whose_end_cant_be_explained_has_one_all_the_same(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> str:
        raise ValueError("an end that nobody has thought of")

    monkeypatch.setattr(kernel, "exit_reason", broken)
    async with asyncio.timeout(60):
        outcome = await session.run("import os; os._exit(3)")
        assert (outcome.status, outcome.state_lost) == ("failed", True)
        assert outcome.errors == ["The kernel ended by itself."]
        await session.kernel.close()
    with pytest.raises(ValueError, match="nobody has thought of"):
        session.kernel._watching.result()
