"""The errors of the API: one tree, told apart by meaning, with the facts as attributes.

Written by hand, copied here by `make generate`.
"""

from __future__ import annotations

from typing import Any

LONGEST = 10_000
"""Characters of a message. What code raised in the sandbox may be of any length; `result` has it whole."""


class CognitoraError(Exception):
    """What every error of this SDK is.

    All errors have all attributes, whatever went wrong, so a handler can read them untested.

    Attributes:
        message: What happened and, where something can be done about it, what to do.
        status_code: The HTTP status; 0 where no answer was the trouble.
        code: The server's word for the problem, such as `"session_not_found"`; None if it gave none.
        request_id: The server's name for the request, to quote to support; None if it gave none.
        retry_after: Seconds that the server asked to wait before another try; None if it did not.
        response_data: The body of the answer: decoded JSON, else text; None if there was none.
        operation: The call in the contract's words, such as `"execute_code"`; None outside a call.
        attempts: How many times the request was sent out for this call.
        is_retryable: Whether the same call may well succeed a little later.
        may_have_run: Whether the server may have done the work in spite of the error. Before you
            repeat a call that runs code, look here: False means that nothing happened.
        last: Of a wait, the last state seen, such as an `Execution`; None if none was.
    """

    def __init__(
        self,
        message: str = "",
        status_code: int = 0,
        response_data: Any = None,
        *,
        code: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        operation: str | None = None,
        attempts: int = 0,
        is_retryable: bool = False,
        may_have_run: bool = False,
        last: Any = None,
    ) -> None:
        message = _cut(message)
        super().__init__(message)
        self.message = message
        self.status_code = status_code
        self.response_data = response_data
        self.code = code
        self.request_id = request_id
        self.retry_after = retry_after
        self.operation = operation
        self.attempts = attempts
        self.is_retryable = is_retryable
        self.may_have_run = may_have_run
        self.last = last

    def __str__(self) -> str:
        facts = [
            f"HTTP {self.status_code}" if self.status_code else None,
            self.operation,
            self.code,
            f"request {self.request_id}" if self.request_id else None,
            f"{self.attempts} attempts" if self.attempts > 1 else None,
        ]
        known = ", ".join(fact for fact in facts if fact)
        first, newline, rest = self.message.partition("\n")
        return f"{first} [{known}]{newline}{rest}" if known else self.message

    def __reduce__(self) -> tuple[Any, ...]:
        # An exception's own pickling replays the positional arguments alone.
        return (_restore, (type(self), self.message), self.__dict__.copy())


def _cut(message: str) -> str:
    """A message that is too long without its middle: tracebacks tell most at their ends."""
    left_out = len(message) - LONGEST
    if left_out <= 0:
        return message
    half = LONGEST // 2
    return f"{message[:half]}\n… {left_out:,} characters left out …\n{message[-half:]}"


def _restore(kind: type[CognitoraError], message: str) -> CognitoraError:
    return kind(message)


class InvalidRequestError(CognitoraError, ValueError):
    """The call was found wrong before anything was sent: an argument, a missing key, a file."""


class UnsupportedError(CognitoraError):
    """The server doesn't announce the extension of the contract that the call needs."""


class APIError(CognitoraError):
    """The server answered with an error status. Its subclasses tell the usual ones apart."""


class BadRequestError(APIError):
    """400, 413 or 422: the server refuses the request as it is; sending it again won't help."""


class AuthenticationError(APIError):
    """401: the API key is missing, wrong or expired."""


class PaymentRequiredError(APIError):
    """402: the account lacks the credits."""


class PermissionDeniedError(APIError):
    """403: the API key is good but may not do this."""


class NotFoundError(APIError):
    """404 or 410: the session, container or execution doesn't exist, or no longer."""


class ConflictError(APIError):
    """409: the thing is in a state that doesn't allow this now."""


class RateLimitError(APIError):
    """429: too many requests; `retry_after` says when to come back, if the server did."""


class ServerError(APIError):
    """5xx: the server, or a proxy before it, failed."""


class APIConnectionError(CognitoraError):
    """No answer: no connection could be made, or it broke before the answer was complete."""


class APITimeoutError(APIConnectionError):
    """No complete answer within the call's deadline."""


class InvalidResponseError(CognitoraError):
    """The server reported success with an answer that can't be read."""


for _kind in [*globals().values()]:
    if isinstance(_kind, type) and issubclass(_kind, CognitoraError):
        _kind.__module__ = "cognitora"  # where it is imported from, for tracebacks and pickles
