"""Losses under calls of every kind: nothing is done twice, and nothing lost that was answered.

Every loss strikes while calls of all kinds go on, at a moment of chance. What their code does is counted
outside of the cluster. `ROUNDS=23` in the environment makes 207 rounds of them.
"""

from __future__ import annotations

import contextlib
import os
import random
import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import pytest

from cognitora import (
    Cognitora,
    CognitoraError,
    ExecuteCodeResponse,
    InterpreterSession,
    NotFoundError,
)
from tests.kubernetes import effects
from tests.kubernetes.cluster import Cluster, until
from tests.kubernetes.effects import Effects
from tests.kubernetes.gateways import KEY
from tests.kubernetes.losses import LOSSES, Loss, World
from tests.kubernetes.pods import PYTHON
from tests.kubernetes.test_backend import pods
from tests.postgresql import PostgresqlServer

ROUNDS = int(os.environ.get("ROUNDS", "1"))
GATEWAYS = 2
CALL_SECONDS = 120
STRIKES_WITHIN_S = 2.5

pytestmark = pytest.mark.long


class Answer(NamedTuple):
    """What a call came to.

    Attributes:
        done: it was answered that its code has run to its end.
        execution: what the answer names.
    """

    done: bool
    execution: str | None = None


def work(name: str) -> str:
    """Code that takes a second, in the midst of which it has its effect."""
    return f"import time; time.sleep(0.5); {effects.code(name)}; time.sleep(0.5); print('over')"


def answer(ran: ExecuteCodeResponse) -> Answer:
    print(ran.data.execution_id, ran.data.status, ran.errors or ran.stdout)
    return Answer(ran.ok and ran.stdout == "over\n", ran.data.execution_id)


def code_in_a_session(_: Cognitora, session: InterpreterSession, name: str) -> Answer:
    ran = session.run_python(work(name))
    return answer(ran)


def code_of_its_own(client: Cognitora, _: InterpreterSession, name: str) -> Answer:
    ran = client.code_interpreter.run_python(work(name))
    return answer(ran)


def code_that_streams(_: Cognitora, session: InterpreterSession, name: str) -> Answer:
    stream = session.stream(work(name))
    for _output in stream:
        pass
    ran = stream.result
    return answer(ran)


def a_process(_: Cognitora, session: InterpreterSession, name: str) -> Answer:
    ended = session.start(["python3", "-c", work(name)]).wait(CALL_SECONDS)
    return Answer(ended.exit_code == 0)


def a_new_session(client: Cognitora, _: InterpreterSession, name: str) -> Answer:
    with client.code_interpreter.session() as session:
        ran = session.run_python(work(name))
        return answer(ran)


def a_container(client: Cognitora, _: InterpreterSession, name: str) -> Answer:
    command = ["python3", "-c", work(name)]
    ended = client.containers.run_and_wait(PYTHON, command, 0.5, 256, 5, networking=True)
    return Answer(ended.execution.status == "COMPLETED")


CALLS: tuple[Callable[[Cognitora, InterpreterSession, str], Answer], ...] = (
    code_in_a_session,
    code_of_its_own,
    code_that_streams,
    a_process,
    a_new_session,
    a_container,
)


@pytest.fixture(scope="module")
def outside(cluster: Cluster) -> Iterator[Effects]:
    with effects.counted(cluster) as counted:
        yield counted


@pytest.fixture(scope="module")
def world(
    cluster: Cluster, postgresql: PostgresqlServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    place = "losses"
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": place}})
    until(lambda: cluster.tried("-n", place, "get", "serviceaccount", "default").returncode == 0)
    world = World(cluster, place, tmp_path_factory.mktemp("losses"), postgresql, GATEWAYS)
    yield world
    world.end()


@pytest.mark.parametrize("number", range(ROUNDS))
@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_nothing_is_done_twice_and_nothing_lost_that_was_answered(
    world: World, outside: Effects, loss: Loss, number: int
) -> None:
    chance = random.Random(f"{loss.__name__} {number}")
    told: list[str] = []
    with (
        Cognitora(base_url=world.base_url, api_key=KEY, timeout=CALL_SECONDS) as client,
        ThreadPoolExecutor(len(CALLS)) as threads,
    ):
        session = client.code_interpreter.create_session()
        handle = client.code_interpreter.attach(session.session_id)
        asked = {f"{secrets.token_hex(4)}-{call.__name__}": call for call in CALLS}
        going = {name: threads.submit(call, client, handle, name) for name, call in asked.items()}
        time.sleep(chance.uniform(0, STRIKES_WITHIN_S))
        loss(world, chance)
        for name, each in going.items():
            told += faults(client, outside, name, each)
    assert not told


def faults(client: Cognitora, outside: Effects, name: str, call: Future[Answer]) -> list[str]:
    """What is wrong with how a call ended, told by its name."""
    try:
        told, error = call.result(3 * CALL_SECONDS), None
    except CognitoraError as raised:
        told, error = Answer(False), raised
    count = outside.counted[name]
    print(name, "was done" if told.done else f"failed: {error!r}", count)
    if count > 1:
        return [f"{name} was done {count} times ({error!r})"]
    if told.done and count == 0:
        return [f"{name} was answered as done, and wasn't"]
    if error is not None and not error.may_have_run and count:
        return [f"{name} was done, and said not to be: {error!r}"]
    if told.done and told.execution:
        kept = client.code_interpreter.get_execution(told.execution)
        if kept.status != "completed":
            return [f"{name} was answered as done, and is recorded as {kept.status}"]
    return []


def test_nothing_is_left(world: World, cluster: Cluster) -> None:
    """When all sessions have ended there are warm pods alone, and they end once no gateway is there."""
    with Cognitora(base_url=world.base_url, api_key=KEY, timeout=CALL_SECONDS) as client:
        for session in client.code_interpreter.list_sessions():
            with contextlib.suppress(NotFoundError):  # its pod has ended meanwhile
                client.code_interpreter.delete_session(session.session_id)
    world.end()

    def left() -> list[str]:
        """What runs. What has ended is removed by the next gateway."""
        found = {each["metadata"]["name"]: each["status"] for each in pods(cluster, world.place)}
        return [name for name, status in found.items() if status["phase"] in ("Pending", "Running")]

    with contextlib.suppress(AssertionError):
        until(lambda: not left(), 120)
    assert left() == []
