"""The session or container behind a workspace: made, or found again, once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pydantic_ai.workspaces import WorkspaceRef, WorkspaceUnavailableError

from ... import CognitoraError, InvalidRequestError
from ..gone import is_gone

if TYPE_CHECKING:
    from ... import AsyncContainer, CognitoraAsync
    from ..commands import Sandbox

PROVIDER = "cognitora"


class Environment:
    """A sandbox that is made, or attached to, when it is first needed.

    Attributes:
        ref: What it is found by; None until there is one.
    """

    def __init__(
        self, client: CognitoraAsync, ref: WorkspaceRef | None, make: Callable[[], Sandbox] | None
    ) -> None:
        if ref is not None and (ref.provider != PROVIDER or "/" not in ref.id):
            raise InvalidRequestError(f"{ref!r} is no workspace of Cognitora.")
        self.client = client
        self.ref = ref
        self._make = make or client.code_interpreter.session
        self._opening: asyncio.Task[Sandbox] | None = None

    async def sandbox(self) -> Sandbox:
        """The sandbox itself.

        Raises:
            WorkspaceUnavailableError: It has ended.
            CognitoraError: It could not be made, or asked for; the next call tries again.
        """
        if self._opening is None or _failed(self._opening):
            self._opening = asyncio.create_task(self._opened())
        # Who is cancelled doesn't take from others what is being made, nor loses it.
        return await asyncio.shield(self._opening)

    @property
    def is_container(self) -> bool:
        """Whether it is a container."""
        return self.ref is not None and self.ref.id.startswith("container/")

    async def _opened(self) -> Sandbox:
        if self.ref is None:
            made = await self._make().open()
            kind = "session" if hasattr(made, "session_id") else "container"
            self.ref = WorkspaceRef(provider=PROVIDER, id=f"{kind}/{made.id}")
            return made
        kind, _, ident = self.ref.id.partition("/")
        with unavailable():
            if kind == "session":
                return await self.client.code_interpreter.attach(ident)
            return await self._attached(ident)

    async def _attached(self, ident: str) -> AsyncContainer:
        container = await self.client.containers.attach(ident)
        if str(container.info.status) not in ("PENDING", "RUNNING"):
            raise WorkspaceUnavailableError(f"Container {ident} has ended: {container.info.reason}")
        return container


@contextmanager
def unavailable() -> Generator[None]:
    """Says in the framework's words that a sandbox has ended."""
    try:
        yield
    except CognitoraError as error:
        if is_gone(error):
            raise WorkspaceUnavailableError(str(error)) from error
        raise


def _failed(opening: asyncio.Task[Sandbox]) -> bool:
    return opening.done() and (opening.cancelled() or opening.exception() is not None)
