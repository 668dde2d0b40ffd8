"""Gateways that share their records: any of them answers any call, and none is missed when it is lost."""

from __future__ import annotations

import secrets
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cognitora import NotFoundError
from tests.images import Unavailable
from tests.kubernetes.cluster import Cluster
from tests.kubernetes.gateways import EXECUTIONS, Gateway, gateways
from tests.postgresql import PostgresqlServer

RAN = "open('ran', 'a').write('x')"
FENCED = 75


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresqlServer]:
    try:
        server = PostgresqlServer(tmp_path_factory.mktemp("pg"))
    except Unavailable as error:
        pytest.skip(f"PostgreSQL can't be had: {error}")
    server.start()
    yield server
    server.kill()


@pytest.fixture
def pair(
    cluster: Cluster, place: str, tmp_path: Path, server: PostgresqlServer
) -> Iterator[list[Gateway]]:
    database = server.made(f"records_{secrets.token_hex(4)}")
    with gateways(cluster, place, tmp_path, database) as found:
        yield found


def test_a_session_is_used_by_any_gateway(pair: list[Gateway]) -> None:
    one, other = pair
    session = one.client.code_interpreter.create_session()
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
    session = pair[0].client.code_interpreter.create_session().session_id
    code = "import os, time\nos.mkdir('inside'); time.sleep(0.05); os.rmdir('inside')\n" + RAN
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda n: pair[n % 2].run(session, code), range(12)))
    assert [each.json()["data"]["status"] for each in answers] == ["completed"] * 12
    assert (
        pair[1].run(session, "len(open('ran').read())").json()["data"]["outputs"][0]["data"] == "12"
    )


def test_a_key_that_both_get_at_once_runs_once(pair: list[Gateway]) -> None:
    session = pair[0].client.code_interpreter.create_session().session_id
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
                lambda n: pair[n % 2].http.post(
                    "/api/v1/interpreter/execute", json=body, headers=key
                ),
                range(4),
            )
        )
    found = pair[0].http.get(EXECUTIONS).json()["executions"]
    assert len([each for each in found if each["code"] == "1"]) == 1


def test_one_that_stood_still_for_too_long_is_shut_out(pair: list[Gateway]) -> None:
    one, other = pair
    session = one.client.code_interpreter.create_session().session_id
    one.run(session, RAN)
    one.process.send_signal(signal.SIGSTOP)
    listed = other.client.code_interpreter.list_sessions
    asked = ThreadPoolExecutor(1).submit(other.run, session, RAN)  # waits until somebody serves it
    answer = asked.result(60)
    assert answer.status_code != 200
    assert not listed()
    one.process.send_signal(signal.SIGCONT)
    assert one.process.wait(60) == FENCED
    assert other.client.code_interpreter.run_python("1 + 1", networking=False).text == "2"
