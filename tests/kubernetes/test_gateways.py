"""Gateways that share their records: any of them answers any call, and none is missed when it is lost."""

from __future__ import annotations

import secrets
import signal
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from cognitora import CognitoraError, NotFoundError
from tests.kubernetes.cluster import Cluster, until
from tests.kubernetes.gateways import EXECUTE, EXECUTIONS, SESSIONS, Gateway, gateways
from tests.postgresql import PostgresqlServer
from tests.runtime.store.test_postgresql import Cutter, through

RAN = "open('ran', 'a').write('x')"
WAIT = "import os, time\nwhile not os.path.exists('go'): time.sleep(0.01)\n"
LONG = f"{RAN}\nprint('begun', flush=True)\n{WAIT}print('over', x)"
FENCED = 75


def test_a_session_is_used_by_any_gateway(pair: list[Gateway]) -> None:
    one, other = pair
    session = one.client.code_interpreter.create_session(networking=False)
    there = other.client.code_interpreter.get_session(session.session_id)
    assert there.session_id == session.session_id
    for gateway, code, text in (
        (one, "x = 1; x", "1"),
        (other, "x += 1; x", "2"),
        (one, "x += 1; x", "3"),
    ):
        answer = gateway.client.code_interpreter.run_python(
            code, session_id=session.session_id, networking=False
        )
        assert answer.text == text
    same = other.client.code_interpreter.attach(session.session_id)
    same.upload(b"given", "a.txt")
    assert one.client.code_interpreter.attach(session.session_id).download("a.txt") == b"given"
    printed = [
        output.data for output in same.stream("for n in range(3): print(n)", networking=False)
    ]
    assert "".join(map(str, printed)) == "0\n1\n2\n"
    process = same.start(["sh", "-c", "read line; echo got $line; exit 3"])
    done = process.communicate(b"it\n")
    assert (done.exit_code, done.stdout) == (3, "got it\n")
    assert [each.session_id for each in other.client.code_interpreter.list_sessions()] == [
        session.session_id
    ]
    other.client.code_interpreter.delete_session(session.session_id)
    with pytest.raises(NotFoundError):
        one.client.code_interpreter.get_session(session.session_id)


def test_executions_of_a_session_take_turns(pair: list[Gateway]) -> None:
    session = pair[0].client.code_interpreter.create_session(networking=False).session_id
    code = "import os, time\nos.mkdir('inside'); time.sleep(0.05); os.rmdir('inside')\n" + RAN
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda n: pair[n % 2].run(session, code), range(12)))
    assert [each.json()["data"]["status"] for each in answers] == ["completed"] * 12
    assert (
        pair[1].run(session, "len(open('ran').read())").json()["data"]["outputs"][0]["data"] == "12"
    )


def test_a_key_that_both_get_at_once_runs_once(pair: list[Gateway]) -> None:
    session = pair[0].client.code_interpreter.create_session(networking=False).session_id
    for _ in range(10):
        key = {"Idempotency-Key": secrets.token_hex(8)}
        with ThreadPoolExecutor(4) as pool:
            asked = [pool.submit(pair[n % 2].run, session, RAN, **key) for n in range(4)]
        answers = [each.result() for each in asked]
        told = sorted(each.status_code for each in answers)
        assert told[0] == 200
        assert {each.json()["code"] for each in answers if each.status_code != 200} <= {
            "in_progress"
        }
        again = {each.run(session, RAN, **key).json()["data"]["execution_id"] for each in pair}
        assert len(again) == 1
    text = pair[1].run(session, "len(open('ran').read())").json()["data"]["outputs"][0]["data"]
    assert text == "10"
    key = {"Idempotency-Key": secrets.token_hex(8)}
    with ThreadPoolExecutor(4) as pool:  # without a session
        body = {"code": "1", "networking": False}
        answers = list(
            pool.map(
                lambda n: pair[n % 2].http.post(EXECUTE, json=body, headers=key),
                range(4),
            )
        )
    found = pair[0].http.get(EXECUTIONS).json()["executions"]
    assert len([each for each in found if each["code"] == "1"]) == 1


def began(gateway: Gateway, session: str) -> None:
    """Wait until code in a session has begun."""
    path = f"/api/v1/interpreter/sessions/{session}/files"
    until(lambda: gateway.http.get(path, params={"path": "ran"}).status_code == 200)


def go(gateway: Gateway, session: str) -> None:
    gateway.client.code_interpreter.attach(session).upload(b"", "go")


@pytest.mark.short
def test_a_session_outlives_its_gateway_and_what_runs_is_seen_through(pair: list[Gateway]) -> None:
    one, other = pair
    session = one.client.code_interpreter.create_session(
        networking=False, environment={"GIVEN": "g"}
    ).session_id
    one.run(session, "x = 5")
    key = {"Idempotency-Key": secrets.token_hex(8)}
    with ThreadPoolExecutor(4) as pool:
        direct = pool.submit(one.run, session, LONG, **key)
        began(one, session)
        waiting = pool.submit(one.run, session, RAN)  # for its turn
        handed = pool.submit(other.run, session, "y = 1; x")  # through the other, which hands it on
        until(lambda: len(one.http.get(EXECUTIONS).json()["executions"]) == 4)
        one.process.kill()
        for lost in (direct, waiting):
            with pytest.raises(httpx.TransportError):
                lost.result()
        assert handed.result().json()["code"] == "gateway_lost"  # it has no key
        in_progress = other.run(session, LONG, **key)  # nobody, or the other, knows that it runs
        assert (in_progress.status_code, in_progress.json()["code"]) == (409, "in_progress")
        go(other, session)  # which waits until the session is served again
        found: list[httpx.Response] = []

        def is_over() -> bool:
            found[:] = [other.run(session, LONG, **key)]
            return found[0].status_code == 200

        until(is_over)
    data = found[0].json()["data"]
    assert (data["status"], data["outputs"][0]["data"]) == ("completed", "begun\nover 5\n")
    code = "import os; (x, os.environ['GIVEN'], open('ran').read(), 'y' in globals())"
    assert other.client.code_interpreter.attach(session).run_python(
        code, networking=False
    ).text == ("(5, 'g', 'x', False)")
    told = {each["code"]: each for each in other.http.get(EXECUTIONS).json()["executions"]}
    assert told[RAN]["status"] == "failed"
    assert "was not run" in told[RAN]["errors"][0]
    other.client.code_interpreter.delete_session(session)


def test_what_was_answered_without_a_database_is_recorded_by_the_next(
    pair: list[Gateway], postgresql_server: PostgresqlServer
) -> None:
    one, other = pair
    session = one.client.code_interpreter.create_session(networking=False).session_id
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(one.run, session, f"x = 1\n{LONG}")
        began(one, session)
        postgresql_server.kill()
        try:
            path, bytes_ = (
                f"{SESSIONS}/{session}/files",
                {"Content-Type": "application/octet-stream"},
            )
            put = one.http.put(path, params={"path": "go"}, content=b"", headers=bytes_)
            assert put.status_code == 200, put.text
            told = asked.result().json()["data"]
            assert told["status"] == "completed"
            one.process.kill()
        finally:
            postgresql_server.start()
    found: list[str] = []

    def is_over() -> bool:
        kept = other.client.code_interpreter.get_execution(told["execution_id"])
        found[:] = [kept.status, *(str(each.data) for each in kept.outputs or ())]
        return kept.status != "running"

    until(is_over)
    assert found == ["completed", "begun\nover 1\n"]


def test_what_waited_with_a_key_can_be_asked_for_again(pair: list[Gateway]) -> None:
    one, other = pair
    session = one.client.code_interpreter.create_session(networking=False).session_id
    key = {"Idempotency-Key": secrets.token_hex(8)}
    with ThreadPoolExecutor(4) as pool:
        running = pool.submit(one.run, session, f"x = 1\n{LONG}")
        began(one, session)
        waiting = pool.submit(one.run, session, RAN, **key)
        until(lambda: len(one.http.get(EXECUTIONS).json()["executions"]) == 2)
        one.process.kill()
        for lost in (running, waiting):
            with pytest.raises(httpx.TransportError):
                lost.result()
    go(other, session)
    found: list[httpx.Response] = []

    def is_over() -> bool:
        found[:] = [other.run(session, RAN, **key)]
        return found[0].status_code == 200

    until(is_over)
    assert found[0].json()["data"]["status"] == "completed"
    assert other.run(session, "open('ran').read()").json()["data"]["outputs"][0]["data"] == "'xx'"


def test_a_one_shot_outlives_its_gateway(pair: list[Gateway]) -> None:
    one, other = pair
    code = "import time; print('begun', flush=True); time.sleep(4); print('over')"
    body = {"code": code, "networking": False}
    key = {"Idempotency-Key": secrets.token_hex(8)}
    events = {"Accept": "text/event-stream", **key}
    with one.http.stream("POST", EXECUTE, json=body, headers=events) as stream:
        lines = stream.iter_lines()  # held on to: with it the connection would be closed
        while "begun" not in next(lines):
            pass
        one.process.kill()
    found: list[httpx.Response] = []

    def is_over() -> bool:
        found[:] = [other.http.post(EXECUTE, json=body, headers=key)]
        return found[0].status_code == 200

    until(is_over)
    data = found[0].json()["data"]
    assert (data["status"], data["outputs"][0]["data"]) == ("completed", "begun\nover\n")
    assert len(other.http.get(EXECUTIONS).json()["executions"]) == 1


def test_a_process_outlives_its_gateway_and_its_output_is_followed(pair: list[Gateway]) -> None:
    one, other = pair
    session = one.client.code_interpreter.create_session(networking=False).session_id
    script = "echo begun; i=0; while read line; do i=$((i+1)); echo $i $line; done; exit 7"
    process = one.client.code_interpreter.attach(session).start(["sh", "-c", script])
    process.write(b"a\n")
    for piece in process.output():
        if b"1 a" in piece.data:
            break
    same = other.client.processes.attach(process.id)
    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(lambda: b"".join(each.data for each in same.output(6)))
        one.process.kill()
        same.write(b"b\n")
        same.close_stdin()
        assert same.wait(timeout=120).exit_code == 7
        assert following.result() == b"1 a\n2 b\n"


def test_processes_are_asked_for_once_they_are_taken_over(pair: list[Gateway]) -> None:
    """There are so many that their session is served for a while before they are."""
    one, other = pair
    session = one.client.code_interpreter.create_session(networking=False).session_id
    ids = [one.client.code_interpreter.attach(session).start(["cat"]).id for _ in range(24)]
    one.process.kill()

    def echoed(process_id: str) -> bytes:
        process = other.client.processes.attach(process_id)
        process.write(b"there")
        process.close_stdin()
        return b"".join(each.data for each in process.output())

    with ThreadPoolExecutor(len(ids)) as pool:
        assert list(pool.map(echoed, ids)) == [b"there"] * len(ids)


def test_nothing_is_lost_or_done_twice_when_a_gateway_is_killed(pair: list[Gateway]) -> None:
    """Of calls through the other one: each is answered, or told that it may have run."""
    one, other = pair
    session = one.client.code_interpreter.create_session(networking=False).session_id
    interpreter = other.client.code_interpreter
    done: Counter[str] = Counter()
    doubtful: set[str] = set()

    def run(number: int) -> None:
        code = f"open('ran', 'a').write('{number}\\n')"
        ran = interpreter.run_python(code, session_id=session, networking=False)
        assert ran.ok, ran.errors

    def upload(number: int) -> None:
        interpreter.attach(session).upload(f"{number}".encode(), f"file-{number}")

    def start(number: int) -> None:
        script = f"echo {number} >> started"
        ended = interpreter.attach(session).start(["sh", "-c", script]).wait(timeout=150)
        assert ended.status == "COMPLETED", ended.reason

    def call(kind: Callable[[int], None], number: int) -> None:
        try:
            kind(number)
            done[kind.__name__] += 1
        except CognitoraError as error:
            if not error.may_have_run:
                raise
            doubtful.add(f"{kind.__name__} {number}")

    kinds = (run, upload, start)
    with ThreadPoolExecutor(6) as pool:
        calls = [pool.submit(call, kind, number) for number in range(20) for kind in kinds]
        until(lambda: all(done[kind.__name__] >= 3 for kind in kinds))
        one.process.kill()
        for each in calls:
            each.result()
    there = interpreter.attach(session)
    for kind, file in ((run, "ran"), (start, "started")):
        found = Counter(there.download(file).decode().split())
        assert set(found.values()) == {1}
        certain = {str(n) for n in range(20) if f"{kind.__name__} {n}" not in doubtful}
        assert certain <= set(found)
    for number in range(20):
        if f"upload {number}" not in doubtful:
            assert there.download(f"file-{number}") == str(number).encode()
    assert len(doubtful) <= 6  # those that were on their way


def test_a_session_that_was_about_to_be_made_is_made_once(
    cluster: Cluster, place: str, pair: list[Gateway]
) -> None:
    one, other = pair
    key = {"Idempotency-Key": secrets.token_hex(8)}
    cold = ("-n", place, "pods", "-l", "!cognitora.dev/warm")
    before = len(cluster.get(*cold)["items"])
    body = {"resources": {"memory_mb": 300}, "networking": False}  # no warm pod has that
    with ThreadPoolExecutor(1) as pool:
        lost = pool.submit(one.http.post, SESSIONS, json=body, headers=key)
        until(lambda: len(cluster.get(*cold)["items"]) > before)
        one.process.kill()
        with pytest.raises(httpx.TransportError):
            lost.result()
    found: list[httpx.Response] = []

    def is_made() -> bool:
        found[:] = [other.http.post(SESSIONS, json=body, headers=key)]
        return found[0].status_code == 200

    until(is_made)
    session = found[0].json()["data"]["session_id"]
    assert [each.session_id for each in other.client.code_interpreter.list_sessions()] == [session]
    assert other.run(session, "1 + 1").json()["data"]["outputs"][0]["data"] == "2"


def test_one_that_is_cut_off_from_the_database_alone_ends_and_answers_nobody(
    cluster: Cluster, place: str, tmp_path: Path, postgresql_server: PostgresqlServer, records: str
) -> None:
    cut = tmp_path / "cut"
    cut.mkdir()
    with (
        closing(Cutter(postgresql_server.socket, cut)) as cutter,
        gateways(cluster, place, tmp_path, through(cutter, records), records) as (one, other),
        ThreadPoolExecutor(1) as pool,
    ):
        session = one.client.code_interpreter.create_session(networking=False).session_id
        asked = pool.submit(one.run, session, f"x = 1\n{LONG}")
        began(one, session)
        cutter.closed, cutter.word = True, b"UPDATE gateways"
        assert one.process.wait(100) == FENCED
        with pytest.raises(httpx.TransportError):
            asked.result()
        go(other, session)
        found = other.run(session, "(x, open('ran').read())").json()["data"]
        assert found["outputs"][0]["data"] == "(1, 'x')"


def test_one_that_stood_still_for_too_long_is_shut_out(pair: list[Gateway]) -> None:
    one, other = pair
    session = one.client.code_interpreter.create_session(networking=False).session_id
    with ThreadPoolExecutor(2) as pool:
        cut = pool.submit(one.run, session, f"x = 1\n{LONG}")
        began(one, session)
        one.process.send_signal(signal.SIGSTOP)
        go(other, session)  # waits until somebody serves it
        one.process.send_signal(signal.SIGCONT)
        with pytest.raises(httpx.TransportError):
            cut.result()
    assert one.process.wait(60) == FENCED
    assert other.run(session, "(x, open('ran').read())").json()["data"]["outputs"][0]["data"] == (
        "(1, 'x')"
    )
    (ran,) = [e for e in other.http.get(EXECUTIONS).json()["executions"] if "begun" in e["code"]]
    assert ran["status"] == "completed"
