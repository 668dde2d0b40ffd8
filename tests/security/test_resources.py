"""Attacks by use: of processes, memory, CPU, disk and of the runtime's patience."""

from __future__ import annotations

import os
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


# A disk of the user's own that is full: an error in his code, and nobody else's.
FILL = """
def fill():
    with open("file", "wb", buffering=0) as file:
        for _ in range(2**10):
            file.write(b"1" * 2**20)
print(tried(fill), os.path.getsize("file") // 2**20 <= 110)
"""
MANY = """
def make():
    for number in range(10**6):
        os.close(os.open(f"file-{number}", os.O_CREAT))
print(tried(make), len(os.listdir(".")) < 300_000)
"""


@pytest.mark.parametrize("code", [FILL, MANY], ids=["one large file", "a million inodes"])
def test_filling_a_disk_of_storage_gb_is_an_error_inside(
    attacker: User, victim: User, code: str
) -> None:
    session = attacker.open_session(resources={"cpu_cores": 1, "memory_mb": 512, "storage_gb": 0.1})
    ended, bounded = attacker.printed(code, session_id=session, timeout_seconds=60).split()
    assert ended in ("ENOSPC", "EDQUOT")
    assert bounded == "True"
    answer = attacker.upload(session, "more", b"x" * 2**22)
    assert answer.status_code == 413, answer.text
    mine = "open('mine', 'w').write('x' * 2**20); print(os.path.getsize('mine'))"
    assert victim.printed(mine) == str(2**20)
    attacker.close_session(session)


@pytest.mark.parametrize(
    "code",
    [
        "open('file', 'wb').write(bytes(400 * 2**20))",
        "f = open('file', 'wb'); os.unlink('file'); f.write(bytes(400 * 2**20)); f.flush()",
        "for n in range(30_000): open(f'file-{n}', 'w').close()",
    ],
    ids=["a large file", "a file without a name", "many files"],
)
def test_what_was_filled_without_storage_gb_is_given_back(
    service: Service, attacker: User, code: str
) -> None:
    """Without it the disk has no limit, as the documentation says; it is lent for a while."""
    session = attacker.open_session(resources={"memory_mb": 1024, "cpu_cores": 1})
    before = os.statvfs(service.data)
    attacker.printed(code, session_id=session)
    full = os.statvfs(service.data)
    attacker.close_session(session)
    lost = (before.f_bfree - full.f_bfree) * full.f_frsize + (before.f_ffree - full.f_ffree) * 4096
    assert lost > 80 * 2**20  # the control; others use this disk as well

    def given_back() -> bool:
        now = os.statvfs(service.data)
        back = (now.f_bfree - full.f_bfree) * now.f_frsize + (now.f_ffree - full.f_ffree) * 4096
        return back > lost / 2

    deadline = time.monotonic() + 20
    while not given_back():
        assert time.monotonic() < deadline, "what the session filled is still taken"
        time.sleep(0.01)
    assert not [
        folder for folder in (service.data / "work").iterdir() if list(folder.glob("file*"))
    ]
