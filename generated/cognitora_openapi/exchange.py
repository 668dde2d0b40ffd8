"""What every endpoint of the low-level client does with the network: it sends, and reads the answer.

All that goes wrong is one of the errors of `errors.py`. Written by hand, copied here by `make generate`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any, ParamSpec, TypeVar, get_type_hints

import httpx

from .client import AuthenticatedClient, Client
from .content_decoder import MAX_ANSWER_BYTES, MAX_REFUSAL_BYTES, ContentDecoder, ContentError
from .error_responses import error_of
from .errors import (
    APIConnectionError,
    APITimeoutError,
    CognitoraError,
    InvalidRequestError,
    InvalidResponseError,
)
from .seconds import FILE_SECONDS, GRACE_SECONDS, RUN_SECONDS, USUAL_SECONDS
from .secret import Secret
from .types import File

T = TypeVar("T")
AnyClient = AuthenticatedClient | Client

P = ParamSpec("P")
NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
)
UNSENDABLE = (
    httpx.InvalidURL,
    httpx.LocalProtocolError,
    httpx.UnsupportedProtocol,
)
_CLOSED = "It can't be sent: the client has been closed."
UNDONE = ("content-encoding", "content-length", "transfer-encoding")
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, RecursionError)


def built(
    operation: str, make: Callable[P, dict[str, Any]], *args: P.args, **kwargs: P.kwargs
) -> dict[str, Any]:
    """A request, as an endpoint makes it of what it was given.

    Raises:
        InvalidRequestError: It can't be made of that.
    """
    try:
        return make(*args, **kwargs)
    except InvalidRequestError as error:
        failure = error.with_traceback(None)
        failure.operation = operation
    except Exception as error:  # noqa: BLE001 - what a caller gives may fail in any way
        why = _misfits(make, kwargs) or _told(error)
        failure = InvalidRequestError(f"The request can't be made: {why}.", operation=operation)
    raise failure


def send(client: AnyClient, operation: str, request: dict[str, Any]) -> httpx.Response:
    """Sends a request once and reads its answer.

    Raises:
        APIError: The server refused; the class tells why.
        APITimeoutError: It took longer than the client's `timeout`, by default 30 s without a word from the
            server, what code may take and 30 s for calls that run it, 600 s for files.
        APIConnectionError: There is no connection, or it broke.
        InvalidResponseError: The answer is packed wrongly, or larger than 128 MiB and no file.
        InvalidRequestError: It can't be sent as it is, or by this client.
    """
    prepared: httpx.Request | None = None
    try:
        http = client.get_httpx_client()
        timeout = _timeout(client, http.timeout, operation, request)
        if http.is_closed:
            raise InvalidRequestError(_CLOSED, operation=operation)
        prepared = http.build_request(**request, timeout=timeout)
        prepared.headers["Accept-Encoding"] = "gzip"
        answer = http.send(prepared, stream=True)
        response = _read(operation, answer)
    except Exception as error:  # noqa: BLE001 - what a caller gives may fail in any way
        failure = _failure(client, operation, error, begun=prepared is not None)
    else:
        return _accepted(client, operation, response)
    raise failure


async def async_send(client: AnyClient, operation: str, request: dict[str, Any]) -> httpx.Response:
    """The same on asyncio."""
    prepared: httpx.Request | None = None
    try:
        http = client.get_async_httpx_client()
        timeout = _timeout(client, http.timeout, operation, request)
        if http.is_closed:
            raise InvalidRequestError(_CLOSED, operation=operation)
        prepared = http.build_request(**request, timeout=timeout)
        prepared.headers["Accept-Encoding"] = "gzip"
        answer = await http.send(prepared, stream=True)
        response = await _async_read(operation, answer)
    except Exception as error:  # noqa: BLE001 - what a caller gives may fail in any way
        failure = _failure(client, operation, error, begun=prepared is not None)
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
        why = _hidden(client, f"it is not what {operation} answers: {lacks}{error}")
    raise InvalidResponseError(
        f"The server's answer can't be read: {why}. Is base_url the address of a Cognitora server?",
        response.status_code,
        _hidden(client, response.content[:10_000].decode("utf-8", "replace")) or None,
        request_id=_hidden(client, response.headers.get("x-request-id", "")) or None,
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


def _read(operation: str, answer: httpx.Response) -> httpx.Response:
    """An answer read whole."""
    if answer.is_stream_consumed:
        return answer  # a transport that has done so
    body = _Body(operation, answer)
    try:
        for piece in answer.iter_raw():
            if not body.take(piece):
                break
    finally:
        answer.close()
    return body.response()


async def _async_read(operation: str, answer: httpx.Response) -> httpx.Response:
    """The same on asyncio."""
    if answer.is_stream_consumed:
        return answer
    body = _Body(operation, answer)
    try:
        async for piece in answer.aiter_raw():
            if not body.take(piece):
                break
    finally:
        await answer.aclose()
    return body.response()


class _Body:
    """The body of an answer, put together; of no more than can be taken, unless it is a file."""

    def __init__(self, operation: str, answer: httpx.Response) -> None:
        self._operation, self._answer = operation, answer
        limit = None if operation.endswith("_file") else MAX_ANSWER_BYTES
        if not answer.is_success:
            limit = MAX_REFUSAL_BYTES
        self._decoder = ContentDecoder(answer.headers.get("content-encoding", ""), limit)
        self._pieces: list[bytes] = []
        self._problem = ""

    def take(self, piece: bytes) -> bool:
        """Whether it can take more after this."""
        try:
            self._pieces.extend(self._decoder.feed(piece))
        except ContentError as error:
            self._problem = str(error)
        return not self._problem

    def response(self) -> httpx.Response:
        """The answer as if it had not been packed. Of a refusal the status tells enough."""
        answer = self._answer
        try:
            self._decoder.end()
        except ContentError as error:
            self._problem = self._problem or str(error)
        if self._problem and answer.is_success:
            raise InvalidResponseError(
                f"The server's answer can't be read: {self._problem}. Is base_url the address of a "
                "Cognitora server?",
                answer.status_code,
                operation=self._operation,
                attempts=1,
                may_have_run=True,
            )
        return httpx.Response(
            answer.status_code,
            headers=[
                pair for pair in answer.headers.multi_items() if pair[0].lower() not in UNDONE
            ],
            content=b"".join(self._pieces),
            request=answer.request,
            extensions=answer.extensions,
            history=answer.history,
        )


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
    # In UTF-8, as JSON is: a charset that the server names may be no charset of text.
    body = _hidden(client, response.content.decode("utf-8", "replace")).encode()
    headers = httpx.Headers(
        [(name, _hidden(client, value)) for name, value in response.headers.items()]
    )
    failure = error_of(response.status_code, headers, body, path=path)
    failure.operation, failure.attempts = operation, 1
    raise failure


def _failure(client: AnyClient, operation: str, error: Exception, *, begun: bool) -> CognitoraError:
    """What a caller is told of a request that had no answer."""
    if isinstance(error, CognitoraError):  # of the facade, beneath `client.api`
        return error
    if isinstance(error, httpx.HTTPError) and not isinstance(error, UNSENDABLE):
        return _broken(client, operation, error)
    return InvalidRequestError(
        f"It can't be sent: {_hidden(client, _told(error))}.",
        operation=operation,
        may_have_run=begun and not isinstance(error, UNSENDABLE),
    )


def _broken(client: AnyClient, operation: str, error: httpx.HTTPError) -> APIConnectionError:
    sent = not isinstance(error, NOT_SENT)
    late = isinstance(error, httpx.TimeoutException)
    what = "gave no complete answer in time"
    if not late:
        what = f"can't be reached, or broke off: {_told(error)}"
    kind = APITimeoutError if late else APIConnectionError
    return kind(
        _hidden(client, f"{client._base_url} {what}. Check base_url, the network and its proxies."),
        operation=operation,
        attempts=1,
        is_retryable=True,
        may_have_run=sent,
    )


def _told(error: Exception) -> str:
    """What an exception says, or its name where it says nothing."""
    try:
        return str(error).rstrip(".") or type(error).__name__
    except Exception:  # noqa: BLE001 - a caller's own may have no text
        return type(error).__name__


def _misfits(make: Callable[..., Any], arguments: Mapping[str, object]) -> str:
    """Which arguments aren't of the type that is expected, in words."""
    expected = get_type_hints(make)
    return ", ".join(
        f"{name} must be {getattr(expected[name], '__name__', expected[name])}, "
        f"not {type(value).__name__}"
        for name, value in arguments.items()
        if not isinstance(value, expected[name])
    )


def _hidden(client: AnyClient, text: str) -> str:
    """A text without the token, should a server have echoed it."""
    token = getattr(client, "token", "")
    return Secret(token).hide(text) if isinstance(token, str) else text
