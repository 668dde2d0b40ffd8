"""What every endpoint of the low-level client does with the network: it sends, and reads the answer.

All that goes wrong is one of the errors of `errors.py`. Written by hand, copied here by `make generate`.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any, TypeVar

import httpx

from .client import AuthenticatedClient, Client
from .errors import APIConnectionError, APITimeoutError, InvalidRequestError, InvalidResponseError
from .refusals import refusal
from .seconds import FILE_SECONDS, GRACE_SECONDS, RUN_SECONDS, USUAL_SECONDS
from .types import File

T = TypeVar("T")
AnyClient = AuthenticatedClient | Client

NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, RecursionError)


def send(client: AnyClient, operation: str, request: dict[str, Any]) -> httpx.Response:
    """Sends a request once and reads its answer.

    Raises:
        APIError: The server refused; the class tells why.
        APITimeoutError: It took longer than the client's `timeout`, by default 30 s without a word from the
            server, what code may take and 30 s for calls that run it, 600 s for files.
        APIConnectionError: There is no connection, or it broke.
    """
    failure: APIConnectionError | InvalidRequestError
    try:
        http = client.get_httpx_client()
        response = http.request(
            **request, timeout=_timeout(client, http.timeout, operation, request)
        )
    except httpx.HTTPError as error:
        failure = _broken(client, operation, error)
    except (httpx.InvalidURL, UnicodeError, RuntimeError) as error:
        failure = InvalidRequestError(f"It can't be sent: {error}.", operation=operation)
    else:
        return _accepted(client, operation, response)
    raise failure


async def async_send(client: AnyClient, operation: str, request: dict[str, Any]) -> httpx.Response:
    """The same on asyncio."""
    failure: APIConnectionError | InvalidRequestError
    try:
        http = client.get_async_httpx_client()
        timeout = _timeout(client, http.timeout, operation, request)
        response = await http.request(**request, timeout=timeout)
    except httpx.HTTPError as error:
        failure = _broken(client, operation, error)
    except (httpx.InvalidURL, UnicodeError, RuntimeError) as error:
        failure = InvalidRequestError(f"It can't be sent: {error}.", operation=operation)
    else:
        return _accepted(client, operation, response)
    raise failure


def parsed(
    client: AnyClient, operation: str, response: httpx.Response, read: Callable[[Any], T]
) -> T:
    """What an answer of any status 2xx holds.

    Raises:
        InvalidResponseError: It can't be read.
    """
    try:
        return read(response.json())
    except UNREADABLE as error:
        lacks = "it lacks " if isinstance(error, KeyError) else ""
        why = f"it is not what {operation} answers: {lacks}{error}"
    raise InvalidResponseError(
        _hidden(
            client,
            f"The server's answer can't be read: {why}. Is base_url the address of a "
            "Cognitora server?",
        ),
        response.status_code,
        _hidden(client, response.text[:10_000]) or None,
        request_id=response.headers.get("x-request-id"),
        operation=operation,
        attempts=1,
        may_have_run=True,
    )


def parsed_if_any(
    client: AnyClient, operation: str, response: httpx.Response, read: Callable[[Any], T]
) -> T | None:
    """The same where there need be no body: None then."""
    return parsed(client, operation, response, read) if response.content else None


def file(client: AnyClient, operation: str, response: httpx.Response) -> File:
    """The bytes that an answer holds."""
    return File(payload=BytesIO(response.content))


def _timeout(
    client: AnyClient, timeout: httpx.Timeout, operation: str, request: dict[str, Any]
) -> httpx.Timeout:
    """The client's own time-out; where it has none, what the operation takes as a rule."""
    keeps_its_own = getattr(client._httpx_args.get("transport"), "keeps_deadlines", False)
    if timeout != httpx.Timeout(None) or keeps_its_own:
        return timeout
    if operation.endswith("_file"):
        return httpx.Timeout(FILE_SECONDS)
    body = request.get("json")
    if operation in RUN_SECONDS and operation.startswith("execute_") and isinstance(body, dict):
        seconds = body.get("timeout_seconds")
        return httpx.Timeout((seconds or RUN_SECONDS[operation]) + GRACE_SECONDS)
    held = (request.get("params") or {}).get("wait_seconds") or 0
    return httpx.Timeout(USUAL_SECONDS + held)


def _accepted(client: AnyClient, operation: str, response: httpx.Response) -> httpx.Response:
    if 200 <= response.status_code < 300:
        return response
    path = f"{response.request.method} {response.request.url.path}"
    body = _hidden(client, response.text).encode()
    headers = httpx.Headers(
        [(name, _hidden(client, value)) for name, value in response.headers.items()]
    )
    failure = refusal(response.status_code, headers, body, path=path)
    failure.operation, failure.attempts = operation, 1
    raise failure


def _broken(client: AnyClient, operation: str, error: httpx.HTTPError) -> APIConnectionError:
    sent = not isinstance(error, NOT_SENT)
    late = isinstance(error, httpx.TimeoutException)
    told = str(error).rstrip(".") or type(error).__name__
    what = "gave no complete answer in time" if late else f"can't be reached, or broke off: {told}"
    kind = APITimeoutError if late else APIConnectionError
    return kind(
        _hidden(client, f"{client._base_url} {what}. Check base_url, the network and its proxies."),
        operation=operation,
        attempts=1,
        is_retryable=True,
        may_have_run=sent,
    )


def _hidden(client: AnyClient, text: str) -> str:
    """A text without the token, should a server have echoed it."""
    token = getattr(client, "token", "")
    return text.replace(token, "***") if len(token) >= 8 else text
