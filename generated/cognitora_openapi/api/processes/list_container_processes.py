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
    container_id: str,
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
        "url": "/api/v1/compute/containers/{container_id}/processes".format(
            container_id=quote(identifier("container_id", container_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ProcessesResponse:
    from ... import exchange

    return exchange.parsed(
        client, "list_container_processes", response, ProcessesResponse.from_dict
    )


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ProcessesResponse]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = 50,
    after: str | Unset = UNSET,
) -> Response[ProcessesResponse]:
    """List a container's processes

     Lists the processes that were started in a container, the newest first.

    Args:
        container_id (str): The container's id.
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
        "list_container_processes",
        build_request,
        container_id=container_id,
        limit=limit,
        after=after,
    )

    response = exchange.send(client, "list_container_processes", kwargs)

    return _build_response(client=client, response=response)


def sync(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = 50,
    after: str | Unset = UNSET,
) -> ProcessesResponse:
    """List a container's processes

     Lists the processes that were started in a container, the newest first.

    Args:
        container_id (str): The container's id.
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
        container_id=container_id,
        client=client,
        limit=limit,
        after=after,
    ).parsed


async def asyncio_detailed(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = 50,
    after: str | Unset = UNSET,
) -> Response[ProcessesResponse]:
    """List a container's processes

     Lists the processes that were started in a container, the newest first.

    Args:
        container_id (str): The container's id.
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
        "list_container_processes",
        build_request,
        container_id=container_id,
        limit=limit,
        after=after,
    )

    response = await exchange.async_send(client, "list_container_processes", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = 50,
    after: str | Unset = UNSET,
) -> ProcessesResponse:
    """List a container's processes

     Lists the processes that were started in a container, the newest first.

    Args:
        container_id (str): The container's id.
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
            container_id=container_id,
            client=client,
            limit=limit,
            after=after,
        )
    ).parsed
