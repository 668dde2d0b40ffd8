from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...models.session_logs_response import SessionLogsResponse
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    session_id: str,
    *,
    limit: int | Unset = 50,
    offset: int | Unset = 0,
    after: str | Unset = UNSET,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""

    params: dict[str, Any] = {}

    params["limit"] = limit

    params["offset"] = offset

    params["after"] = after

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/interpreter/sessions/{session_id}/logs".format(
            session_id=quote(identifier("session_id", session_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> SessionLogsResponse:
    from ... import exchange

    return exchange.parsed(client, "get_session_logs", response, SessionLogsResponse.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[SessionLogsResponse]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = 50,
    offset: int | Unset = 0,
    after: str | Unset = UNSET,
) -> Response[SessionLogsResponse]:
    """Get a session's logs

     Lists what was printed and raised in a session, one entry an output, the newest first.

    Args:
        session_id (str): The session's id.
        limit (int | Unset): How many entries to list at most. Default: 50.
        offset (int | Unset): How many entries to pass over. Default: 0.
        after (str | Unset): List only what follows this entry: the `next` of the page before. A
            server that announces `after` misses
            nothing by it, whatever comes and goes meanwhile; `offset` then counts from there.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[SessionLogsResponse]
    """

    from ... import exchange

    kwargs = exchange.built(
        "get_session_logs",
        build_request,
        session_id=session_id,
        limit=limit,
        offset=offset,
        after=after,
    )

    response = exchange.send(client, "get_session_logs", kwargs)

    return _build_response(client=client, response=response)


def sync(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = 50,
    offset: int | Unset = 0,
    after: str | Unset = UNSET,
) -> SessionLogsResponse:
    """Get a session's logs

     Lists what was printed and raised in a session, one entry an output, the newest first.

    Args:
        session_id (str): The session's id.
        limit (int | Unset): How many entries to list at most. Default: 50.
        offset (int | Unset): How many entries to pass over. Default: 0.
        after (str | Unset): List only what follows this entry: the `next` of the page before. A
            server that announces `after` misses
            nothing by it, whatever comes and goes meanwhile; `offset` then counts from there.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        SessionLogsResponse
    """

    return sync_detailed(
        session_id=session_id,
        client=client,
        limit=limit,
        offset=offset,
        after=after,
    ).parsed


async def asyncio_detailed(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = 50,
    offset: int | Unset = 0,
    after: str | Unset = UNSET,
) -> Response[SessionLogsResponse]:
    """Get a session's logs

     Lists what was printed and raised in a session, one entry an output, the newest first.

    Args:
        session_id (str): The session's id.
        limit (int | Unset): How many entries to list at most. Default: 50.
        offset (int | Unset): How many entries to pass over. Default: 0.
        after (str | Unset): List only what follows this entry: the `next` of the page before. A
            server that announces `after` misses
            nothing by it, whatever comes and goes meanwhile; `offset` then counts from there.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[SessionLogsResponse]
    """

    from ... import exchange

    kwargs = exchange.built(
        "get_session_logs",
        build_request,
        session_id=session_id,
        limit=limit,
        offset=offset,
        after=after,
    )

    response = await exchange.async_send(client, "get_session_logs", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = 50,
    offset: int | Unset = 0,
    after: str | Unset = UNSET,
) -> SessionLogsResponse:
    """Get a session's logs

     Lists what was printed and raised in a session, one entry an output, the newest first.

    Args:
        session_id (str): The session's id.
        limit (int | Unset): How many entries to list at most. Default: 50.
        offset (int | Unset): How many entries to pass over. Default: 0.
        after (str | Unset): List only what follows this entry: the `next` of the page before. A
            server that announces `after` misses
            nothing by it, whatever comes and goes meanwhile; `offset` then counts from there.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        SessionLogsResponse
    """

    return (
        await asyncio_detailed(
            session_id=session_id,
            client=client,
            limit=limit,
            offset=offset,
            after=after,
        )
    ).parsed
