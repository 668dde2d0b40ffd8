"""Agno's sandboxes, each a real container."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from agno.sandbox.base import SandboxError

from cognitora import Cognitora, Execution
from cognitora.integrations.agno import CognitoraSandbox
from tests.conftest import Runtime
from tests.integrations.snippets import IMAGE, snippet

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def client(container_runtime: Runtime) -> Iterator[Cognitora]:
    with Cognitora(container_runtime.api_key, base_url=container_runtime.base_url) as client:
        yield client
        for each in running(client):
            client.containers.cancel_container(each.id)


def running(client: Cognitora) -> list[Execution]:
    found = client.containers.list_containers()
    return [each for each in found if str(each.status) in ("PENDING", "RUNNING")]


@pytest.fixture
def sandbox(client: Cognitora) -> CognitoraSandbox:
    """With sandboxes of its own: those of other tests have ended."""
    return CognitoraSandbox(client, IMAGE, memory_mb=128, namespace=secrets.token_hex(4))


def test_a_life(sandbox: CognitoraSandbox) -> None:
    assert sandbox.find("s") is None
    made = sandbox.create("s", agent_id="a", env={"NAME": "value"})
    assert (made.session_id, made.agent_id, made.generation, made.state) == ("s", "a", 1, "running")
    assert sandbox.create("s", agent_id="a", env={"NAME": "value"}) == made
    assert sandbox.find("s", agent_id="a", env={"NAME": "value"}) == made
    assert sandbox.get(made.provider_ref) == made
    with pytest.raises(SandboxError, match="made otherwise"):
        sandbox.create("s", agent_id="a", env={"NAME": "another"})
    script = 'echo "$NAME $(cat)"; echo e >&2; exit 3'
    ran = sandbox.exec(made, ["sh", "-c", script], stdin=b"given")
    assert (ran.exit_code, ran.stdout, ran.stderr) == (3, "value given\n", "e\n")
    assert not ran.timed_out
    sandbox.stop(made)
    stopped = sandbox.get(made.provider_ref)
    assert stopped is not None
    assert stopped.state == "exited"
    with pytest.raises(SandboxError, match="is gone"):
        sandbox.exec(made, ["true"])
    with pytest.raises(SandboxError, match="has ended"):
        sandbox.create("s", agent_id="a", env={"NAME": "value"})
    sandbox.destroy(made)
    again = sandbox.create("s", agent_id="a", generation=2)
    assert again.provider_ref != made.provider_ref
    sandbox.destroy(again)


def test_limits_of_commands(sandbox: CognitoraSandbox) -> None:
    made = sandbox.create("s")
    late = sandbox.exec(made, ["sh", "-c", "echo begun; sleep 60"], timeout=1)
    assert (late.exit_code, late.stdout, late.timed_out) == (124, "begun\n", True)
    long = sandbox.exec(made, ["sh", "-c", "echo 12345678"], max_output_bytes=4)
    assert (long.stdout, long.output_limited) == ("1234", True)
    missing = sandbox.exec(made, ["nosuch"])
    assert missing.exit_code == 127
    assert "nosuch" in missing.stderr


def test_of_two_that_are_made_at_once_one_is_left(
    client: Cognitora, sandbox: CognitoraSandbox
) -> None:
    async def both() -> set[str]:
        made = await asyncio.gather(*(sandbox.acreate("s") for _ in range(2)))
        return {each.provider_ref for each in made}

    (left,) = asyncio.run(both())
    running = [
        each.id
        for each in client.containers.list_containers()
        if str(each.status) in ("PENDING", "RUNNING")
    ]
    assert running == [left]


def test_another_namespace_has_its_own(client: Cognitora, sandbox: CognitoraSandbox) -> None:
    made = sandbox.create("s")
    other = CognitoraSandbox(client, IMAGE, memory_mb=128, namespace=secrets.token_hex(4))
    assert other.find("s") is None
    with pytest.raises(SandboxError, match="no sandbox of this namespace"):
        other.get(made.provider_ref)
    assert other.get("ctr_none") is None


def test_the_program_of_the_docs(client: Cognitora) -> None:
    found: dict[str, Any] = {}
    exec(snippet("Agno's sandboxes"), found)
    assert found["version"](client, IMAGE).startswith("Python 3.")
