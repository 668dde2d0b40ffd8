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
    container_id: str,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/compute/containers/{container_id}/ports".format(
            container_id=quote(identifier("container_id", container_id), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ExposedPortsResponse:
    from ... import exchange

    return exchange.parsed(client, "list_container_ports", response, ExposedPortsResponse.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ExposedPortsResponse]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[ExposedPortsResponse]:
    """List the exposed ports of a container

     Lists the container's ports that are exposed, by their numbers.

    Args:
        container_id (str): The container's id.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[ExposedPortsResponse]
    """

    from ... import exchange

    kwargs = exchange.built(
        "list_container_ports",
        build_request,
        container_id=container_id,
    )

    response = exchange.send(client, "list_container_ports", kwargs)

    return _build_response(client=client, response=response)


def sync(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> ExposedPortsResponse:
    """List the exposed ports of a container

     Lists the container's ports that are exposed, by their numbers.

    Args:
        container_id (str): The container's id.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        ExposedPortsResponse
    """

    return sync_detailed(
        container_id=container_id,
        client=client,
    ).parsed


async def asyncio_detailed(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[ExposedPortsResponse]:
    """List the exposed ports of a container

     Lists the container's ports that are exposed, by their numbers.

    Args:
        container_id (str): The container's id.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[ExposedPortsResponse]
    """

    from ... import exchange

    kwargs = exchange.built(
        "list_container_ports",
        build_request,
        container_id=container_id,
    )

    response = await exchange.async_send(client, "list_container_ports", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> ExposedPortsResponse:
    """List the exposed ports of a container

     Lists the container's ports that are exposed, by their numbers.

    Args:
        container_id (str): The container's id.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        ExposedPortsResponse
    """

    return (
        await asyncio_detailed(
            container_id=container_id,
            client=client,
        )
    ).parsed
