from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...models.session_list_response import SessionListResponse
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    *,
    metadata: str | Unset = UNSET,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""

    params: dict[str, Any] = {}

    params["metadata"] = metadata

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/interpreter/sessions",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> SessionListResponse:
    from ... import exchange

    return exchange.parsed(client, "list_sessions", response, SessionListResponse.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[SessionListResponse]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    metadata: str | Unset = UNSET,
) -> Response[SessionListResponse]:
    """List the active sessions

     Lists the active sessions of the account, the newest first.

    Args:
        metadata (str | Unset): List only what has all of these words in its metadata.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[SessionListResponse]
    """

    from ... import exchange

    kwargs = exchange.built(
        "list_sessions",
        build_request,
        metadata=metadata,
    )

    response = exchange.send(client, "list_sessions", kwargs)

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    metadata: str | Unset = UNSET,
) -> SessionListResponse:
    """List the active sessions

     Lists the active sessions of the account, the newest first.

    Args:
        metadata (str | Unset): List only what has all of these words in its metadata.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        SessionListResponse
    """

    return sync_detailed(
        client=client,
        metadata=metadata,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    metadata: str | Unset = UNSET,
) -> Response[SessionListResponse]:
    """List the active sessions

     Lists the active sessions of the account, the newest first.

    Args:
        metadata (str | Unset): List only what has all of these words in its metadata.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[SessionListResponse]
    """

    from ... import exchange

    kwargs = exchange.built(
        "list_sessions",
        build_request,
        metadata=metadata,
    )

    response = await exchange.async_send(client, "list_sessions", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    metadata: str | Unset = UNSET,
) -> SessionListResponse:
    """List the active sessions

     Lists the active sessions of the account, the newest first.

    Args:
        metadata (str | Unset): List only what has all of these words in its metadata.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        SessionListResponse
    """

    return (
        await asyncio_detailed(
            client=client,
            metadata=metadata,
        )
    ).parsed
