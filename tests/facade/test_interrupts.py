"""A real Ctrl-C while something remote is being made or cleaned up: nothing is left behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from typing import Any

import pytest

from cognitora._concurrency import threads
from tests.facade.answers import DELETED, container, process, session
from tests.facade.conftest import KEY
from tests.facade.server import Behaviour, Server, reply

PROGRAM = """
import sys
from cognitora import Cognitora
client = Cognitora(sys.argv[1], sys.argv[2], 20)
print("ready", flush=True)
try:
    {code}
except KeyboardInterrupt as interrupt:
    print("interrupted", *getattr(interrupt, "__notes__", []), sep="\\n")
"""
SESSION = "with client.code_interpreter.session(): pass"
CONTAINER = "with client.containers.container('image', 1, 512, 5): pass"
START = "client.processes.start_session_process('ses_1', ['sleep', '9'])"
RUN = "client.containers.run_and_wait('image', ['sleep', '9'], 1, 512, 5)"


def held(answer: Behaviour, release: threading.Event) -> Behaviour:
    def behave(connection: Any, request: Any) -> None:
        assert release.wait(20)
        answer(connection, request)

    return behave


def interrupted(server: Server, code: str, release: threading.Event, *, after: int) -> str:
    """Runs a program, sends it SIGINT at its nth request, which is answered then; what it printed."""
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(code=code), KEY, server.url],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    for _ in range(after):
        assert server.arrived.acquire(timeout=20)
    program.send_signal(signal.SIGINT)
    # The interrupt has arrived when the handler has run: there is no sign of that outside.
    with pytest.raises(subprocess.TimeoutExpired):
        program.wait(0.3)
    release.set()
    out, err = program.communicate(timeout=30)
    assert program.returncode == 0, err
    return out


def calls(server: Server) -> list[str]:
    return [f"{r.method} {r.path.rsplit('/', 1)[-1]}" for r in server.received]


@pytest.mark.parametrize(
    ("code", "made", "expected", "fate"),
    [
        (SESSION, session(), "DELETE ses_1", "Session ses_1: It was deleted."),
        (CONTAINER, container(), "DELETE ctr_1", "Container ctr_1: It was cancelled."),
        (RUN, container(), "DELETE ctr_1", "Container ctr_1: It was cancelled."),
        (START, process(), "POST signal", "Process proc_1: It was killed."),
    ],
)
def test_what_is_being_made_is_undone(
    server: Server, code: str, made: Behaviour, expected: str, fate: str
) -> None:
    release = threading.Event()
    server.answers(held(made, release), process() if code == START else DELETED)
    assert interrupted(server, code, release, after=1) == f"ready\ninterrupted\n{fate}\n"
    assert calls(server)[1:] == [expected]


@pytest.mark.parametrize(
    ("code", "made", "fate"),
    [
        (SESSION, session(), "Session ses_1: It could not be deleted, and lives"),
        (CONTAINER, container(), "Container ctr_1: It could not be cancelled, and may go on"),
        (RUN, container(), "Container ctr_1: It could not be cancelled, and may go on"),
        (START, process(), "Process proc_1: It could not be killed, and may go on"),
    ],
)
def test_what_cannot_be_undone_is_told(
    server: Server, code: str, made: Behaviour, fate: str
) -> None:
    release = threading.Event()
    server.answers(held(made, release), reply(400, {"error": "not now"}))
    out = interrupted(server, code, release, after=1)
    assert out.startswith(f"ready\ninterrupted\n{fate}")
    assert "not now" in out


def test_what_could_not_be_made_is_not_undone(server: Server) -> None:
    release = threading.Event()
    server.answers(held(reply(400, {"error": "no"}), release))
    out = interrupted(server, SESSION, release, after=1)
    assert out == "ready\ninterrupted\nNothing was made: no [HTTP 400, create_session]\n"
    assert calls(server) == ["POST sessions"]


def test_clean_up_ends_first(server: Server) -> None:
    release = threading.Event()
    closed = threading.Event()

    def delete(connection: Any, request: Any) -> None:
        held(DELETED, release)(connection, request)
        closed.set()

    server.answers(session(), delete)
    assert interrupted(server, SESSION, release, after=2) == "ready\ninterrupted\n"
    assert closed.is_set()
    assert calls(server) == ["POST sessions", "DELETE ses_1"]


@pytest.mark.parametrize("after", [2, 7], ids=["in a question", "somewhere in the waiting"])
def test_what_is_waited_for_is_cancelled_and_told(server: Server, after: int) -> None:
    release = threading.Event()
    running = container(status="RUNNING")

    def otherwise(connection: Any, request: Any) -> None:
        slow = request.method == "DELETE" or server.count == after
        answer = DELETED if request.method == "DELETE" else running
        (held(answer, release) if slow else answer)(connection, request)

    server.otherwise = otherwise
    said = interrupted(server, RUN, release, after=after)
    assert said == "ready\ninterrupted\nContainer ctr_1: It was cancelled.\n"
    assert calls(server)[-1] == "DELETE ctr_1"
    assert calls(server).count("DELETE ctr_1") == 1


@pytest.mark.parametrize("begun", [True, False])
def test_an_interrupt_while_a_thread_starts(
    monkeypatch: pytest.MonkeyPatch, *, begun: bool
) -> None:
    """Starting a thread waits for it: there an interrupt may come as well."""
    start, interrupts = threading.Thread.start, iter([True, False, True])
    working = threading.Event()
    done: list[str] = []

    def interrupted(thread: threading.Thread) -> None:
        interrupt = next(interrupts, False)
        if begun or not interrupt:
            start(thread)
        if interrupt:
            assert not begun or working.wait(20)
            raise KeyboardInterrupt

    def work() -> str:
        working.set()
        done.append("made")
        return "it"

    def undo(made: str) -> str:
        done.append(f"undone {made}")
        return "It was undone."

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        threads.acquire(work, undo)
    assert done == (["made", "undone it"] if begun else [])
    if not begun:
        next(interrupts)
    done.clear()
    working.clear()
    with pytest.raises(KeyboardInterrupt):
        threads.to_the_end(work)
    assert done == ["made"]
