from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...models.container_update_request import ContainerUpdateRequest
from ...models.container_update_response import ContainerUpdateResponse
from ...types import Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    container_id: str,
    *,
    body: ContainerUpdateRequest,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "patch",
        "url": "/api/v1/compute/containers/{container_id}".format(
            container_id=quote(identifier("container_id", container_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ContainerUpdateResponse:
    from ... import exchange

    return exchange.parsed(client, "update_container", response, ContainerUpdateResponse.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ContainerUpdateResponse]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: ContainerUpdateRequest,
) -> Response[ContainerUpdateResponse]:
    """Change when a container expires

     Gives a persistent container a new end, counted in seconds from now or as a point in time.

    Args:
        container_id (str): The container's id.
        body (ContainerUpdateRequest): A persistent container's new end.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[ContainerUpdateResponse]
    """

    from ... import exchange

    kwargs = exchange.built(
        "update_container",
        build_request,
        container_id=container_id,
        body=body,
    )

    response = exchange.send(client, "update_container", kwargs)

    return _build_response(client=client, response=response)


def sync(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: ContainerUpdateRequest,
) -> ContainerUpdateResponse:
    """Change when a container expires

     Gives a persistent container a new end, counted in seconds from now or as a point in time.

    Args:
        container_id (str): The container's id.
        body (ContainerUpdateRequest): A persistent container's new end.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        ContainerUpdateResponse
    """

    return sync_detailed(
        container_id=container_id,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: ContainerUpdateRequest,
) -> Response[ContainerUpdateResponse]:
    """Change when a container expires

     Gives a persistent container a new end, counted in seconds from now or as a point in time.

    Args:
        container_id (str): The container's id.
        body (ContainerUpdateRequest): A persistent container's new end.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[ContainerUpdateResponse]
    """

    from ... import exchange

    kwargs = exchange.built(
        "update_container",
        build_request,
        container_id=container_id,
        body=body,
    )

    response = await exchange.async_send(client, "update_container", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: ContainerUpdateRequest,
) -> ContainerUpdateResponse:
    """Change when a container expires

     Gives a persistent container a new end, counted in seconds from now or as a point in time.

    Args:
        container_id (str): The container's id.
        body (ContainerUpdateRequest): A persistent container's new end.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        ContainerUpdateResponse
    """

    return (
        await asyncio_detailed(
            container_id=container_id,
            client=client,
            body=body,
        )
    ).parsed
