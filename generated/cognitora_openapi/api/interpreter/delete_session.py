from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...models.acknowledgement import Acknowledgement
from ...types import Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    session_id: str,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""

    _kwargs: dict[str, Any] = {
        "method": "delete",
        "url": "/api/v1/interpreter/sessions/{session_id}".format(
            session_id=quote(identifier("session_id", session_id), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Acknowledgement | None:
    from ... import exchange

    return exchange.parsed_if_any(client, "delete_session", response, Acknowledgement.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Acknowledgement | None]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[Acknowledgement | None]:
    """Delete a session

     Ends a session, stops what runs in it and removes its files. Its records stay readable.

    Args:
        session_id (str): The session's id.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[Acknowledgement | None]
    """

    from ... import exchange

    kwargs = exchange.built(
        "delete_session",
        build_request,
        session_id=session_id,
    )

    response = exchange.send(client, "delete_session", kwargs)

    return _build_response(client=client, response=response)


def sync(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Acknowledgement | None:
    """Delete a session

     Ends a session, stops what runs in it and removes its files. Its records stay readable.

    Args:
        session_id (str): The session's id.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Acknowledgement | None
    """

    return sync_detailed(
        session_id=session_id,
        client=client,
    ).parsed


async def asyncio_detailed(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[Acknowledgement | None]:
    """Delete a session

     Ends a session, stops what runs in it and removes its files. Its records stay readable.

    Args:
        session_id (str): The session's id.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[Acknowledgement | None]
    """

    from ... import exchange

    kwargs = exchange.built(
        "delete_session",
        build_request,
        session_id=session_id,
    )

    response = await exchange.async_send(client, "delete_session", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Acknowledgement | None:
    """Delete a session

     Ends a session, stops what runs in it and removes its files. Its records stay readable.

    Args:
        session_id (str): The session's id.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Acknowledgement | None
    """

    return (
        await asyncio_detailed(
            session_id=session_id,
            client=client,
        )
    ).parsed
