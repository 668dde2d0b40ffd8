"""What is imported when, and what is public."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

import cognitora

PUBLISHED = (
    "Cognitora CodeInterpreter AsyncCodeInterpreter Containers AsyncContainers ExecuteCodeRequest "
    "ExecuteCodeResponse CreateSessionRequest Session SessionDetails ComputeExecutionRequest "
    "PersistentContainerRequest ContainerExecRequest ContainerExecResponse ContainerUpdateRequest "
    "ContainerUpdateResponse PersistentContainer Execution FileUpload CognitoraError APIError "
    "AuthenticationError RateLimitError"
).split()


def imported(program: str) -> set[str]:
    """The modules that are loaded when a program has run."""
    program += "\nimport sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_importing_the_package_imports_nothing() -> None:
    bare = imported("")
    ours = imported("import cognitora") - bare
    assert {name for name in ours if not name.startswith("cognitora")} <= {"__future__"}


def test_importing_the_client_imports_no_http_library() -> None:
    loaded = imported("from cognitora import Cognitora, CognitoraError, FileUpload")
    assert loaded.isdisjoint({"httpx", "httpcore", "anyio", "asyncio", "dateutil", "ssl"})


def test_a_call_imports_no_other_http_library() -> None:
    call = (
        "from cognitora import Cognitora, APIConnectionError\n"
        "client = Cognitora('key', base_url='http://127.0.0.1:9')\n"
        "try: client.code_interpreter.run_python('1')\n"
        "except APIConnectionError: print('called')\n"
        "client.containers.list_containers"
    )
    loaded = imported(call)
    assert "called" in loaded
    assert loaded.isdisjoint({"httpx", "httpcore", "anyio", "click", "rich"})


def test_a_sync_program_needs_neither_dateutil_nor_the_runtime() -> None:
    loaded = imported("from cognitora import Cognitora\nCognitora('key').close()")
    assert loaded.isdisjoint({"dateutil", "cognitora_local", "starlette", "httpcore"})


def test_dateutil_is_imported_for_times_as_text_alone() -> None:
    check = "from cognitora.validation import moment\nfrom datetime import *\n"
    assert "dateutil" not in imported(check + "moment('x', datetime.now(UTC))")
    assert "dateutil" in imported(check + "moment('x', '2030-01-01T00:00:00Z')")


@pytest.mark.parametrize("name", cognitora.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(cognitora, name) is getattr(cognitora, name)
    assert name in dir(cognitora)


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_names_of_the_published_client_are_there(name: str) -> None:
    assert name in cognitora.__all__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Cognitor'"):
        cognitora.Cognitor  # type: ignore[attr-defined]  # noqa: B018 - that is the test


def test_the_data_classes_of_the_readme_can_be_made() -> None:
    request = cognitora.ExecuteCodeRequest(
        code="print('Hello')", language="python", networking=True
    )
    container: Any = cognitora.ComputeExecutionRequest(
        image="python:3.11",
        command=["python", "-c", "print('test')"],
        cpu_cores=1.0,
        memory_mb=512,
        max_cost_credits=5,
        networking=False,
    )
    file = cognitora.FileUpload(name="a", content="b", encoding="string")
    assert (request.code, container.memory_mb, file.content) == ("print('Hello')", 512, "b")
