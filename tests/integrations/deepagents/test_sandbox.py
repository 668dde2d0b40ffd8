"""The sandbox, held against the framework's own suite."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from deepagents.backends.protocol import SandboxBackendProtocol
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_tests.integration_tests import SandboxIntegrationTests
from pydantic import Field

from cognitora import Cognitora, NotFoundError
from cognitora.integrations import descriptions
from cognitora.integrations.deepagents import CognitoraSandbox
from tests.conftest import Runtime
from tests.integrations.snippets import IMAGE, WAYS_OUT, WAYS_OUT_CODE, snippet


class TestSession(SandboxIntegrationTests):
    @pytest.fixture(scope="class")
    def sandbox(self, runtime: Runtime) -> Iterator[SandboxBackendProtocol]:
        with (
            Cognitora(runtime.api_key, runtime.base_url) as client,
            client.code_interpreter.session() as session,
        ):
            yield CognitoraSandbox(session)


def test_a_command_that_takes_too_long_is_stopped_and_what_it_printed_stays(
    runtime: Runtime,
) -> None:
    with (
        Cognitora(runtime.api_key, runtime.base_url) as client,
        client.code_interpreter.session() as session,
    ):
        sandbox = CognitoraSandbox(session)
        done = sandbox.execute("echo so far; sleep 600", timeout=1)
        assert done.output.startswith("so far\n")
        assert done.exit_code == 124


class TestContainer(SandboxIntegrationTests):
    @pytest.fixture(scope="class")
    def sandbox(self, container_runtime: Runtime) -> Iterator[SandboxBackendProtocol]:
        with (
            Cognitora(container_runtime.api_key, container_runtime.base_url) as client,
            client.containers.container(IMAGE, 1, 256, 100) as container,
        ):
            yield CognitoraSandbox(container)


def test_a_container_without_a_shell_is_told(container_runtime: Runtime) -> None:
    with (
        Cognitora(container_runtime.api_key, container_runtime.base_url) as client,
        client.containers.container(IMAGE, 1, 256, 100) as container,
    ):
        assert container.run(["rm", "/bin/sh"]).exit_code == 0
        done = CognitoraSandbox(container).execute("echo 1")
        assert (done.output, done.exit_code) == ("The command sh isn't in the image.", 127)


class Script(GenericFakeChatModel):
    """A model that says what it was given to say, and keeps what it was told."""

    told: list[Any] = Field(default_factory=list)

    def bind_tools(self, tools: Any, **_: Any) -> Any:
        return self

    def _generate(self, messages: Any, *arguments: Any, **options: Any) -> Any:
        self.told.append(messages)
        return super()._generate(messages, *arguments, **options)


def test_the_documented_program_runs() -> None:
    found: dict[str, Any] = {}
    exec(snippet("Deep Agents"), found)
    call = {"name": "execute", "args": {"command": "pwd; expr 6 \\* 7"}, "id": "call_1"}
    says = [AIMessage(content="", tool_calls=[call]), AIMessage(content="It is 42.")]
    model = Script(messages=iter(says))
    assert found["ask"](model, "What is 6 times 7?") == "It is 42."
    assert "/work\n42\n" in model.told[-1][-1].content


def test_commands_in_a_session_reach_no_network(runtime: Runtime) -> None:
    assert "Commands reach no network" in descriptions.SANDBOX
    with (
        Cognitora(runtime.api_key, runtime.base_url) as client,
        client.code_interpreter.session() as session,
    ):
        assert CognitoraSandbox(session).execute(WAYS_OUT).output == "0\n"
        assert session.run(WAYS_OUT_CODE).text != "0"


def test_a_file_that_is_too_large_does_not_keep_the_others(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cognitora.integrations.deepagents.sandbox.MOST_BYTES", 1000)
    with (
        Cognitora(runtime.api_key, runtime.base_url) as client,
        client.code_interpreter.session() as session,
    ):
        sandbox = CognitoraSandbox(session)
        sandbox.execute("head -c 1000 /dev/zero > fits; head -c 1001 /dev/zero > large")
        large, fits = sandbox.download_files(["/work/large", "/work/fits"])
        assert (large.content, fits.content, fits.error) == (None, bytes(1000), None)
        assert "more than 1,000 bytes" in str(large.error)


def test_a_sandbox_that_has_ended_is_an_error_and_no_missing_file(runtime: Runtime) -> None:
    with Cognitora(runtime.api_key, runtime.base_url) as client:
        session = client.code_interpreter.session().open()
        sandbox = CognitoraSandbox(session)
        client.code_interpreter.delete_session(session.id)
        with pytest.raises(NotFoundError):
            sandbox.execute("true")
        with pytest.raises(NotFoundError):
            sandbox.download_files(["/work/a"])
