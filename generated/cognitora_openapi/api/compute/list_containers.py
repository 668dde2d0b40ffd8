from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...models.executions_response import ExecutionsResponse
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    *,
    limit: int | Unset = 50,
    offset: int | Unset = 0,
    after: str | Unset = UNSET,
    status: str | Unset = UNSET,
    metadata: str | Unset = UNSET,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""

    params: dict[str, Any] = {}

    params["limit"] = limit

    params["offset"] = offset

    params["after"] = after

    params["status"] = status

    params["metadata"] = metadata

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/compute/containers",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ExecutionsResponse:
    from ... import exchange

    return exchange.parsed(client, "list_containers", response, ExecutionsResponse.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ExecutionsResponse]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = 50,
    offset: int | Unset = 0,
    after: str | Unset = UNSET,
    status: str | Unset = UNSET,
    metadata: str | Unset = UNSET,
) -> Response[ExecutionsResponse]:
    """List containers

     Lists the account's containers, the newest first.

    Args:
        limit (int | Unset): How many entries to list at most. Default: 50.
        offset (int | Unset): How many entries to pass over. Default: 0.
        after (str | Unset): List only what follows this entry: the `next` of the page before. A
            server that announces `after` misses
            nothing by it, whatever comes and goes meanwhile; `offset` then counts from there.
        status (str | Unset): List only entries with this status, in either case.
        metadata (str | Unset): List only what has all of these words in its metadata.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[ExecutionsResponse]
    """

    from ... import exchange

    kwargs = exchange.built(
        "list_containers",
        build_request,
        limit=limit,
        offset=offset,
        after=after,
        status=status,
        metadata=metadata,
    )

    response = exchange.send(client, "list_containers", kwargs)

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = 50,
    offset: int | Unset = 0,
    after: str | Unset = UNSET,
    status: str | Unset = UNSET,
    metadata: str | Unset = UNSET,
) -> ExecutionsResponse:
    """List containers

     Lists the account's containers, the newest first.

    Args:
        limit (int | Unset): How many entries to list at most. Default: 50.
        offset (int | Unset): How many entries to pass over. Default: 0.
        after (str | Unset): List only what follows this entry: the `next` of the page before. A
            server that announces `after` misses
            nothing by it, whatever comes and goes meanwhile; `offset` then counts from there.
        status (str | Unset): List only entries with this status, in either case.
        metadata (str | Unset): List only what has all of these words in its metadata.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        ExecutionsResponse
    """

    return sync_detailed(
        client=client,
        limit=limit,
        offset=offset,
        after=after,
        status=status,
        metadata=metadata,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = 50,
    offset: int | Unset = 0,
    after: str | Unset = UNSET,
    status: str | Unset = UNSET,
    metadata: str | Unset = UNSET,
) -> Response[ExecutionsResponse]:
    """List containers

     Lists the account's containers, the newest first.

    Args:
        limit (int | Unset): How many entries to list at most. Default: 50.
        offset (int | Unset): How many entries to pass over. Default: 0.
        after (str | Unset): List only what follows this entry: the `next` of the page before. A
            server that announces `after` misses
            nothing by it, whatever comes and goes meanwhile; `offset` then counts from there.
        status (str | Unset): List only entries with this status, in either case.
        metadata (str | Unset): List only what has all of these words in its metadata.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[ExecutionsResponse]
    """

    from ... import exchange

    kwargs = exchange.built(
        "list_containers",
        build_request,
        limit=limit,
        offset=offset,
        after=after,
        status=status,
        metadata=metadata,
    )

    response = await exchange.async_send(client, "list_containers", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = 50,
    offset: int | Unset = 0,
    after: str | Unset = UNSET,
    status: str | Unset = UNSET,
    metadata: str | Unset = UNSET,
) -> ExecutionsResponse:
    """List containers

     Lists the account's containers, the newest first.

    Args:
        limit (int | Unset): How many entries to list at most. Default: 50.
        offset (int | Unset): How many entries to pass over. Default: 0.
        after (str | Unset): List only what follows this entry: the `next` of the page before. A
            server that announces `after` misses
            nothing by it, whatever comes and goes meanwhile; `offset` then counts from there.
        status (str | Unset): List only entries with this status, in either case.
        metadata (str | Unset): List only what has all of these words in its metadata.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        ExecutionsResponse
    """

    return (
        await asyncio_detailed(
            client=client,
            limit=limit,
            offset=offset,
            after=after,
            status=status,
            metadata=metadata,
        )
    ).parsed
