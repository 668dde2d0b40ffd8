"""Sandboxes for Deep Agents Code, made, found and deleted by their ids."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from deepagents_code.integrations.sandbox_provider import (
    SandboxNotFoundError,
    SandboxProvider,
    SandboxProviderMetadata,
)

from ... import Cognitora, NotFoundError
from ...config import is_local
from ..deepagents import CognitoraSandbox

LABEL = {"made-for": "deepagents-code"}


class CognitoraProvider(SandboxProvider):
    """Sessions as sandboxes: on the cloud with `COGNITORA_API_KEY`, else on this machine.

    A sandbox on this machine lasts as long as this program.
    """

    def __init__(self) -> None:
        self._client: Cognitora | None = None

    @property
    def metadata(self) -> SandboxProviderMetadata:
        """What the program is told of it."""
        return SandboxProviderMetadata(name="cognitora", working_dir="/work")

    def get_or_create(self, *, sandbox_id: str | None = None, **kwargs: Any) -> CognitoraSandbox:
        """A session that is there, by its id, or a new one.

        Args:
            sandbox_id: The session's id.
            kwargs: What `client.code_interpreter.session(...)` takes, for a new one.

        Raises:
            SandboxNotFoundError: There is no session of that id.
            CognitoraError: The call failed otherwise.
        """
        sessions = self._opened().code_interpreter
        if sandbox_id is None:
            return CognitoraSandbox(sessions.session(**{"metadata": LABEL, **kwargs}).open())
        try:
            return CognitoraSandbox(sessions.attach(sandbox_id))
        except NotFoundError as error:
            raise SandboxNotFoundError(str(error)) from error

    def delete(self, *, sandbox_id: str, **kwargs: Any) -> None:
        """Deletes a session, with its files; one that is gone already is no error.

        Args:
            sandbox_id: The session's id.
            kwargs: Nothing that matters here.

        Raises:
            CognitoraError: The call failed.
        """
        with suppress(NotFoundError):
            self._opened().code_interpreter.delete_session(sandbox_id)

    def close(self) -> None:
        """Closes the connections, and ends the sandboxes on this machine."""
        if self._client is not None:
            self._client.close()

    def _opened(self) -> Cognitora:
        if self._client is None:
            self._client = Cognitora.local() if is_local() else Cognitora()
        return self._client
