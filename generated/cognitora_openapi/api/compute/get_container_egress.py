from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...models.egress_status import EgressStatus
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
        "url": "/api/v1/compute/containers/{container_id}/egress".format(
            container_id=quote(identifier("container_id", container_id), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> EgressStatus:
    from ... import exchange

    return exchange.parsed(client, "get_container_egress", response, EgressStatus.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[EgressStatus]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[EgressStatus]:
    """Get what a container may reach

     Gets what the container may reach with networking, and what of the rest it has tried to.

    Args:
        container_id (str): The container's id.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[EgressStatus]
    """

    from ... import exchange

    kwargs = exchange.built(
        "get_container_egress",
        build_request,
        container_id=container_id,
    )

    response = exchange.send(client, "get_container_egress", kwargs)

    return _build_response(client=client, response=response)


def sync(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> EgressStatus:
    """Get what a container may reach

     Gets what the container may reach with networking, and what of the rest it has tried to.

    Args:
        container_id (str): The container's id.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        EgressStatus
    """

    return sync_detailed(
        container_id=container_id,
        client=client,
    ).parsed


async def asyncio_detailed(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[EgressStatus]:
    """Get what a container may reach

     Gets what the container may reach with networking, and what of the rest it has tried to.

    Args:
        container_id (str): The container's id.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[EgressStatus]
    """

    from ... import exchange

    kwargs = exchange.built(
        "get_container_egress",
        build_request,
        container_id=container_id,
    )

    response = await exchange.async_send(client, "get_container_egress", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> EgressStatus:
    """Get what a container may reach

     Gets what the container may reach with networking, and what of the rest it has tried to.

    Args:
        container_id (str): The container's id.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        EgressStatus
    """

    return (
        await asyncio_detailed(
            container_id=container_id,
            client=client,
        )
    ).parsed
