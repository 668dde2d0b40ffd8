from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...models.acknowledgement import Acknowledgement
from ...types import Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    container_id: str,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""

    _kwargs: dict[str, Any] = {
        "method": "delete",
        "url": "/api/v1/compute/containers/{container_id}".format(
            container_id=quote(identifier("container_id", container_id), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Acknowledgement | None:
    from ... import exchange

    return exchange.parsed_if_any(client, "cancel_container", response, Acknowledgement.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Acknowledgement | None]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[Acknowledgement | None]:
    """Cancel a container

     Stops a container and what runs in it. Its record and logs stay readable.

    Args:
        container_id (str): The container's id.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[Acknowledgement | None]
    """

    from ... import exchange

    kwargs = exchange.built(
        "cancel_container",
        build_request,
        container_id=container_id,
    )

    response = exchange.send(client, "cancel_container", kwargs)

    return _build_response(client=client, response=response)


def sync(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Acknowledgement | None:
    """Cancel a container

     Stops a container and what runs in it. Its record and logs stay readable.

    Args:
        container_id (str): The container's id.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Acknowledgement | None
    """

    return sync_detailed(
        container_id=container_id,
        client=client,
    ).parsed


async def asyncio_detailed(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[Acknowledgement | None]:
    """Cancel a container

     Stops a container and what runs in it. Its record and logs stay readable.

    Args:
        container_id (str): The container's id.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[Acknowledgement | None]
    """

    from ... import exchange

    kwargs = exchange.built(
        "cancel_container",
        build_request,
        container_id=container_id,
    )

    response = await exchange.async_send(client, "cancel_container", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Acknowledgement | None:
    """Cancel a container

     Stops a container and what runs in it. Its record and logs stay readable.

    Args:
        container_id (str): The container's id.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Acknowledgement | None
    """

    return (
        await asyncio_detailed(
            container_id=container_id,
            client=client,
        )
    ).parsed
