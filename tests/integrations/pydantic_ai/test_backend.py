"""The workspace, held against the framework's own suite."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from pydantic_ai.workspaces import WorkspaceBackend, WorkspaceRef
from pydantic_ai.workspaces.conformance import WorkspaceBackendSuite

from cognitora import CognitoraAsync
from cognitora.integrations.pydantic_ai import CognitoraBackend
from tests.conftest import Runtime
from tests.integrations.snippets import IMAGE


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def client(runtime: Runtime) -> AsyncIterator[CognitoraAsync]:
    async with CognitoraAsync(runtime.api_key, runtime.base_url) as client:
        yield client


async def test_a_program_that_is_not_there_is_told(client: CognitoraAsync) -> None:
    backend = CognitoraBackend(client)
    done = await backend.run(["no-such-program"])
    assert done.exit_code == 127
    assert "no-such-program" in done.stderr


class TestSession(WorkspaceBackendSuite):
    @pytest.fixture
    def backend(self, fresh_backend: Callable[[], WorkspaceBackend]) -> WorkspaceBackend:
        return fresh_backend()

    @pytest.fixture
    def fresh_backend(self, client: CognitoraAsync) -> Callable[[], WorkspaceBackend]:
        return lambda: CognitoraBackend(client)

    @pytest.fixture
    def attach_backend(self, client: CognitoraAsync) -> Callable[[WorkspaceRef], WorkspaceBackend]:
        return lambda ref: CognitoraBackend(client, ref)

    @pytest.fixture
    def destroy_environment(
        self, client: CognitoraAsync
    ) -> Callable[[WorkspaceBackend], Awaitable[None]]:
        async def destroy(backend: WorkspaceBackend) -> None:
            assert backend.ref is not None
            kind, _, ident = backend.ref.id.partition("/")
            if kind == "session":
                await client.code_interpreter.delete_session(ident)
            else:
                await client.containers.cancel_container(ident)

        return destroy


class TestContainer(TestSession):
    @pytest.fixture
    async def client(self, container_runtime: Runtime) -> AsyncIterator[CognitoraAsync]:
        async with CognitoraAsync(container_runtime.api_key, container_runtime.base_url) as client:
            yield client

    @pytest.fixture
    def fresh_backend(self, client: CognitoraAsync) -> Callable[[], WorkspaceBackend]:
        make = client.containers.container
        return lambda: CognitoraBackend(client, make=lambda: make(IMAGE, 1, 256, 100))


async def test_a_file_that_is_too_large_is_an_error_of_files(
    client: CognitoraAsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cognitora.integrations.pydantic_ai.files.MOST_BYTES", 1000)
    backend = CognitoraBackend(client)
    await backend.write_bytes("/work/fits", bytes(1000))
    await backend.write_bytes("/work/large", bytes(1001))
    assert await backend.read_bytes("/work/fits") == bytes(1000)
    with pytest.raises(OSError, match="File too large"):
        await backend.read_bytes("/work/large")
