"""Losses under calls of every kind: nothing is done twice, and nothing lost that was answered.

Every loss strikes while calls of all kinds go on, at a moment of chance. What their code does is counted
outside of the cluster. `ROUNDS=13` in the environment makes 208 rounds of them; `RECORD` names a
file to which each adds what has become of it, as a line of JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import secrets
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from cognitora import Cognitora, CognitoraError, NotFoundError
from tests.kubernetes import effects
from tests.kubernetes.calls import CALL_SECONDS, KINDS, Answer, Kind, Target
from tests.kubernetes.cluster import Cluster, until
from tests.kubernetes.effects import Effects
from tests.kubernetes.gateways import KEY
from tests.kubernetes.losses import HARMLESS, LOSSES, Loss, World
from tests.kubernetes.pods import PYTHON
from tests.kubernetes.test_backend import pods
from tests.postgresql import PostgresqlServer

ROUNDS = int(os.environ.get("ROUNDS", "1"))
RECORD = os.environ.get("RECORD", os.devnull)
GATEWAYS = 3
STRIKES_WITHIN_S = 2.5
SETTLES_WITHIN_S = 60
"""After the last call has been answered, until nothing goes on any more."""

FINAL = {"completed", "failed", "timeout", "cancelled"}

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def outside(cluster: Cluster) -> Iterator[Effects]:
    with effects.counted(cluster) as counted:
        yield counted


@pytest.fixture(scope="module")
def world(
    cluster: Cluster, postgresql_server: PostgresqlServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    place = "losses"
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": place}})
    until(lambda: cluster.tried("-n", place, "get", "serviceaccount", "default").returncode == 0)
    world = World(cluster, place, tmp_path_factory.mktemp("losses"), postgresql_server, GATEWAYS)
    yield world
    world.end()


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
@pytest.mark.parametrize("number", range(ROUNDS))
def test_nothing_is_done_twice_and_nothing_lost_that_was_answered(
    world: World, outside: Effects, loss: Loss, number: int
) -> None:
    seed = f"{loss.__name__} {number} {secrets.token_hex(4)}"
    began = time.monotonic()
    entry: dict[str, Any] = {"loss": loss.__name__, "seed": seed, "at": time.strftime("%X")}
    told = entry["faults"] = world.fallen()
    try:
        with Cognitora(base_url=world.base_url, api_key=KEY, timeout=CALL_SECONDS) as client:
            a_round(world, client, outside, loss, random.Random(seed), entry)
    except BaseException as error:
        told.append(f"the round broke off: {error!r}")
        raise
    finally:
        entry["seconds"] = round(time.monotonic() - began, 1)
        with Path(RECORD).open("a") as record:
            record.write(json.dumps(entry) + "\n")
    assert not told


def a_round(
    world: World,
    client: Cognitora,
    outside: Effects,
    loss: Loss,
    chance: random.Random,
    entry: dict[str, Any],
) -> None:
    """Calls of each kind, and a loss; `entry` is told of them, of their faults, and when it came how far."""
    began = time.monotonic()
    with ThreadPoolExecutor(len(KINDS)) as threads, ExitStack() as ending:
        session = client.code_interpreter.session()
        container = client.containers.container(PYTHON, 0.5, 256, 50, networking=True)
        opening: list[Future[Any]] = [threads.submit(session.open), threads.submit(container.open)]
        for opened in opening:
            opened.result()
        ending.callback(client.containers.cancel_container, container.id)
        ending.callback(deleted, client, session.session_id)
        target = Target(client, session, container, outside)
        asked = {f"{secrets.token_hex(4)}-{kind.call.__name__}": kind for kind in KINDS}
        going = {name: threads.submit(kind.call, target, name) for name, kind in asked.items()}
        times = [time.monotonic()]
        time.sleep(chance.uniform(0, STRIKES_WITHIN_S))
        loss(world, chance)
        times.append(time.monotonic())
        wait(going.values(), 3 * CALL_SECONDS)
        times.append(time.monotonic())
        entry["faults"] += left(client, session.session_id)
        entry["calls"] = calls = {}
        for name, each in going.items():
            calls[name], faults = judged(target, name, asked[name], each)
            entry["faults"] += faults
            if loss in HARMLESS and not calls[name]["done"]:
                entry["faults"].append(f"{name} wasn't done ({calls[name]['said']})")
        entry["times"] = [round(each - began, 1) for each in (*times, time.monotonic())]


def deleted(client: Cognitora, session_id: str) -> None:
    with contextlib.suppress(NotFoundError):  # its pod has ended meanwhile
        client.code_interpreter.delete_session(session_id)


def judged(
    target: Target, name: str, kind: Kind, call: Future[Answer]
) -> tuple[dict[str, Any], list[str]]:
    """How a call ended that has this name, and what is wrong with it."""
    error: CognitoraError | None = None
    if not call.done():
        return {"done": False}, [f"{name} was never answered"]
    try:
        told = call.result()
    except CognitoraError as raised:
        told, error = Answer(False), raised
    count = kind.counted(target, name)
    said = repr(error) if error else told.said
    may_have_run = error.may_have_run if error else None
    found = {"done": told.done, "count": count, "may_have_run": may_have_run, "said": said}
    faults = []
    if count is not None and count > 1:
        faults.append(f"{name} was done {count} times ({said})")
    if told.done and count == 0:
        faults.append(f"{name} was answered as done, and wasn't")
    if error is not None and not error.may_have_run and count:
        faults.append(f"{name} was done, and said not to be: {said}")
    if told.done and told.execution:
        kept = target.client.code_interpreter.get_execution(told.execution)
        if kept.status != "completed":
            faults.append(f"{name} was answered as done, and is recorded as {kept.status}")
    return found, faults


def left(client: Cognitora, session_id: str) -> list[str]:
    """What still goes on of a round's work when all of its calls have been answered."""

    def going() -> list[str]:
        found = [
            f"{each.id} is {each.status}"
            for each in client.code_interpreter.list_all_executions()
            if each.status not in FINAL
        ]
        with contextlib.suppress(NotFoundError):
            found += [
                f"{each.id} is {each.status}"
                for each in client.processes.list_session_processes(session_id)
                if each.status.lower() not in FINAL
            ]
        return found

    with contextlib.suppress(AssertionError):
        until(lambda: not going(), SETTLES_WITHIN_S)
    return going()


def test_nothing_is_left(world: World, cluster: Cluster) -> None:
    """When all sessions have ended there are warm pods alone, and they end once no gateway is there."""
    with Cognitora(base_url=world.base_url, api_key=KEY, timeout=CALL_SECONDS) as client:
        for session in client.code_interpreter.list_sessions():
            deleted(client, session.session_id)
    world.end()

    def left() -> list[str]:
        """What runs. What has ended is removed by the next gateway."""
        found = {each["metadata"]["name"]: each["status"] for each in pods(cluster, world.place)}
        return [name for name, status in found.items() if status["phase"] in ("Pending", "Running")]

    with contextlib.suppress(AssertionError):
        until(lambda: not left(), 120)
    assert left() == []
