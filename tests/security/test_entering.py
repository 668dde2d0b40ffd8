"""Attacks on a command that is just entering a sandbox, which the host's Python is until it is there.

It has the sandbox's user from the first moment that it can be seen there, so it can be stopped and
killed. It mustn't be looked into: it has the host's memory, files and rights.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.security.conftest import API, Service, User

ROUNDS = 20

# Stops each process as soon as it is there, by the number it will have, and has a good look at it.
HUNTER = """
import ctypes, errno, json, os, resource, signal, sys, time

libc = ctypes.CDLL(None, use_errno=True)
ATTACH, SEIZE, DETACH = 16, 0x4206, 17

def called(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "")
    return result

def read(name):
    with open(name, "rb") as file:
        return file.read(1000).hex()

def memory(pid):
    local, here = (ctypes.c_void_p * 2)(), ctypes.create_string_buffer(8)
    local[0], local[1] = ctypes.addressof(here), 8
    return called(libc.process_vm_readv(pid, local, 1, local, 1, 0))

def trace(pid, how):
    called(libc.ptrace(how, pid, 0, 0))
    libc.ptrace(DETACH, pid, 0, 0)
    return "traced"

def files(pid):
    pidfd = os.pidfd_open(pid)
    try:
        return [called(libc.syscall(438, pidfd, number, 0)) for number in range(8)]
    finally:
        os.close(pidfd)

def attempts(pid):
    at = f"/proc/{pid}"
    for name in ("environ", "maps", "mem", "auxv", "syscall", "stack", "personality", "io"):
        yield name, lambda name=name: read(f"{at}/{name}")
    for name in ("exe", "root", "cwd"):
        yield name, lambda name=name: os.readlink(f"{at}/{name}")
        yield f"stat {name}", lambda name=name: os.stat(f"{at}/{name}").st_ino
    yield "root folder", lambda: os.listdir(f"{at}/root")
    yield "fd", lambda: os.listdir(f"{at}/fd")
    yield "map_files", lambda: os.listdir(f"{at}/map_files")
    for number in range(12):
        yield f"fd {number}", lambda number=number: os.readlink(f"{at}/fd/{number}")
        yield f"open fd {number}", lambda number=number: os.open(f"{at}/fd/{number}", os.O_RDONLY)
        yield f"fdinfo {number}", lambda number=number: read(f"{at}/fdinfo/{number}")
    for kind in ("user", "mnt", "pid"):
        yield f"ns {kind}", lambda kind=kind: os.readlink(f"{at}/ns/{kind}")
    yield "write mem", lambda: open(f"{at}/mem", "r+b").close()
    yield "attach", lambda: trace(pid, ATTACH)
    yield "seize", lambda: trace(pid, SEIZE)
    yield "memory", lambda: memory(pid)
    yield "files", lambda: files(pid)

def is_entering(pid):
    "Whether it may not be looked at, as the command itself may."
    try:
        os.readlink(f"/proc/{pid}/exe")
    except PermissionError:
        return True
    except OSError:
        pass
    return False

def look(pid):
    reached, refused = {}, 0
    for name, attempt in attempts(pid):
        try:
            value = attempt()
        except OSError:
            refused += 1
        else:
            reached[name] = repr(value)[:100]
    return reached, refused

latest = max(int(name) for name in os.listdir("/proc") if name.isdigit())
print("up", flush=True)
while True:
    for pid in range(latest + 1, latest + 4):
        try:
            os.kill(pid, signal.SIGSTOP)
        except ProcessLookupError:
            continue
        latest = pid
        entering = is_entering(pid)
        reached, refused = look(pid)
        if entering and is_entering(pid):
            with open("/work/found", "a") as file:
                status = dict(line.split(":", 1) for line in open(f"/proc/{pid}/status"))
                told = {"reached": reached, "refused": refused, "uid": status["Uid"].split()}
                file.write(json.dumps(told) + chr(10))
        try:
            os.kill(pid, SENT)
        except ProcessLookupError:
            pass
"""


@contextmanager
def hunted(attacker: User, sent: str) -> Iterator[str]:
    """A session in which something waits for whatever enters, and then sends it this."""
    session = attacker.open_session()
    hunter = HUNTER.replace("SENT", sent)
    code = f"""
import subprocess
hunt = subprocess.Popen([sys.executable, "-c", {hunter!r}], stdout=subprocess.PIPE)
print(hunt.stdout.readline().decode())
"""
    assert attacker.printed(code, session_id=session) == "up"
    yield session
    attacker.close_session(session)


def start(attacker: User, session: str, *command: str) -> Any:
    body = {"command": list(command), "stdin": False}
    return attacker.http.post(f"{API}/sessions/{session}/processes", json=body)


def found(attacker: User, session: str) -> list[dict[str, Any]]:
    """What was seen of those that were entering."""
    answer = attacker.download(session, "found")
    return [json.loads(line) for line in answer.text.splitlines()] if answer.is_success else []


def test_one_that_enters_cant_be_looked_into(service: Service, attacker: User) -> None:
    with hunted(attacker, "signal.SIGCONT") as session:
        for _ in range(ROUNDS):
            started = start(attacker, session, "true").json()
            ended = attacker.http.get(f"/api/v1/processes/{started['id']}?wait_seconds=60").json()
            assert ended["status"] == "COMPLETED", ended
        seen = found(attacker, session)
    assert seen, "none was caught while it entered, so nothing was tried"
    for each in seen:
        assert each["reached"] == {}
        assert each["refused"] > 50
        assert "0" not in each["uid"]


def test_what_kills_those_that_enter_harms_nobody_else(service: Service, attacker: User) -> None:
    with hunted(attacker, "signal.SIGKILL") as session:
        for _ in range(ROUNDS):
            answer = start(attacker, session, "sleep", "1000")
            assert answer.status_code in {200, 503}, answer.text
            if answer.status_code == 200:
                url = f"/api/v1/processes/{answer.json()['id']}?wait_seconds=60"
                assert attacker.http.get(url).json()["status"] != "RUNNING"
        assert found(attacker, session), "none was caught while it entered"
    session = attacker.open_session()
    assert start(attacker, session, "true").json()["status"] in {"RUNNING", "COMPLETED"}
    attacker.close_session(session)
