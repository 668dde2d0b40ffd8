"""The generated client on top of the base client, for `client.api`."""

from __future__ import annotations

import json
import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

import httpx

from cognitora_openapi import AuthenticatedClient
from cognitora_openapi.operations import OPERATIONS, Operation

from .._concurrency.tasks import AsyncHalf
from .._http.types import Response
from ..deadline import GRACE_SECONDS, RUN_SECONDS, Deadline
from ..errors import InvalidRequestError, InvalidResponseError

if TYPE_CHECKING:
    from .base_client import AsyncBaseClient

RUN_TO_THE_END = ("execute_code", "execute_in_container")
"""The operations whose answer comes when what they run has ended."""

OURS = frozenset(
    "accept-encoding authorization connection content-length host transfer-encoding user-agent".split()
)
"""The headers that the base client writes itself."""

NOBODY = AuthenticatedClient(base_url="", token="")
"""Whose answers are read here: the key is the base client's."""

ROUTES = [
    (operation, re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(operation.path))))
    for operation in OPERATIONS.values()
]


def make_api(client: AsyncBaseClient) -> AuthenticatedClient:
    """A generated client that sends through the base client. It holds no key: the base client adds it."""
    # By these, not by a httpx client, which its with_headers(…) and so on would leave behind.
    arguments = {"transport": AsyncBaseTransport(client), "trust_env": False}
    return AuthenticatedClient(base_url=client.config.base_url, token="", httpx_args=arguments)


class AsyncBaseTransport(AsyncHalf, httpx.AsyncBaseTransport):
    """A transport for httpx that is the base client: same connections, key, deadlines, retries and errors."""

    keeps_deadlines = True
    """So that the generated client gives it no time-outs of its own."""

    def __init__(self, client: AsyncBaseClient) -> None:
        self._client = client

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        base = httpx.URL(self._client.config.base_url)
        path = request.url.raw_path.decode("ascii").removeprefix(base.raw_path.decode().rstrip("/"))
        operation = operation_of(request.method, path.split("?")[0])
        body = await request.aread()
        if operation.fields:
            given = {"json": _fields(body), "params": dict(request.url.params)}
            await self._client.check_fields(operation, given)
        response = await self._client.send(
            operation,
            path,
            headers=_headers(request),
            body=body,
            deadline=self._deadline(operation, body, request.extensions.get("timeout", {})),
        )
        named = {
            "content-encoding",
            "content-length",
            "transfer-encoding",
        }  # undone by the base client
        headers = [pair for pair in response.headers.items() if pair[0] not in named]
        answer = httpx.Response(response.status, headers=headers, content=response.body)
        failure = _unreadable(operation, response, answer)
        if failure is not None:
            raise failure
        return answer

    def _deadline(self, operation: Operation, body: bytes, timeout: dict[str, float]) -> Deadline:
        seconds = timeout.get("read")
        if seconds is None and operation.id in RUN_TO_THE_END:
            seconds = (_seconds(body) or RUN_SECONDS[operation.id]) + GRACE_SECONDS
        return self._client.deadline(seconds)


def operation_of(method: str, path: str) -> Operation:
    """The operation that a request is for.

    Raises:
        InvalidRequestError: The contract has none of this method and path.
    """
    matches = [op for op, route in ROUTES if op.method == method and route.fullmatch(path)]
    if not matches:
        raise InvalidRequestError(f"The contract has no operation {method} {path}.")
    # A path written out, such as /containers/executions, is meant before one with a parameter.
    return min(matches, key=lambda operation: operation.path.count("{"))


def _fields(body: bytes) -> dict[str, Any]:
    """The fields of a request's body, whatever that is."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _seconds(body: bytes) -> float | None:
    """The time limit in a request's body."""
    seconds = _fields(body).get("timeout_seconds")
    return seconds if isinstance(seconds, int | float) and seconds > 0 else None


def _unreadable(
    operation: Operation, response: Response, answer: httpx.Response
) -> InvalidResponseError | None:
    """The error for an answer of status 2xx that the generated code would stumble over."""
    endpoint = import_module(f"cognitora_openapi.api.{operation.tag}.{operation.id}")
    try:
        endpoint._parse_response(client=NOBODY, response=answer)
    except InvalidResponseError as error:
        error.attempts = response.attempts
        error.message = response.hide(error.message)
        error.args = (error.message,)
        error.response_data = response.hide(error.response_data or "") or None
        return error.with_traceback(None)
    return None


def _headers(request: httpx.Request) -> dict[str, str]:
    """The headers that the caller means to send, in the base client's spelling."""
    return {name.title(): value for name, value in request.headers.items() if name not in OURS}
