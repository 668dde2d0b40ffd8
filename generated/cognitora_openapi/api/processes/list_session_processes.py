from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...models.processes_response import ProcessesResponse
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    session_id: str,
    *,
    limit: int | Unset = 50,
    after: str | Unset = UNSET,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""

    params: dict[str, Any] = {}

    params["limit"] = limit

    params["after"] = after

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/interpreter/sessions/{session_id}/processes".format(
            session_id=quote(identifier("session_id", session_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ProcessesResponse:
    from ... import exchange

    return exchange.parsed(client, "list_session_processes", response, ProcessesResponse.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ProcessesResponse]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = 50,
    after: str | Unset = UNSET,
) -> Response[ProcessesResponse]:
    """List a session's processes

     Lists the processes that were started in a session, the newest first.

    Args:
        session_id (str): The session's id.
        limit (int | Unset): How many entries to list at most. Default: 50.
        after (str | Unset): List only what follows this entry: the `next` of the page before. A
            server that announces `after` misses
            nothing by it, whatever comes and goes meanwhile; `offset` then counts from there.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[ProcessesResponse]
    """

    from ... import exchange

    kwargs = exchange.built(
        "list_session_processes",
        build_request,
        session_id=session_id,
        limit=limit,
        after=after,
    )

    response = exchange.send(client, "list_session_processes", kwargs)

    return _build_response(client=client, response=response)


def sync(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = 50,
    after: str | Unset = UNSET,
) -> ProcessesResponse:
    """List a session's processes

     Lists the processes that were started in a session, the newest first.

    Args:
        session_id (str): The session's id.
        limit (int | Unset): How many entries to list at most. Default: 50.
        after (str | Unset): List only what follows this entry: the `next` of the page before. A
            server that announces `after` misses
            nothing by it, whatever comes and goes meanwhile; `offset` then counts from there.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        ProcessesResponse
    """

    return sync_detailed(
        session_id=session_id,
        client=client,
        limit=limit,
        after=after,
    ).parsed


async def asyncio_detailed(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = 50,
    after: str | Unset = UNSET,
) -> Response[ProcessesResponse]:
    """List a session's processes

     Lists the processes that were started in a session, the newest first.

    Args:
        session_id (str): The session's id.
        limit (int | Unset): How many entries to list at most. Default: 50.
        after (str | Unset): List only what follows this entry: the `next` of the page before. A
            server that announces `after` misses
            nothing by it, whatever comes and goes meanwhile; `offset` then counts from there.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[ProcessesResponse]
    """

    from ... import exchange

    kwargs = exchange.built(
        "list_session_processes",
        build_request,
        session_id=session_id,
        limit=limit,
        after=after,
    )

    response = await exchange.async_send(client, "list_session_processes", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = 50,
    after: str | Unset = UNSET,
) -> ProcessesResponse:
    """List a session's processes

     Lists the processes that were started in a session, the newest first.

    Args:
        session_id (str): The session's id.
        limit (int | Unset): How many entries to list at most. Default: 50.
        after (str | Unset): List only what follows this entry: the `next` of the page before. A
            server that announces `after` misses
            nothing by it, whatever comes and goes meanwhile; `offset` then counts from there.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        ProcessesResponse
    """

    return (
        await asyncio_detailed(
            session_id=session_id,
            client=client,
            limit=limit,
            after=after,
        )
    ).parsed
