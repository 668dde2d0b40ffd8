from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...models.egress_status import EgressStatus
from ...models.set_egress_request import SetEgressRequest
from ...types import Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    container_id: str,
    *,
    body: SetEgressRequest,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "put",
        "url": "/api/v1/compute/containers/{container_id}/egress".format(
            container_id=quote(identifier("container_id", container_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> EgressStatus:
    from ... import exchange

    return exchange.parsed(client, "set_container_egress", response, EgressStatus.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[EgressStatus]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: SetEgressRequest,
) -> Response[EgressStatus]:
    """Change what a container may reach

     Says what the container may reach with networking from now on. It takes the place of what was said
    before; open
    connections to what isn't named any more are broken off.

    Args:
        container_id (str): The container's id.
        body (SetEgressRequest): What may be reached from now on.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[EgressStatus]
    """

    from ... import exchange

    kwargs = exchange.built(
        "set_container_egress",
        build_request,
        container_id=container_id,
        body=body,
    )

    response = exchange.send(client, "set_container_egress", kwargs)

    return _build_response(client=client, response=response)


def sync(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: SetEgressRequest,
) -> EgressStatus:
    """Change what a container may reach

     Says what the container may reach with networking from now on. It takes the place of what was said
    before; open
    connections to what isn't named any more are broken off.

    Args:
        container_id (str): The container's id.
        body (SetEgressRequest): What may be reached from now on.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        EgressStatus
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
    body: SetEgressRequest,
) -> Response[EgressStatus]:
    """Change what a container may reach

     Says what the container may reach with networking from now on. It takes the place of what was said
    before; open
    connections to what isn't named any more are broken off.

    Args:
        container_id (str): The container's id.
        body (SetEgressRequest): What may be reached from now on.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[EgressStatus]
    """

    from ... import exchange

    kwargs = exchange.built(
        "set_container_egress",
        build_request,
        container_id=container_id,
        body=body,
    )

    response = await exchange.async_send(client, "set_container_egress", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: SetEgressRequest,
) -> EgressStatus:
    """Change what a container may reach

     Says what the container may reach with networking from now on. It takes the place of what was said
    before; open
    connections to what isn't named any more are broken off.

    Args:
        container_id (str): The container's id.
        body (SetEgressRequest): What may be reached from now on.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        EgressStatus
    """

    return (
        await asyncio_detailed(
            container_id=container_id,
            client=client,
            body=body,
        )
    ).parsed
