"""Containers of gateways that share their records."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest

from cognitora import Cognitora, CognitoraError, Execution
from cognitora_local.store.postgresql import SCHEMA
from tests.kubernetes.cluster import Cluster, until
from tests.kubernetes.conftest import NODES
from tests.kubernetes.gateways import Gateway

COUNT = "for n in 1 2 3 4 5 6 7 8 9; do echo $n; sleep 4; done; exit 3"
WHOLE = "".join(f"{n}\n" for n in range(1, 10))


@pytest.mark.short
def test_containers_are_used_by_any_gateway_and_go_on_when_theirs_is_lost(
    pair: list[Gateway],
) -> None:
    one, other = pair
    command = ["sh", "-c", COUNT]
    once = one.client.containers.create_container("busybox", command, 1, 64, 50)
    stays = one.client.containers.create_persistent_container(
        "busybox", cpu_cores=1, memory_mb=64, max_cost_credits=50, command=command
    )

    def kept() -> str | None:
        containers = other.client.containers
        return containers.execute_in_container(stays.id, ["cat", "kept"]).stdout

    done = other.client.containers.execute_in_container(stays.id, ["sh", "-c", "echo it > kept"])
    assert (done.exit_code, kept()) == (0, "it\n")
    for made in (once, stays):
        until(lambda made=made: "1\n" in other.client.containers.get_container_logs(made.id))  # type: ignore[misc]
        assert other.client.containers.get_container(made.id).status == "RUNNING"
    one.process.send_signal(signal.SIGKILL)
    one.process.wait()

    def is_taken_over() -> bool:
        try:
            return kept() == "it\n"
        except CognitoraError:
            return False

    until(is_taken_over)
    found = other.client.containers.wait_for_completion(once.id, 120)
    assert (found.status, found.exit_code, found.reason) == (
        "FAILED",
        3,
        "The command ended with exit code 3.",
    )
    assert other.client.containers.get_container_logs(once.id) == WHOLE
    until(lambda: other.client.containers.get_container_logs(stays.id) == WHOLE)
    assert other.client.containers.get_container(stays.id).status == "RUNNING"
    other.client.containers.cancel_container(stays.id)
    assert other.client.containers.get_container(stays.id).status == "CANCELLED"


ONCE = ["sh", "-c", "echo ran >> kept; cat kept; while [ ! -e go ]; do sleep 0.1; done; echo over"]


def made(client: Cognitora, command: list[str]) -> Execution:
    return client.containers.create_persistent_container(
        "busybox", cpu_cores=1, memory_mb=64, max_cost_credits=50, command=command
    )


def kill(gateway: Gateway) -> None:
    gateway.process.send_signal(signal.SIGKILL)
    gateway.process.wait()


@contextmanager
def no_node_free(cluster: Cluster) -> Iterator[None]:
    """No pod has a node while the block runs."""
    nodes = [f"n{number}" for number in range(1, NODES + 1)]
    cluster.kubectl("cordon", *nodes)
    try:
        yield
    finally:
        cluster.kubectl("uncordon", *nodes)


def test_containers_that_had_yet_to_begin_do_so_when_their_gateway_is_lost(
    cluster: Cluster, place: str, pair: list[Gateway]
) -> None:
    one, other = pair
    with no_node_free(cluster):
        once = one.client.containers.create_container("busybox", ["echo", "ran"], 1, 64, 50)
        stays = made(one.client, ONCE)
        mine = ("-n", place, "pods", "-l", "cognitora.dev/container")
        until(lambda: len(cluster.get(*mine)["items"]) == 2)
        kill(one)
        until(lambda: other.client.containers.get_container(once.id).status == "PENDING")
    found = other.client.containers.wait_for_completion(once.id, 120)
    assert (found.status, found.exit_code) == ("COMPLETED", 0)
    assert other.client.containers.get_container_logs(once.id) == "ran\n"
    until(lambda: other.client.containers.get_container_logs(stays.id) == "ran\n")
    other.client.containers.execute_in_container(stays.id, ["touch", "go"])
    until(lambda: other.client.containers.get_container_logs(stays.id) == "ran\nover\n")


def test_a_command_that_was_begun_and_not_recorded_is_followed_and_not_begun_again(
    pair: list[Gateway], records: str
) -> None:
    one, other = pair
    stays = made(one.client, ONCE)
    until(lambda: other.client.containers.get_container_logs(stays.id) == "ran\n")
    kill(one)
    with psycopg.connect(records) as connection:
        connection.execute(f"SET search_path TO {SCHEMA}".encode())
        forget = "UPDATE commands SET engine_id = NULL, started_at = NULL, status = 'PENDING'"
        assert connection.execute(forget).rowcount == 1

    def goes_on() -> bool:
        try:
            other.client.containers.execute_in_container(stays.id, ["touch", "go"])
        except CognitoraError:
            return False
        return True

    until(goes_on)
    until(lambda: other.client.containers.get_container_logs(stays.id) == "ran\nover\n")


def test_one_that_is_told_to_end_finishes_the_calls_it_is_at(pair: list[Gateway]) -> None:
    one, other = pair
    stays = made(one.client, ["sleep", "1000"])
    waits = "touch begun; while [ ! -e go ]; do sleep 0.1; done; echo over"
    with ThreadPoolExecutor(1) as pool:
        containers = one.client.containers
        running = pool.submit(containers.execute_in_container, stays.id, ["sh", "-c", waits])
        begun = ["sh", "-c", "while [ ! -e begun ]; do sleep 0.1; done"]
        other.client.containers.execute_in_container(stays.id, begun)
        one.process.terminate()
        other.client.containers.execute_in_container(stays.id, ["touch", "go"])
        done = running.result()
    assert (done.exit_code, done.stdout) == (0, "over\n")
    assert one.process.wait(60) == 0
    assert other.client.containers.execute_in_container(stays.id, ["true"]).exit_code == 0
