"""Turns an answer that reports a failure into the error that the caller sees.

Written by hand, copied here by `make generate`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from .errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    NotFoundError,
    PaymentRequiredError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
)
from .operations import NAMES

_CAMEL_CASE = re.compile(r"\b[a-z]+[A-Z]\w*")

KINDS: dict[int, type[APIError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    402: PaymentRequiredError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    410: NotFoundError,
    413: BadRequestError,
    422: BadRequestError,
    429: RateLimitError,
}

IN_PROGRESS = "in_progress"
"""The code of a 409 that says: the first call with this idempotency key is still running."""

FIELD = re.compile(r"`[a-z]+(?:[A-Z][a-z]+)+`")
"""A field's name as a server may have it: `memoryMb`, which is `memory_mb` in Python."""

CAPITAL = re.compile("[A-Z]")


def error_of(status: int, headers: Mapping[str, str], body: bytes, *, path: str) -> APIError:
    """The error for an answer that is not of status 2xx.

    Args:
        status: Its status.
        headers: Its headers.
        body: Its body, whatever that is.
        path: Where the request went, with its method: for servers that don't say what was not found.
    """
    data = _data(body)
    message, code = _words(data)
    named = data.get("request_id") if isinstance(data, Mapping) else None
    kind = KINDS.get(status, ServerError if status >= 500 else APIError)
    return kind(
        _sentence(status, headers, message, code, data, path),
        status,
        data,
        code=code,
        request_id=headers.get("x-request-id") or (str(named) if named else None),
        retry_after=retry_after(headers.get("retry-after")),
        is_retryable=is_retryable(status, code),
        may_have_run=may_have_run(status, code),
    )


def is_retryable(status: int, code: str | None = None) -> bool:
    """Whether the same request may succeed a little later. 501 and 505 say themselves that it won't."""
    if status == 409:
        return code == IN_PROGRESS
    return status in (408, 425, 429) or (status >= 500 and status not in (501, 505))


def may_have_run(status: int, code: str | None = None) -> bool:
    """Whether a server that answers so may have begun the work."""
    if status == 409:
        return code == IN_PROGRESS
    return status == 408 or (status >= 500 and status not in (501, 505))


def retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """The header `Retry-After` in seconds from now; None where it is absent or makes no sense."""
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            moment = parsedate_to_datetime(value)
        except (ValueError, OverflowError):
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        seconds = (moment - (now or datetime.now(UTC))).total_seconds()
        return max(0.0, seconds)
    return seconds if 0 <= seconds < float("inf") else None


def _data(body: bytes) -> Any:
    """The body as JSON, else as text; None where there is none."""
    if not body:
        return None
    text = body.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text[:10_000]


def _words(data: Any) -> tuple[str | None, str | None]:
    """The sentence and the code in the shapes that servers use."""
    if not isinstance(data, Mapping):
        return None, None
    inner = data.get("error")
    sources = [inner, data] if isinstance(inner, Mapping) else [data]
    texts = [inner, *(part.get(name) for part in sources for name in ("message", "detail"))]
    codes = [part.get("code") for part in sources]
    message = next((text for text in texts if isinstance(text, str) and text.strip()), None)
    if message is not None:
        message = FIELD.sub(lambda found: CAPITAL.sub(r"_\g<0>", found[0]).lower(), message)
    code = next((code for code in codes if isinstance(code, (str, int)) and code != ""), None)
    return message, None if code is None else str(code)[:200]


def _sentence(
    status: int,
    headers: Mapping[str, str],
    message: str | None,
    code: str | None,
    data: Any,
    path: str,
) -> str:
    if 300 <= status < 400:
        target = headers.get("location", "another address")
        return (
            f"The server redirects to {target}; redirects are not followed, so that the API key "
            "stays where it was meant to go. If the address is right, set base_url to it."
        )
    # A caller in Python has passed max_cost_credits, and knows no maxCostCredits.
    told = _CAMEL_CASE.sub(lambda found: NAMES.get(found[0], found[0]), message or "")
    text = told or f"{_phrase(status)} for {path}{_remains(data)}"
    if status == 401:
        return f"{text.rstrip('.')}. Check the API key: api_key=… or COGNITORA_API_KEY."
    # A server that gives a code knows what it is talking about; one that doesn't may have meant anything.
    if status == 404 and message and not code and path.rsplit("/", 1)[-1] not in message:
        return f"{text.rstrip('.')} ({path})."
    return text


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"Status {status}"


def _remains(data: Any) -> str:
    """What a body that explains nothing in the known ways still tells."""
    if data is None:
        return ", with no explanation"
    if not isinstance(data, str):
        return f": {json.dumps(data)[:300]}"
    title = re.search(r"<title[^>]*>\s*(.*?)\s*</title>", data, re.I | re.S)
    if title:
        return f", with an HTML page titled {title.group(1)[:100]!r}, perhaps of a proxy on the way"
    if data.lstrip().startswith("<"):
        return ", with an HTML page, perhaps of a proxy on the way"
    return f": {data.strip()[:300]}"
