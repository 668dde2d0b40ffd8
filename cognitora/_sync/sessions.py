# Derived from ../_async/sessions.py by `make generate`: change that, not this.
"""Sessions: sandboxes that keep variables, imports and files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from cognitora_openapi.api.interpreter import (
    create_session,
)
from cognitora_openapi.models import CreateSessionRequest, Session

from .. import answers, requests
from ..checks import given
from ..deadline import CLEANUP_SECONDS
from ..errors import CognitoraError, NotFoundError
from ..leftovers import remains
from ..threads import acquire
from .operations.interpreter import InterpreterOperations

if TYPE_CHECKING:
    from cognitora_openapi.models import Language, SessionResourcesRequest


class Sessions(InterpreterOperations):
    """The part of the interpreter that keeps sessions."""

    def create_session(
        self,
        language: Language | str = "python",
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        environment: Mapping[str, str] | None = None,
        resources: Mapping[str, float] | SessionResourcesRequest | None = None,
        *,
        request_timeout: float | None = None,
    ) -> Session:
        """Creates a session: a sandbox that keeps variables, imports and files until it ends.

        `session` does the same and deletes it in the end.

        Args:
            language: The one language of the session.
            timeout_seconds: How long the session lives, in seconds; by default one day.
            expires_at: When it ends, instead: a datetime with a time zone, or ISO 8601 text.
            environment: Environment variables of the session.
            resources: What it may use: `cpu_cores`, `memory_mb` (MiB), `storage_gb` (GiB).
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The session; its `session_id` is what `execute` takes.

        Raises:
            CognitoraError: The call failed.
        """
        request = CreateSessionRequest(
            language=given(language),
            timeout_seconds=given(timeout_seconds),
            expires_at=given(expires_at),
            environment=given(environment),
            resources=given(resources),
        )
        built = create_session._get_kwargs(body=requests.session(request))

        def create() -> Session:
            response = self._wire.call("create_session", built, request_timeout)
            return answers.one(response, Session, "data")

        return acquire(create, self._discard)

    def _discard(self, session: Session) -> str:
        """Deletes a session that nobody waits for any more; what has become of it, as a sentence."""
        name = session.session_id
        try:
            self.delete_session(name, request_timeout=CLEANUP_SECONDS)
        except NotFoundError:
            fate = "It is gone."
        except CognitoraError as error:
            fate = remains("session", name, error)
        else:
            fate = "It was deleted."
        return f"Session {name}: {fate}"
