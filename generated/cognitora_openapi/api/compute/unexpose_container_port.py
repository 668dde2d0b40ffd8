from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...models.acknowledgement import Acknowledgement
from ...types import UNSET, Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    container_id: str,
    *,
    port: int,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""

    params: dict[str, Any] = {}

    params["port"] = port

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "delete",
        "url": "/api/v1/compute/containers/{container_id}/ports".format(
            container_id=quote(identifier("container_id", container_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Acknowledgement:
    from ... import exchange

    return exchange.parsed(client, "unexpose_container_port", response, Acknowledgement.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Acknowledgement]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    port: int,
) -> Response[Acknowledgement]:
    """Take a port of a container back

     Takes an exposed port back. Connections through it are broken off.

    Args:
        container_id (str): The container's id.
        port (int): The port inside that the server listens on.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[Acknowledgement]
    """

    from ... import exchange

    kwargs = exchange.built(
        "unexpose_container_port",
        build_request,
        container_id=container_id,
        port=port,
    )

    response = exchange.send(client, "unexpose_container_port", kwargs)

    return _build_response(client=client, response=response)


def sync(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    port: int,
) -> Acknowledgement:
    """Take a port of a container back

     Takes an exposed port back. Connections through it are broken off.

    Args:
        container_id (str): The container's id.
        port (int): The port inside that the server listens on.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Acknowledgement
    """

    return sync_detailed(
        container_id=container_id,
        client=client,
        port=port,
    ).parsed


async def asyncio_detailed(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    port: int,
) -> Response[Acknowledgement]:
    """Take a port of a container back

     Takes an exposed port back. Connections through it are broken off.

    Args:
        container_id (str): The container's id.
        port (int): The port inside that the server listens on.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[Acknowledgement]
    """

    from ... import exchange

    kwargs = exchange.built(
        "unexpose_container_port",
        build_request,
        container_id=container_id,
        port=port,
    )

    response = await exchange.async_send(client, "unexpose_container_port", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    port: int,
) -> Acknowledgement:
    """Take a port of a container back

     Takes an exposed port back. Connections through it are broken off.

    Args:
        container_id (str): The container's id.
        port (int): The port inside that the server listens on.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Acknowledgement
    """

    return (
        await asyncio_detailed(
            container_id=container_id,
            client=client,
            port=port,
        )
    ).parsed
