"""The errors that the SDK raises: one tree, told apart by meaning, with the facts as attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from cognitora_openapi.errors import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    CognitoraError,
    ConflictError,
    InvalidRequestError,
    InvalidResponseError,
    NotFoundError,
    PaymentRequiredError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    UnsupportedError,
)

if TYPE_CHECKING:
    from .results import (
        ContainerExecResponse,
        ContainerExecution,
        ExecuteCodeResponse,
        Execution,
        InterpreterExecution,
        ProcessInfo,
        RunResult,
    )
    from .results.processes import ProcessResult

    Failed: TypeAlias = (
        ExecuteCodeResponse
        | InterpreterExecution
        | RunResult
        | Execution
        | ContainerExecution
        | ContainerExecResponse
        | ProcessInfo
        | ProcessResult
    )

__all__ = [
    "APIConnectionError",
    "APIError",
    "APITimeoutError",
    "AuthenticationError",
    "BadRequestError",
    "CognitoraError",
    "ConflictError",
    "ExecutionError",
    "FileTooLargeError",
    "InvalidRequestError",
    "InvalidResponseError",
    "NotFoundError",
    "PaymentRequiredError",
    "PermissionDeniedError",
    "RateLimitError",
    "ServerError",
    "StreamTruncatedError",
    "UnsupportedError",
    "WaitTimeoutError",
]


class WaitTimeoutError(CognitoraError, TimeoutError):
    """What was waited for has not finished in time; `last` is how it stood."""


class ExecutionError(CognitoraError):
    """The code or the command itself failed; raised by `raise_for_error()` alone.

    For code the message ends with the traceback from the sandbox and, where that doesn't tell it, with the
    reason; for a container it says the reason and ends with the last lines that were printed.

    Attributes:
        result: What `raise_for_error()` was called on, with whatever was printed before it failed.
    """

    def __init__(
        self,
        message: str = "",
        *,
        result: Failed | None = None,
        **facts: Any,
    ) -> None:
        super().__init__(message, **facts)
        self.result = result

    def __str__(self) -> str:
        # The call went well: what failed has no more to tell, and ends with its own words.
        return self.message


class StreamTruncatedError(CognitoraError):
    """A stream ended before its end.

    Attributes:
        received: What had arrived until then.
    """

    def __init__(self, message: str = "", *, received: Any = None, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.received = received


class FileTooLargeError(CognitoraError):
    """A file of a sandbox has more bytes than were asked for by `max_bytes`; reading it was ended there."""


for _kind in (WaitTimeoutError, ExecutionError, StreamTruncatedError, FileTooLargeError):
    _kind.__module__ = "cognitora"  # where it is imported from, for tracebacks and pickles
