from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...models.exposed_ports_response import ExposedPortsResponse
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
        "url": "/api/v1/interpreter/sessions/{session_id}/ports".format(
            session_id=quote(identifier("session_id", session_id), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ExposedPortsResponse:
    from ... import exchange

    return exchange.parsed(client, "list_session_ports", response, ExposedPortsResponse.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ExposedPortsResponse]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[ExposedPortsResponse]:
    """List the exposed ports of a session

     Lists the session's ports that are exposed, by their numbers.

    Args:
        session_id (str): The session's id.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[ExposedPortsResponse]
    """

    from ... import exchange

    kwargs = exchange.built(
        "list_session_ports",
        build_request,
        session_id=session_id,
    )

    response = exchange.send(client, "list_session_ports", kwargs)

    return _build_response(client=client, response=response)


def sync(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> ExposedPortsResponse:
    """List the exposed ports of a session

     Lists the session's ports that are exposed, by their numbers.

    Args:
        session_id (str): The session's id.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        ExposedPortsResponse
    """

    return sync_detailed(
        session_id=session_id,
        client=client,
    ).parsed


async def asyncio_detailed(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[ExposedPortsResponse]:
    """List the exposed ports of a session

     Lists the session's ports that are exposed, by their numbers.

    Args:
        session_id (str): The session's id.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[ExposedPortsResponse]
    """

    from ... import exchange

    kwargs = exchange.built(
        "list_session_ports",
        build_request,
        session_id=session_id,
    )

    response = await exchange.async_send(client, "list_session_ports", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> ExposedPortsResponse:
    """List the exposed ports of a session

     Lists the session's ports that are exposed, by their numbers.

    Args:
        session_id (str): The session's id.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        ExposedPortsResponse
    """

    return (
        await asyncio_detailed(
            session_id=session_id,
            client=client,
        )
    ).parsed
