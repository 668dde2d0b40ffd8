"""Attacks on the one who reads: the runtime, by what code shows and by the driver's own socket."""

from __future__ import annotations

import json
import time

import pytest

from cognitora_local.kernel.drivers.python_driver.frames import pack
from tests.security.conftest import Service, User, text
from tests.security.floods import SEND

# Frames as the driver would send them, and bytes that are none.
FORGED = {
    "a result": pack("result", "{}", "forged"),
    "the end, of this execution": pack("done", "1", "0"),
    "the end, of others": b"".join(pack("done", str(n), "0") for n in range(2000)),
    "an error": pack("error", "Forged", "forged\n"),
    "a display of nonsense": pack("display", "{not json", "\x00"),
    "an unknown kind": pack("rule", "the", "world"),
    "a length of 4 GiB": b"\xff" * 64,
    "nothing but zeros": bytes(2**16),
}


@pytest.mark.parametrize("data", FORGED.values(), ids=FORGED.keys())
def test_a_forged_frame_harms_its_own_execution_alone(attacker: User, data: bytes) -> None:
    session = attacker.open_session()
    code = SEND + f"send(bytes.fromhex('{data.hex()}')); print('sent')"
    answer = attacker.run(code, session_id=session, timeout_seconds=5)
    assert answer["status"] in ("completed", "failed", "timeout")
    # Even the session itself is usable again, if with a new kernel.
    deadline = time.monotonic() + 20
    while text(attacker.run("print('alive')", session_id=session)).strip() != "alive":
        assert time.monotonic() < deadline
    attacker.close_session(session)


def test_a_forged_error_is_cut_as_the_driver_cuts_its_own(attacker: User) -> None:
    code = (
        SEND
        + """
def field(data): return len(data).to_bytes(4, "big") + data
send(field(field(b"error") + field(b"F" * 8_000_000) + field(b"traceback")))
"""
    )
    assert attacker.run(code)["errors"] == ["F" * 1000]


def test_an_end_that_is_forged_gives_nobody_elses_output(attacker: User, victim: User) -> None:
    """An execution that claims to have ended, and goes on to talk."""
    late = (
        SEND
        + f"""
import threading, time
def talk():
    while True:
        try: os.write(1, b"of the attacker")
        except OSError: return
        time.sleep(0.001)
threading.Thread(target=talk, daemon=True).start()
send(bytes.fromhex('{pack("done", "1", "0").hex()}'))
"""
    )
    attacker.run(late, timeout_seconds=5)
    for _ in range(5):
        assert victim.printed("print('mine alone')") == "mine alone"


OUTPUTS = {
    "not UTF-8": ("os.write(1, b'\\xff\\xfe\\x80 end'); os.write(2, b'\\xc3')", "end"),
    "half a character at the end": ("os.write(1, 'end ü'.encode()[:-1])", "end"),
    "a lone surrogate": ("os.write(1, b'end \\xed\\xa0\\x80')", "end"),
    "NUL bytes": ("os.write(1, b'a\\0b\\0end'); print('\\0')", "a\0b\0end"),
    "terminal escapes": ("print('\\x1b]0;title\\x07\\x1b[2J end')", "\x1b[2J end"),
}


@pytest.mark.parametrize(("code", "shown"), OUTPUTS.values(), ids=OUTPUTS.keys())
def test_strange_bytes_arrive_as_text(attacker: User, code: str, shown: str) -> None:
    answer = attacker.run(code)
    assert answer["status"] == "completed"
    assert shown in text(answer)


def test_nul_bytes_and_surrogates_in_code_and_names_are_no_harm(attacker: User) -> None:
    for code in ("print('a\0b')", "1\0", "'\ud83d'.encode()", "raise Exception('\\ud800\\0')"):
        body = {"code": code, "networking": False}
        answer = attacker.http.post(
            "/api/v1/interpreter/execute",
            content=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        assert answer.status_code in (200, 400), answer.text


def test_outputs_without_number_are_cut_off(service: Service, attacker: User) -> None:
    before = service.memory_mb()
    answer = attacker.run("for n in range(12_000): display(n)", timeout_seconds=80)
    assert answer["status"] == "completed", answer["errors"]
    assert 1000 <= len(answer["outputs"]) <= 10_001
    assert "left out" in text(answer, "stderr")
    many = "for n in range(10_000): print(n, flush=True); print(n, file=sys.stderr, flush=True)"
    assert len(attacker.run(many, timeout_seconds=80)["outputs"]) <= 10_001
    assert service.memory_mb() - before < 300


@pytest.mark.parametrize(
    "code",
    [
        "raise Exception('x' * 50 * 2**20)",
        "class E(Exception):\n    def __str__(self): raise Exception('y')\nraise E",
        "def f(n): f(n + 1)\nsys.setrecursionlimit(10**5)\nf(0)",
    ],
    ids=["a traceback of 50 MB", "one that can't be told", "one without end"],
)
def test_a_monstrous_traceback_is_an_ordinary_failure(
    service: Service, attacker: User, code: str
) -> None:
    before = service.memory_mb()
    answer = attacker.run(code)
    assert answer["status"] == "failed"
    assert len(str(answer)) < 25 * 2**20
    assert service.memory_mb() - before < 300
