from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...models.session_response import SessionResponse
from ...models.session_update_request import SessionUpdateRequest
from ...types import Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    session_id: str,
    *,
    body: SessionUpdateRequest,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "patch",
        "url": "/api/v1/interpreter/sessions/{session_id}".format(
            session_id=quote(identifier("session_id", session_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> SessionResponse:
    from ... import exchange

    return exchange.parsed(client, "update_session", response, SessionResponse.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[SessionResponse]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: SessionUpdateRequest,
) -> Response[SessionResponse]:
    """Change when a session ends

     Gives a session a new end, counted in seconds from now or as a point in time.

    Args:
        session_id (str): The session's id.
        body (SessionUpdateRequest): A session's new end.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[SessionResponse]
    """

    from ... import exchange

    kwargs = exchange.built(
        "update_session",
        build_request,
        session_id=session_id,
        body=body,
    )

    response = exchange.send(client, "update_session", kwargs)

    return _build_response(client=client, response=response)


def sync(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: SessionUpdateRequest,
) -> SessionResponse:
    """Change when a session ends

     Gives a session a new end, counted in seconds from now or as a point in time.

    Args:
        session_id (str): The session's id.
        body (SessionUpdateRequest): A session's new end.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        SessionResponse
    """

    return sync_detailed(
        session_id=session_id,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: SessionUpdateRequest,
) -> Response[SessionResponse]:
    """Change when a session ends

     Gives a session a new end, counted in seconds from now or as a point in time.

    Args:
        session_id (str): The session's id.
        body (SessionUpdateRequest): A session's new end.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[SessionResponse]
    """

    from ... import exchange

    kwargs = exchange.built(
        "update_session",
        build_request,
        session_id=session_id,
        body=body,
    )

    response = await exchange.async_send(client, "update_session", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: SessionUpdateRequest,
) -> SessionResponse:
    """Change when a session ends

     Gives a session a new end, counted in seconds from now or as a point in time.

    Args:
        session_id (str): The session's id.
        body (SessionUpdateRequest): A session's new end.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        SessionResponse
    """

    return (
        await asyncio_detailed(
            session_id=session_id,
            client=client,
            body=body,
        )
    ).parsed
