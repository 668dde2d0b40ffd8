# Derived from ../_async/api.py by `make generate`: change that, not this.
"""The generated client on top of the seam, for `client.api`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import httpx

from cognitora_openapi import AuthenticatedClient
from cognitora_openapi.operations import OPERATIONS, Operation

from ..deadline import GRACE_SECONDS, Deadline
from ..errors import InvalidRequestError

if TYPE_CHECKING:
    from .wire import Wire

RUN_CODE = {"execute_code": 60, "execute_in_container": 300}
"""The operations that run code, and for how many seconds unless they are told."""

OURS = frozenset(
    "accept-encoding authorization connection content-length host transfer-encoding user-agent".split()
)
"""The headers that the seam writes itself."""

ROUTES = [
    (operation, re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(operation.path))))
    for operation in OPERATIONS.values()
]


def make_api(wire: Wire) -> AuthenticatedClient:
    """A generated client that sends through the seam. It holds no key: the seam adds it."""
    client = AuthenticatedClient(base_url=wire.config.base_url, token="")
    client.set_httpx_client(
        httpx.Client(
            base_url=wire.config.base_url, transport=Seam(wire), timeout=None, trust_env=False
        )
    )
    return client


class Seam(httpx.BaseTransport):
    """A transport for httpx that is the seam: same connections, key, deadlines, retries and errors."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        base = httpx.URL(self._wire.config.base_url)
        path = request.url.raw_path.decode("ascii").removeprefix(base.raw_path.decode().rstrip("/"))
        operation = operation_of(request.method, path.split("?")[0])
        body = request.read()
        response = self._wire.send(
            operation,
            path,
            headers=_headers(request),
            body=body,
            deadline=self._deadline(operation, body, request.extensions.get("timeout", {})),
        )
        named = {"content-encoding", "content-length", "transfer-encoding"}  # undone by the seam
        headers = [pair for pair in response.headers.items() if pair[0] not in named]
        return httpx.Response(response.status, headers=headers, content=response.body)

    def _deadline(self, operation: Operation, body: bytes, timeout: dict[str, float]) -> Deadline:
        wanted = timeout.get("read")
        if wanted is None and operation.id in RUN_CODE:
            told = json.loads(body).get("timeout_seconds") or RUN_CODE[operation.id]
            wanted = told + GRACE_SECONDS
        return self._wire.deadline(wanted)


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


def _headers(request: httpx.Request) -> dict[str, str]:
    """The headers that the caller means to send, in the seam's spelling."""
    return {name.title(): value for name, value in request.headers.items() if name not in OURS}
