from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...models.container_executions_response import ContainerExecutionsResponse
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    container_id: str,
    *,
    after: str | Unset = UNSET,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""

    params: dict[str, Any] = {}

    params["after"] = after

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/compute/containers/{container_id}/executions".format(
            container_id=quote(identifier("container_id", container_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ContainerExecutionsResponse:
    from ... import exchange

    return exchange.parsed(
        client, "list_container_executions", response, ContainerExecutionsResponse.from_dict
    )


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ContainerExecutionsResponse]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    after: str | Unset = UNSET,
) -> Response[ContainerExecutionsResponse]:
    """List a container's executions

     Lists what ran in one container, the newest first.

    Args:
        container_id (str): The container's id.
        after (str | Unset): List only what follows this entry: the `next` of the page before. A
            server that announces `after` misses
            nothing by it, whatever comes and goes meanwhile; `offset` then counts from there.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[ContainerExecutionsResponse]
    """

    from ... import exchange

    kwargs = exchange.built(
        "list_container_executions",
        build_request,
        container_id=container_id,
        after=after,
    )

    response = exchange.send(client, "list_container_executions", kwargs)

    return _build_response(client=client, response=response)


def sync(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    after: str | Unset = UNSET,
) -> ContainerExecutionsResponse:
    """List a container's executions

     Lists what ran in one container, the newest first.

    Args:
        container_id (str): The container's id.
        after (str | Unset): List only what follows this entry: the `next` of the page before. A
            server that announces `after` misses
            nothing by it, whatever comes and goes meanwhile; `offset` then counts from there.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        ContainerExecutionsResponse
    """

    return sync_detailed(
        container_id=container_id,
        client=client,
        after=after,
    ).parsed


async def asyncio_detailed(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    after: str | Unset = UNSET,
) -> Response[ContainerExecutionsResponse]:
    """List a container's executions

     Lists what ran in one container, the newest first.

    Args:
        container_id (str): The container's id.
        after (str | Unset): List only what follows this entry: the `next` of the page before. A
            server that announces `after` misses
            nothing by it, whatever comes and goes meanwhile; `offset` then counts from there.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[ContainerExecutionsResponse]
    """

    from ... import exchange

    kwargs = exchange.built(
        "list_container_executions",
        build_request,
        container_id=container_id,
        after=after,
    )

    response = await exchange.async_send(client, "list_container_executions", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    after: str | Unset = UNSET,
) -> ContainerExecutionsResponse:
    """List a container's executions

     Lists what ran in one container, the newest first.

    Args:
        container_id (str): The container's id.
        after (str | Unset): List only what follows this entry: the `next` of the page before. A
            server that announces `after` misses
            nothing by it, whatever comes and goes meanwhile; `offset` then counts from there.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        ContainerExecutionsResponse
    """

    return (
        await asyncio_detailed(
            container_id=container_id,
            client=client,
            after=after,
        )
    ).parsed
