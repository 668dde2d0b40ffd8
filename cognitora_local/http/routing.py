"""The contract's operations as routes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import partial
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cognitora_openapi.operations import OPERATIONS

from ..settings import Settings
from .contract import Contract, Endpoint
from .errors import too_large
from .idempotency import Idempotency
from .peers import Peers
from .requests import Call, Handler, read_json

KEY = "Idempotency-Key"


def handlers_of(*parts: object) -> dict[str, Handler]:
    """The operations' handlers: each is a method of its name, of one of these parts of the API."""
    return {id: getattr(part, id) for id in OPERATIONS for part in parts if hasattr(part, id)}


def routes(
    contract: Contract,
    handlers: Mapping[str, Handler],
    idempotency: Idempotency,
    peers: Peers,
    settings: Settings,
) -> list[Route]:
    """One route for each path of the contract; `handlers` are by operationId.

    Raises:
        RuntimeError: an operation of the contract has none, or there is one for what it hasn't.
    """
    if odd := set(contract.endpoints) ^ set(handlers):
        raise RuntimeError(f"the contract's operations and their handlers differ: {sorted(odd)}")
    by_path: dict[str, dict[str, Endpoint]] = defaultdict(dict)
    for endpoint in contract.endpoints.values():
        by_path[endpoint.operation.path][endpoint.operation.method.upper()] = endpoint
    return [
        Route(
            path,
            PathRoute(contract, endpoints, handlers, idempotency, peers, settings).dispatch,
            methods=list(endpoints),
        )
        for path, endpoints in sorted(by_path.items(), key=lambda item: fixed_parts_first(item[0]))
    ]


def fixed_parts_first(path: str) -> list[bool]:
    """Sorts `/containers/executions` before `/containers/{container_id}`, which it would match."""
    return [part.startswith("{") for part in path.split("/")]


class PathRoute:
    """A path of the contract: checks what comes in and hands it to the operation's handler."""

    def __init__(
        self,
        contract: Contract,
        endpoints: Mapping[str, Endpoint],
        handlers: Mapping[str, Handler],
        idempotency: Idempotency,
        peers: Peers,
        settings: Settings,
    ) -> None:
        self._endpoints = endpoints
        self._contract = contract
        self._handlers = handlers
        self._idempotency = idempotency
        self._peers = peers
        self._settings = settings

    async def dispatch(self, request: Request) -> Response:
        endpoint = self._endpoints["GET" if request.method == "HEAD" else request.method]
        handler = self._handlers[endpoint.operation.id]
        request.scope["operation"] = endpoint.operation.id  # for who counts
        # The path was matched undecoded, so that a `%2F` in an id can't reach another route.
        path = {name: unquote(value) for name, value in request.path_params.items()}
        given = request.headers.get("content-type", "")
        self._contract.check_media_type(endpoint, given)
        header = self._contract.check(endpoint, "header", request.headers)
        call = Call(
            path=self._contract.check(endpoint, "path", path),
            query=self._contract.check(endpoint, "query", request.query_params),
            body=await self._body(endpoint, request),
            request=request,
        )
        operation, key = endpoint.operation, None
        if operation.retry == "keyed":
            key = header[KEY]
            respond = self._idempotency.respond
            handler = partial(respond, operation.id, key=key, handler=handler)
        return await self._peers.answer(
            call,
            handler,
            repeatable=operation.retry == "safe" or key is not None,
            has_json=endpoint.body is not None,
        )

    async def _body(self, endpoint: Endpoint, request: Request) -> dict[str, object]:
        if endpoint.body is None:
            return {}
        body = await read_json(request, self._settings.max_body_bytes)
        if isinstance(body, dict):
            self._check_code(body.get("code"))
        return self._contract.check_body(endpoint, body)

    def _check_code(self, code: object) -> None:
        limit = self._settings.max_code_bytes
        # A character takes a byte or more, so hardly any code needs to be encoded to be measured.
        if not isinstance(code, str) or len(code) * 4 <= limit:
            return
        if len(code) > limit or len(code.encode()) > limit:
            raise too_large(
                "code_too_large",
                f"The code has more than the {limit} bytes that are taken. "
                "Upload the bulk of it as a file, and import or open that.",
            )
