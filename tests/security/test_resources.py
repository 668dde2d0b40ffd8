"""Attacks by use: of processes, memory, CPU, disk and of the runtime's patience."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.security.conftest import Service, User, text
from tests.security.test_processes import gone

ENOUGH_MB = 200
"""How much the runtime may grow while it is attacked; what it keeps of outputs is 10 MiB."""


@contextmanager
def while_it_runs(attacker: User, code: str, **more: Any) -> Iterator[dict[str, Any]]:
    """The attack goes on during the block; its answer is there after it."""
    answer: dict[str, Any] = {}
    thread = threading.Thread(target=lambda: answer.update(attacker.run(code, **more)))
    thread.start()
    try:
        yield answer
    finally:
        thread.join()


@pytest.mark.long
def test_a_fork_bomb_is_bounded_and_ends(attacker: User, victim: User) -> None:
    marker = secrets.token_hex(8)
    bomb = """
while True:
    try:
        if os.fork() == 0:
            os.setsid()
    except OSError:
        pass
"""
    with while_it_runs(attacker, bomb, timeout_seconds=2, environment={"MARKER": marker}) as answer:
        assert victim.printed("print('served meanwhile')") == "served meanwhile"
    assert answer["status"] in ("timeout", "failed")
    assert gone(marker)


def test_a_memory_bomb_ends_itself_alone(service: Service, attacker: User) -> None:
    before = service.memory_mb()
    answer = attacker.run("x = [bytearray(2**24) for _ in range(1000)]")
    assert answer["status"] == "failed"
    assert "memory" in str(answer["errors"]).lower()
    files = "for n in range(1000): open(f'/tmp/{n}', 'wb').write(bytes(2**22))"
    assert attacker.run(files)["status"] == "failed"
    assert service.memory_mb() - before < ENOUGH_MB


def test_one_sandbox_doesnt_take_all_terminals(attacker: User, victim: User) -> None:
    code = """
held = []
def take():
    while len(held) < 10_000:
        held.extend(os.openpty())
print(tried(take), 0 < len(held) < 100)
"""
    session = attacker.open_session()
    assert attacker.printed(code, session_id=session) == "ENOSPC True"
    assert victim.printed("print(len(os.openpty()))") == "2"
    attacker.close_session(session)


def test_ten_gigabytes_of_output_are_cut_off(service: Service, attacker: User) -> None:
    before = service.memory_mb()
    for flood in (
        "for _ in range(10 * 2**10): os.write(1, b'x' * 2**20)",
        "for _ in range(10 * 2**10): print('x' * 2**20)",
        "import subprocess; subprocess.run(['yes'])",
    ):
        answer = attacker.run(flood)
        assert answer["status"] == "failed"
        assert 2**20 < len(text(answer)) <= 11 * 2**20
        assert answer["errors"]
    assert service.memory_mb() - before < ENOUGH_MB


@pytest.mark.long
def test_a_cpu_burn_leaves_the_others_their_share(attacker: User, victim: User) -> None:
    marker = secrets.token_hex(8)
    burn = """
for _ in range(20):
    if os.fork() == 0:
        while True: pass
while True: pass
"""
    with while_it_runs(attacker, burn, timeout_seconds=3, environment={"MARKER": marker}) as answer:
        began = time.monotonic()
        assert victim.printed("print(sum(range(10**6)))") == "499999500000"
        assert time.monotonic() - began < 10  # of 21 busy processes on all cores there'd be no end
    assert answer["status"] == "timeout"
    assert gone(marker)
    records = attacker.http.get("/api/v1/interpreter/executions").json()["executions"]
    record = next(each for each in records if "range(20)" in each["code"])
    assert record["cpu_time_ms"] < 1.5 * record["execution_time_ms"]  # one core


def test_endless_code_that_ignores_every_signal_is_ended(attacker: User) -> None:
    marker = secrets.token_hex(8)
    code = """
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
while True:
    try:
        while True: pass
    except BaseException:
        pass
"""
    began = time.monotonic()
    answer = attacker.run(code, timeout_seconds=1, environment={"MARKER": marker})
    assert answer["status"] == "timeout"
    assert time.monotonic() - began < 10
    assert gone(marker)


def test_nothing_of_the_kernels_keeps_a_process_from_being_killed(attacker: User) -> None:
    """Each trigger of /proc/pressure takes the kernel a while at the end of its process."""
    code = """
import glob
files = glob.glob("/proc/pressure/*") + glob.glob("/sys/fs/cgroup/**/*.pressure", recursive=True)
print(files, tried(os.open, "/proc/pressure/cpu", os.O_RDWR))
"""
    assert attacker.printed(code) == "[] ENOENT"
