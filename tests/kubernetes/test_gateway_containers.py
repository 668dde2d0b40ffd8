"""Containers of gateways that share their records."""

from __future__ import annotations

import signal

import pytest

from cognitora import CognitoraError
from tests.kubernetes.cluster import until
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
