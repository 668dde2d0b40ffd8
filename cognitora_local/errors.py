"""The one exception that becomes an error answer."""

from __future__ import annotations

from collections.abc import Mapping


class ApiError(Exception):
    """A request that is refused, with what the caller needs to mend it.

    Args:
        status: the HTTP status of the answer.
        code: a stable word for programs, such as ``session_not_found``.
        message: a sentence for a person: what is wrong, and what to do.
        headers: extra headers of the answer, such as ``Allow``.
    """

    def __init__(
        self, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


def bad_request(message: str, code: str = "invalid_request") -> ApiError:
    """A 400: the request can never succeed as it is."""
    return ApiError(400, code, message)


def not_found(code: str, message: str) -> ApiError:
    """A 404: what the request names isn't here, or is here no longer."""
    return ApiError(404, code, message)


def not_implemented(message: str) -> ApiError:
    """A 501: the contract knows it, this runtime doesn't do it yet."""
    return ApiError(501, "not_implemented", message)


def too_large(code: str, message: str) -> ApiError:
    """A 413: the request, or a part of it, is longer than the runtime takes."""
    return ApiError(413, code, message)
