from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...models.session_details_response import SessionDetailsResponse
from ...types import Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    session_id: str,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/interpreter/sessions/{session_id}".format(
            session_id=quote(identifier("session_id", session_id), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> SessionDetailsResponse:
    from ... import exchange

    return exchange.parsed(client, "get_session", response, SessionDetailsResponse.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[SessionDetailsResponse]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[SessionDetailsResponse]:
    """Get a session

     Gets a session with its executions, the newest first.

    Args:
        session_id (str): The session's id.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[SessionDetailsResponse]
    """

    from ... import exchange

    kwargs = exchange.built(
        "get_session",
        build_request,
        session_id=session_id,
    )

    response = exchange.send(client, "get_session", kwargs)

    return _build_response(client=client, response=response)


def sync(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> SessionDetailsResponse:
    """Get a session

     Gets a session with its executions, the newest first.

    Args:
        session_id (str): The session's id.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        SessionDetailsResponse
    """

    return sync_detailed(
        session_id=session_id,
        client=client,
    ).parsed


async def asyncio_detailed(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[SessionDetailsResponse]:
    """Get a session

     Gets a session with its executions, the newest first.

    Args:
        session_id (str): The session's id.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[SessionDetailsResponse]
    """

    from ... import exchange

    kwargs = exchange.built(
        "get_session",
        build_request,
        session_id=session_id,
    )

    response = await exchange.async_send(client, "get_session", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> SessionDetailsResponse:
    """Get a session

     Gets a session with its executions, the newest first.

    Args:
        session_id (str): The session's id.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        SessionDetailsResponse
    """

    return (
        await asyncio_detailed(
            session_id=session_id,
            client=client,
        )
    ).parsed
