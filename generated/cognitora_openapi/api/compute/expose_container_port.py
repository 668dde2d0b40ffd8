from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...models.exposed_port import ExposedPort
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
        "method": "put",
        "url": "/api/v1/compute/containers/{container_id}/ports".format(
            container_id=quote(identifier("container_id", container_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ExposedPort:
    from ... import exchange

    return exchange.parsed(client, "expose_container_port", response, ExposedPort.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ExposedPort]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    port: int,
) -> Response[ExposedPort]:
    """Expose a port of a container

     Lets a server that listens in the container be reached from outside. TCP goes there, so HTTP and
    WebSockets too, with
    networking off as well, until the port is taken back or the container ends. The server may listen on
    the loopback
    or on all addresses. Exposing a port again gives the same address. Nothing needs to listen yet:
    until something does,
    connections are closed at once.

    Args:
        container_id (str): The container's id.
        port (int): The port inside that the server listens on.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[ExposedPort]
    """

    from ... import exchange

    kwargs = exchange.built(
        "expose_container_port",
        build_request,
        container_id=container_id,
        port=port,
    )

    response = exchange.send(client, "expose_container_port", kwargs)

    return _build_response(client=client, response=response)


def sync(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    port: int,
) -> ExposedPort:
    """Expose a port of a container

     Lets a server that listens in the container be reached from outside. TCP goes there, so HTTP and
    WebSockets too, with
    networking off as well, until the port is taken back or the container ends. The server may listen on
    the loopback
    or on all addresses. Exposing a port again gives the same address. Nothing needs to listen yet:
    until something does,
    connections are closed at once.

    Args:
        container_id (str): The container's id.
        port (int): The port inside that the server listens on.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        ExposedPort
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
) -> Response[ExposedPort]:
    """Expose a port of a container

     Lets a server that listens in the container be reached from outside. TCP goes there, so HTTP and
    WebSockets too, with
    networking off as well, until the port is taken back or the container ends. The server may listen on
    the loopback
    or on all addresses. Exposing a port again gives the same address. Nothing needs to listen yet:
    until something does,
    connections are closed at once.

    Args:
        container_id (str): The container's id.
        port (int): The port inside that the server listens on.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[ExposedPort]
    """

    from ... import exchange

    kwargs = exchange.built(
        "expose_container_port",
        build_request,
        container_id=container_id,
        port=port,
    )

    response = await exchange.async_send(client, "expose_container_port", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    port: int,
) -> ExposedPort:
    """Expose a port of a container

     Lets a server that listens in the container be reached from outside. TCP goes there, so HTTP and
    WebSockets too, with
    networking off as well, until the port is taken back or the container ends. The server may listen on
    the loopback
    or on all addresses. Exposing a port again gives the same address. Nothing needs to listen yet:
    until something does,
    connections are closed at once.

    Args:
        container_id (str): The container's id.
        port (int): The port inside that the server listens on.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        ExposedPort
    """

    return (
        await asyncio_detailed(
            container_id=container_id,
            client=client,
            port=port,
        )
    ).parsed
