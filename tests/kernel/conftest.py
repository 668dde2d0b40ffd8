"""Kernels in real sandboxes, closed with the test that started them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cognitora_local.kernel import Caps, Kernel, Outcome, Output
from cognitora_local.sandbox import Host, Limits, Sandbox


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One event loop for the whole folder, since a host and its sandboxes belong to one."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def host(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Host]:
    host = await Host.probe(tmp_path_factory.mktemp("kernels") / "data")
    yield host
    await host.close()


class Session:
    """A kernel, with an `execute` that needs but the code."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel

    async def run(
        self,
        code: str,
        *,
        timeout_seconds: float = 30,
        networking: bool = False,
        environment: Mapping[str, str] | None = None,
        program: bool = False,
        stdin: bytes = b"",
        on_output: Callable[[Output], None] | None = None,
    ) -> Outcome:
        return await self.kernel.execute(
            code,
            timeout_seconds=timeout_seconds,
            networking=networking,
            environment=environment or {},
            program=program,
            stdin=stdin,
            on_output=on_output,
        )

    async def value(self, expression: str) -> str:
        """The expression's result as text; it must be all that the code shows."""
        outcome = await self.run(expression)
        assert [output.type for output in outcome.outputs] == ["execution_result"], outcome
        return str(outcome.outputs[0].data)

    async def until_output(self, code: str, text: str, **options: Any) -> asyncio.Task[Outcome]:
        """Start the code, and return when it has printed `text`."""
        seen, printed = "", asyncio.Event()

        def watch(output: Output) -> None:
            nonlocal seen
            seen += str(output.data)
            if text in seen:
                printed.set()

        task = asyncio.create_task(self.run(code, on_output=watch, **options))
        waiting = asyncio.create_task(printed.wait())
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        assert printed.is_set(), task.result()
        return task


Start = Callable[..., Awaitable[Session]]


@pytest_asyncio.fixture(loop_scope="session")
async def start(host: Host, tmp_path: Path) -> AsyncIterator[Start]:
    async with AsyncExitStack() as stack:

        async def start_one(
            *,
            limits: Limits = Limits(),
            environment: Mapping[str, str] | None = None,
            caps: Caps = Caps(),
            language: str = "python",
            folder: str = "work",
        ) -> Session:
            kernel = await Kernel.start(
                host,
                language=language,
                folder=tmp_path / folder,
                limits=limits,
                environment=environment or {},
                name="test",
                caps=caps,
            )
            stack.push_async_callback(kernel.close)
            return Session(kernel)

        yield start_one


@pytest_asyncio.fixture(loop_scope="session")
async def session(start: Start) -> Session:
    return await start()


def sandbox_of(kernel: Kernel) -> Sandbox:
    """The kernel's sandbox, which is on this machine."""
    assert isinstance(kernel._sandbox, Sandbox)
    return kernel._sandbox


def text(outcome: Outcome, stream: str = "stdout") -> str:
    """All that went to a stream."""
    return "".join(str(output.data) for output in outcome.outputs if output.type == stream)


def shown(outcome: Outcome) -> list[tuple[str, Any]]:
    """Type and data of each output."""
    return [(output.type, output.data) for output in outcome.outputs]
