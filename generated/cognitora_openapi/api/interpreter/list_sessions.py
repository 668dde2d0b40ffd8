from typing import Any

import httpx

from ... import exchange
from ...client import AuthenticatedClient, Client
from ...models.session_list_response import SessionListResponse
from ...types import Response


def build_request() -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/interpreter/sessions",
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> SessionListResponse:
    return exchange.parsed(client, "list_sessions", response, SessionListResponse.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[SessionListResponse]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
) -> Response[SessionListResponse]:
    """List the active sessions

     Lists the active sessions of the account, the newest first.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[SessionListResponse]
    """

    kwargs = exchange.built(
        "list_sessions",
        build_request,
    )

    response = exchange.send(client, "list_sessions", kwargs)

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
) -> SessionListResponse:
    """List the active sessions

     Lists the active sessions of the account, the newest first.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        SessionListResponse
    """

    return sync_detailed(
        client=client,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
) -> Response[SessionListResponse]:
    """List the active sessions

     Lists the active sessions of the account, the newest first.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[SessionListResponse]
    """

    kwargs = exchange.built(
        "list_sessions",
        build_request,
    )

    response = await exchange.async_send(client, "list_sessions", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
) -> SessionListResponse:
    """List the active sessions

     Lists the active sessions of the account, the newest first.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        SessionListResponse
    """

    return (
        await asyncio_detailed(
            client=client,
        )
    ).parsed
