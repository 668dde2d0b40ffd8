"""What becomes an error answer: one exception of ours, and all those that nobody foresaw."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException

from ..engine import EngineError
from ..sandbox import NoRoom, SandboxError, Unsupported
from ..store.connection import RecordsError, Unusable
from ..store.pages import UnknownEntry

ROOM_SECONDS = 5
"""After which a caller may ask again for a sandbox that there was no room for."""


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


def too_many(code: str, message: str, *, seconds: int) -> ApiError:
    """A 429: as many as the runtime takes at once are here; ask again after so many seconds."""
    return ApiError(429, code, message, headers={"Retry-After": str(seconds)})


def unavailable(code: str, message: str) -> ApiError:
    """A 503: it can be done again once something on the machine was mended."""
    return ApiError(503, code, message, headers={"Retry-After": "5"})


def is_full(error: BaseException) -> bool:
    """Whether it says that the disk is full."""
    if isinstance(error, Unusable):
        return error.full
    return isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}


def from_exception(error: Exception, request_id: str) -> ApiError:
    """The error answer for any exception; one that nobody foresaw tells nothing of the inside."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, HTTPException) and error.status_code == 404:
        return ApiError(404, "unknown_path", "There is nothing at this path. Check the base URL.")
    if isinstance(error, HTTPException) and error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "")
        message = f"This path doesn't take that method; it takes {allowed}."
        return ApiError(405, "method_not_allowed", message, headers={"Allow": allowed})
    if isinstance(error, UnknownEntry):
        return bad_request(str(error))
    if isinstance(error, Unsupported):
        return bad_request(str(error), "unsupported")
    if isinstance(error, NoRoom):
        return too_many("no_room", str(error), seconds=ROOM_SECONDS)
    if isinstance(error, SandboxError):  # a promise that can't be kept: nothing was run with less
        return ApiError(503, "sandbox_unavailable", str(error))
    if isinstance(error, EngineError):
        return ApiError(503, "engine_unavailable", str(error))
    if is_full(error):
        message = "The disk that the runtime keeps its data on is full, so this wasn't done."
        return unavailable("disk_full", f"{message} Delete sessions or containers, or make room.")
    if isinstance(error, RecordsError):
        message = f"The records can't be used now ({error}), so this wasn't done."
        return unavailable("records_unavailable", f"{message} Ask again in a moment.")
    message = f"Something went wrong in the runtime. Its log has the details under {request_id}."
    return ApiError(500, "internal", message)


def error_body(error: ApiError, request_id: str) -> dict[str, Any]:
    return {"error": error.message, "code": error.code, "request_id": request_id}


def shutting_down() -> ApiError:
    return ApiError(503, "unavailable", "The runtime is shutting down. Start it again.")
