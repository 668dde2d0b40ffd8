"""Both facades' containers against the runtime, with every exchange held against the contract."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from cognitora import (
    BadRequestError,
    ConflictError,
    Execution,
    ExecutionError,
    FileUpload,
    NotFoundError,
    PaymentRequiredError,
)
from tests.addresses import listens
from tests.clients import KINDS, checked_client
from tests.conftest import Runtime
from tests.contract import Contract
from tests.images import Registry

pytestmark = pytest.mark.usefixtures("registry")

IMAGE = "docker.io/library/busybox"
SIZE = (0.5, 64, 5)
"""CPU cores, MiB and credits of a container."""


@pytest.fixture(params=KINDS)
def client(request: pytest.FixtureRequest, runtime: Runtime, contract: Contract) -> Iterator[Any]:
    with checked_client(request.param, runtime, contract) as client:
        yield client


def run(client: Any, *command: str, **options: Any) -> Any:
    return client.containers.run_and_wait(IMAGE, command, *SIZE, **options)


def test_a_container_from_its_creation_to_its_end(client: Any) -> None:
    containers = client.containers
    begun = datetime.now(UTC)
    made = containers.create_container(
        image=IMAGE,
        command=["sh", "-c", 'echo "$WHO"; sleep 0.2; echo oh >&2'],
        cpu_cores=0.5,
        memory_mb=64,
        max_cost_credits=5,
        networking=False,
        timeout_seconds=60,
        environment={"WHO": "me"},
        storage_gb=1,
        gpu_count=0,
    )
    assert made.status == made["status"] == "PENDING"
    assert (made.image, made.command[0], made.timeout_seconds) == (IMAGE, "sh", 60)
    resources = made.resources
    assert (resources.cpu_cores, resources.memory_mb, resources.storage_gb) == (0.5, 64, 1)
    ended = containers.wait_for_completion(made.id, timeout_seconds=60, poll_interval=1)
    assert ended.ok, ended
    assert (ended.status, ended.exit_code, ended.reason) == ("COMPLETED", 0, None)
    assert begun < ended.created_at < ended.started_at < ended.completed_at < datetime.now(UTC)
    assert ended.max_cost_credits == 5
    assert ended.actual_cost_credits == 1
    assert containers.get_container(made.id) == ended
    assert containers.get_container_logs(made.id) == "me\noh\n"
    assert list(containers.follow_logs(made.id)) == ["me", "oh"]
    assert containers.cancel_container(made.id) is True
    assert containers.get_container(made.id).status == "COMPLETED"


def test_the_records_of_what_ran(client: Any) -> None:
    containers = client.containers
    one, other = run(client, "echo", "one").execution, run(client, "false").execution
    found = containers.list_containers(limit=2)
    assert [each.id for each in found] == [other.id, one.id]
    assert [each.id for each in containers.list_containers(1, 1)] == [one.id]
    failed = [each.id for each in containers.list_containers(status="failed")]
    assert other.id in failed
    assert one.id not in failed
    every = [each.id for each in containers.iter_containers(page_size=2)]
    assert every[:2] == [other.id, one.id]
    assert len(set(every)) == len(every)
    (execution,) = containers.get_container_executions(one.id)
    assert [each.id for each in containers.iter_container_executions(one.id)] == [execution.id]
    assert (execution.status, execution.exit_code, execution.command) == (
        "COMPLETED",
        0,
        ["echo", "one"],
    )
    whole = containers.get_container_execution(execution.id)
    assert whole["status"] == "COMPLETED"
    assert (whole.container_id, whole.output, whole.ok) == (one.id, "one\n", True)
    assert execution.id in [
        each.id for each in containers.list_all_container_executions(status="COMPLETED")
    ]
    assert execution.id in [
        each.id for each in containers.iter_all_container_executions(page_size=3)
    ]
    for call in (
        containers.get_container,
        containers.get_container_logs,
        containers.get_container_executions,
        containers.get_container_execution,
        containers.cancel_container,
        lambda container_id: containers.update_container(container_id, 60),
    ):
        with pytest.raises(NotFoundError, match="no_such"):
            call("no_such")


def test_run_and_wait_gives_the_end_and_the_logs(client: Any) -> None:
    result = run(client, "echo", "hi")
    assert (result["execution"].status, result["logs"]) == ("COMPLETED", "hi\n")
    assert result.raise_for_error() is result


@pytest.mark.parametrize(
    ("command", "status", "code", "said"),
    [
        (["sh", "-c", "echo no; exit 3"], "FAILED", 3, "exit code 3.*\nno"),
        (["no-such-program"], "FAILED", 127, "no-such-program"),
        (["sleep", "60"], "TIMEOUT", None, "1 s"),
    ],
)
def test_what_does_not_end_well_says_why(
    client: Any, command: list[str], status: str, code: int | None, said: str
) -> None:
    result = run(client, *command, timeout_seconds=1)
    assert (result.execution.status, result.execution.exit_code) == (status, code)
    assert not result.ok
    with pytest.raises(ExecutionError, match=f"(?s)as {status}: .*{said}") as raised:
        result.raise_for_error()
    assert raised.value.result is result


def test_a_run_takes_three_requests(client: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "cognitora"):
        run(client, "sleep", "1")
    asked = [vars(each)["operation"] for each in caplog.records if "attempt" in vars(each)]
    assert asked == ["create_container", "get_container", "get_container_logs"]


def test_what_cannot_be_had_is_refused_before_it_starts(client: Any, registry: Registry) -> None:
    before = client.containers.list_containers(1)
    with pytest.raises(NotFoundError, match="no-such") as missing:
        client.containers.create_container(f"{registry.address}/no-such", ["true"], *SIZE)
    assert missing.value.code == "image_not_found"
    with pytest.raises(BadRequestError, match="no GPU") as refused:
        client.containers.create_container(IMAGE, ["true"], *SIZE, gpu_count=1)
    assert refused.value.code == "no_gpu"
    for error in (missing.value, refused.value):
        assert not error.may_have_run
    assert client.containers.list_containers(1) == before


def test_a_price_beyond_the_limit_is_refused(client: Any) -> None:
    size = {"cpu_cores": 4.0, "memory_mb": 8192, "timeout_seconds": 3600}
    estimate = client.containers.estimate_cost(**size)
    with pytest.raises(PaymentRequiredError, match="credits") as raised:
        client.containers.create_container(
            IMAGE, ["true"], max_cost_credits=estimate.estimated_credits - 1, **size
        )
    assert (raised.value.status_code, raised.value.code) == (402, "cost_exceeds_limit")
    with pytest.raises(PaymentRequiredError):
        client.containers.create_persistent_container(IMAGE, 0.5, 64, 0)


def test_a_container_that_is_cancelled(client: Any) -> None:
    containers = client.containers
    made = containers.create_container(IMAGE, ["sleep", "60"], *SIZE)
    assert containers.cancel_container(made.id) is True
    ended = containers.wait_for_completion(made.id, timeout_seconds=20)
    assert (ended.status, ended.exit_code, ended.ok) == ("CANCELLED", None, False)
    assert ended.reason
    assert containers.cancel_container(made.id) is True
    assert containers.get_container(made.id) == ended


def test_a_persistent_container_from_its_creation_to_its_end(client: Any, tmp_path: Path) -> None:
    source = tmp_path / "data.bin"
    source.write_bytes(bytes(range(256)) * 1000)
    with client.containers.container(
        IMAGE,
        *SIZE,
        command=["sh", "-c", "echo started; touch /tmp/ready"],
        timeout_seconds=600,
        environment={"WHO": "me"},
    ) as box:
        assert box.info.persistent
        answer = box.run(["sh", "-c", 'echo "$WHO $EXTRA"; pwd'], environment={"EXTRA": "you"})
        assert (answer.ok, answer.exit_code, answer.status) == (True, 0, "COMPLETED")
        assert answer.output.startswith("me you\n")
        assert answer.raise_for_error() is answer
        record = client.containers.get_container_execution(answer.execution_id)
        assert (record.output, record.container_id) == (answer.output, box.id)
        assert box.run(["pwd"], working_directory="/tmp").output == "/tmp\n"
        written = box.run(["cat", "a/b.txt"], files=[FileUpload("a/b.txt", "text")])
        assert (written.output, written.files_uploaded) == ("text", 1)
        box.run(["sh", "-c", "echo kept > state"])
        assert box.run(["cat", "state"]).output == "kept\n"
        assert box.download("state") == b"kept\n"
        box.upload(source, "deep/data.bin")
        assert box.download("deep/data.bin", tmp_path / "back") == tmp_path / "back"
        assert (tmp_path / "back").read_bytes() == source.read_bytes()
        with pytest.raises(NotFoundError):
            box.download("no-such-file")
        both = [FileUpload("one", "1"), FileUpload("two", "Mg==", "base64")]
        assert client.containers.upload_files(box.id, both).files_uploaded == 2
        assert box.run(["cat", "one", "two"]).output == "12"
        assert box.logs() == "started\n"
        first = box.info.expires_at
        assert first - box.info.created_at == timedelta(seconds=600)
        assert box.update(timeout_seconds=3600).expires_at > first + timedelta(seconds=2900)
        later = datetime.now(UTC) + timedelta(hours=2)
        assert abs(box.update(expires_at=later).expires_at - later) < timedelta(seconds=1)
    ended = client.containers.get_container(box.id)
    assert ended.status == "CANCELLED"
    assert 1 <= ended.actual_cost_credits <= 5
    with pytest.raises(ConflictError) as raised:
        client.containers.execute_in_container(box.id, ["true"])
    assert raised.value.code == "container_not_running"


def test_a_server_in_a_container_is_reached(client: Any) -> None:
    with client.containers.container(IMAGE, *SIZE) as box:
        box.upload(b"hello", "index.html")
        box.run(["httpd", "-p", "8000"])
        port = box.expose(8000)
        assert httpx.get(port.url, trust_env=False).text == "hello"
        assert box.ports() == client.containers.list_ports(box.id) == [port]
        box.unexpose(8000)
        assert not listens(port.address)


def test_commands_that_do_not_end_well(client: Any) -> None:
    with client.containers.container(IMAGE, *SIZE) as box:
        failed = box.run(["sh", "-c", "echo no; exit 7"])
        assert (failed.ok, failed.exit_code, failed.status) == (False, 7, "FAILED")
        with pytest.raises(ExecutionError, match=r"(?s)exit code 7.*no") as raised:
            failed.raise_for_error()
        assert raised.value.result is failed
        late = box.run(["sh", "-c", "echo on; sleep 60"], timeout_seconds=1)
        assert (late.output, late.exit_code, late.status) == ("on\n", None, "TIMEOUT")
        with pytest.raises(ExecutionError, match="TIMEOUT"):
            late.raise_for_error()
        statuses = [each.status for each in client.containers.get_container_executions(box.id)]
        assert statuses == ["TIMEOUT", "FAILED"]
        assert box.run(["true"]).ok


def test_what_is_persistent_takes_commands_and_what_is_not_does_not(client: Any) -> None:
    made = client.containers.create_container(IMAGE, ["sleep", "60"], *SIZE)
    try:
        with pytest.raises(ConflictError) as raised:
            client.containers.execute_in_container(made.id, ["true"])
        assert not raised.value.may_have_run
        with pytest.raises(ConflictError):
            client.containers.update_container(made.id, 60)
    finally:
        client.containers.cancel_container(made.id)


def test_a_container_lives_no_longer_than_it_may(client: Any) -> None:
    made = client.containers.create_persistent_container(IMAGE, *SIZE, timeout_seconds=2)
    ended = client.containers.wait_for_completion(made.id, 30)
    assert ended.status == "TIMEOUT"
    assert ended.reason
    assert timedelta(0) <= ended.completed_at - made.expires_at < timedelta(seconds=2)


def test_garbage_is_what_nobody_owns(client: Any) -> None:
    with client.containers.container(IMAGE, *SIZE) as box:
        found = client.containers.collect_garbage()
        assert {type(found[kind]) for kind in ("containers", "volumes", "networks")} == {int}
        assert box.run(["true"]).ok


def test_a_block_that_fails_leaves_no_container(client: Any) -> None:
    seen: list[Execution] = []

    def leave_early() -> None:
        with client.containers.container(IMAGE, *SIZE) as box:
            seen.append(box.info)
            raise KeyError

    start = time.monotonic()
    with pytest.raises(KeyError):
        leave_early()
    assert client.containers.get_container(seen[0].id).status == "CANCELLED"
    assert time.monotonic() - start < 60


def test_a_command_that_is_listened_to(client: Any) -> None:
    with client.containers.container(IMAGE, *SIZE, metadata={"of": "this test"}) as box:
        out: list[str] = []
        err: list[str] = []
        command = ["sh", "-c", "cat in; cat; printf '\\377' >&2; exit 3"]
        done = box.run(
            command,
            files=[FileUpload(name="in", content="file ")],
            stdin="given",
            user="1234",
            on_stdout=out.append,
            on_stderr=err.append,
        )
        assert ("".join(out), done.stdout, done.exit_code) == ("file given", "file given", 3)
        assert ("".join(err), done.stderr_bytes, done.files_uploaded) == ("\ufffd", b"\xff", 1)
        assert box.run(["printf", "\\377"]).stdout_bytes == b"\xff"
        again = client.containers.attach(box.id)
        assert again.run(["cat", "in"]).output == "file "
        (found,) = client.containers.list_containers(metadata={"of": "this test"}, status="running")
        assert (found.id, found.metadata) == (box.id, {"of": "this test"})
