from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...models.create_session_request import CreateSessionRequest
from ...models.session_response import SessionResponse
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    *,
    body: CreateSessionRequest,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/interpreter/sessions",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> SessionResponse:
    from ... import exchange

    return exchange.parsed(client, "create_session", response, SessionResponse.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[SessionResponse]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: CreateSessionRequest,
    idempotency_key: str | Unset = UNSET,
) -> Response[SessionResponse]:
    """Create a session

     Creates a session, a sandbox that keeps variables, imports and files until it ends.

    Args:
        idempotency_key (str | Unset): Names this call. A server that announces `idempotency` does
            the work of a key once, and gives the same answer
            for the same key and body for 24 hours. The same key with another body is answered with
            422, a key whose first
            call is still running with 409 and the code `in_progress`.
        body (CreateSessionRequest): A session to create.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[SessionResponse]
    """

    from ... import exchange

    kwargs = exchange.built(
        "create_session",
        build_request,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = exchange.send(client, "create_session", kwargs)

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: CreateSessionRequest,
    idempotency_key: str | Unset = UNSET,
) -> SessionResponse:
    """Create a session

     Creates a session, a sandbox that keeps variables, imports and files until it ends.

    Args:
        idempotency_key (str | Unset): Names this call. A server that announces `idempotency` does
            the work of a key once, and gives the same answer
            for the same key and body for 24 hours. The same key with another body is answered with
            422, a key whose first
            call is still running with 409 and the code `in_progress`.
        body (CreateSessionRequest): A session to create.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        SessionResponse
    """

    return sync_detailed(
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: CreateSessionRequest,
    idempotency_key: str | Unset = UNSET,
) -> Response[SessionResponse]:
    """Create a session

     Creates a session, a sandbox that keeps variables, imports and files until it ends.

    Args:
        idempotency_key (str | Unset): Names this call. A server that announces `idempotency` does
            the work of a key once, and gives the same answer
            for the same key and body for 24 hours. The same key with another body is answered with
            422, a key whose first
            call is still running with 409 and the code `in_progress`.
        body (CreateSessionRequest): A session to create.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[SessionResponse]
    """

    from ... import exchange

    kwargs = exchange.built(
        "create_session",
        build_request,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = await exchange.async_send(client, "create_session", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: CreateSessionRequest,
    idempotency_key: str | Unset = UNSET,
) -> SessionResponse:
    """Create a session

     Creates a session, a sandbox that keeps variables, imports and files until it ends.

    Args:
        idempotency_key (str | Unset): Names this call. A server that announces `idempotency` does
            the work of a key once, and gives the same answer
            for the same key and body for 24 hours. The same key with another body is answered with
            422, a key whose first
            call is still running with 409 and the code `in_progress`.
        body (CreateSessionRequest): A session to create.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        SessionResponse
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed
