# Derived from ../_async/interpreter.py by `make generate`: change that, not this.
"""The code interpreter: runs code, once or in sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from cognitora_openapi.models import Session

from .session import InterpreterSession, session_of
from .session_files import SessionFiles

if TYPE_CHECKING:
    from cognitora_openapi.models import Language, SessionResourcesRequest


class CodeInterpreter(SessionFiles):
    """Runs Python, JavaScript and Bash in sandboxes; reached as `client.code_interpreter`.

    Every method takes `request_timeout=`, the seconds after which the call is given up, over all its
    attempts, and raises a `CognitoraError` when the call fails: an `InvalidRequestError` before anything
    is sent, else an `APIError` by the server's status, an `APIConnectionError` or `APITimeoutError` where
    there was no answer, an `InvalidResponseError` where it can't be read. Code that fails is no error:
    see `ExecuteCodeResponse`.
    """

    def session(
        self,
        language: Language | str = "python",
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        environment: Mapping[str, str] | None = None,
        resources: Mapping[str, float] | SessionResourcesRequest | None = None,
        *,
        metadata: Mapping[str, str] | None = None,
        image: None = None,
        networking: bool | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> InterpreterSession:
        """A session for a `with` block: created on entering, deleted on every way out.

        The arguments are those of `create_session`.

        Args:
            language: The one language of the session.
            timeout_seconds: How long the session lives at most, in seconds; by default one day.
            expires_at: When it ends at the latest, instead: a datetime with a time zone, or text.
            environment: Environment variables of the session.
            resources: What it may use: `cpu_cores`, `memory_mb` (MiB), `storage_gb` (GiB).
            metadata: Words of your own about it, by name; lists can be filtered by them.
            image: Refused: a session runs the service's own; `containers.container(image, …)` runs yours.
            networking: Whether its code may reach the internet at all; None means True. With False no
                execution has networking.
            egress: What of the outside its code may reach with networking, as `create_session` has it.
            request_timeout: Seconds to wait for it to be created, instead of the client's `timeout`.

        Returns:
            The session, with `run`, `upload`, `download` and `close`.
        """

        def create() -> Session:
            return self.create_session(
                language,
                timeout_seconds,
                expires_at,
                environment,
                resources,
                metadata=metadata,
                image=image,
                networking=networking,
                egress=egress,
                request_timeout=request_timeout,
            )

        return InterpreterSession(self, create, language)

    def attach(
        self, session_id: str, *, request_timeout: float | None = None
    ) -> InterpreterSession:
        """Takes hold of a session that lives already, by whomever it was made.

        Args:
            session_id: The session's id.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The session, open. It goes on unless it is closed, as by leaving a `with` block of it.

        Raises:
            NotFoundError: There is no such session, or no longer.
            CognitoraError: The call failed otherwise.
        """
        found = self.get_session(session_id, request_timeout=request_timeout)

        def known() -> Session:
            return session_of(found)

        return InterpreterSession(self, known, str(found.language)).open()
