"""What a test leaves behind, on a runtime that has containers."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from cognitora import Cognitora
from pytest_cognitora import LeftBehindWarning
from pytest_cognitora.faults import Faults
from pytest_cognitora.leftovers import told_of
from pytest_cognitora.proxy import Proxy, Upstream
from tests.conftest import Runtime

pytestmark = pytest.mark.usefixtures("registry")

IMAGE = "docker.io/library/busybox"


@contextmanager
def faulty(runtime: Runtime) -> Iterator[tuple[Cognitora, Faults]]:
    """A client of the runtime, and what can go wrong on its way there."""
    faults = Faults(Upstream(runtime.base_url))
    proxy = Proxy(faults)
    try:
        with Cognitora(runtime.api_key, proxy.url) as client:
            yield client, faults
    finally:
        proxy.close()


def left_running(client: Cognitora, *, timeout_seconds: int = 300) -> str:
    """A container that runs, and nobody ends."""
    return client.containers.create_container(
        IMAGE, ["sleep", "60"], 0.5, 64, 5, timeout_seconds=timeout_seconds
    ).id


def test_a_container_whose_time_was_up_is_not_left_behind(runtime: Runtime) -> None:
    with Cognitora(runtime.api_key, runtime.base_url) as client, warnings.catch_warnings():
        warnings.simplefilter("error")
        with told_of(client):
            made = left_running(client, timeout_seconds=1)
            assert client.containers.wait_for_completion(made).status == "TIMEOUT"


def test_a_container_that_runs_is_told_and_ended(runtime: Runtime) -> None:
    with Cognitora(runtime.api_key, runtime.base_url) as client:
        with pytest.warns(LeftBehindWarning, match="the container ctr_"), told_of(client):
            made = left_running(client)
        assert client.containers.get_container(made).status == "CANCELLED"


@pytest.mark.parametrize("status", [404, 409])
def test_what_ends_by_itself_meanwhile_keeps_no_other_from_its_end(
    runtime: Runtime, status: int
) -> None:
    told = pytest.warns(LeftBehindWarning, match="the session ses_.*the container ctr_")
    with faulty(runtime) as (client, faults):
        with told, told_of(client):
            gone = client.code_interpreter.create_session().session_id
            made = left_running(client)
            faults.refuse(status, method="DELETE", path="*/sessions/*")
        assert client.containers.get_container(made).status == "CANCELLED"
        client.code_interpreter.delete_session(gone)
