from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...models.execution import Execution
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    container_id: str,
    *,
    wait_seconds: int | Unset = UNSET,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""

    params: dict[str, Any] = {}

    params["wait_seconds"] = wait_seconds

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/compute/containers/{container_id}".format(
            container_id=quote(identifier("container_id", container_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Execution:
    from ... import exchange

    return exchange.parsed(client, "get_container", response, Execution.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Execution]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    wait_seconds: int | Unset = UNSET,
) -> Response[Execution]:
    """Get a container

     Gets a container. The statuses `COMPLETED`, `FAILED`, `CANCELLED` and `TIMEOUT` are final, in
    whichever case
    they are written.

    Args:
        container_id (str): The container's id.
        wait_seconds (int | Unset): Answer when the status is final or when this many seconds have
            passed, whichever comes first.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[Execution]
    """

    from ... import exchange

    kwargs = exchange.built(
        "get_container",
        build_request,
        container_id=container_id,
        wait_seconds=wait_seconds,
    )

    response = exchange.send(client, "get_container", kwargs)

    return _build_response(client=client, response=response)


def sync(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    wait_seconds: int | Unset = UNSET,
) -> Execution:
    """Get a container

     Gets a container. The statuses `COMPLETED`, `FAILED`, `CANCELLED` and `TIMEOUT` are final, in
    whichever case
    they are written.

    Args:
        container_id (str): The container's id.
        wait_seconds (int | Unset): Answer when the status is final or when this many seconds have
            passed, whichever comes first.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Execution
    """

    return sync_detailed(
        container_id=container_id,
        client=client,
        wait_seconds=wait_seconds,
    ).parsed


async def asyncio_detailed(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    wait_seconds: int | Unset = UNSET,
) -> Response[Execution]:
    """Get a container

     Gets a container. The statuses `COMPLETED`, `FAILED`, `CANCELLED` and `TIMEOUT` are final, in
    whichever case
    they are written.

    Args:
        container_id (str): The container's id.
        wait_seconds (int | Unset): Answer when the status is final or when this many seconds have
            passed, whichever comes first.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[Execution]
    """

    from ... import exchange

    kwargs = exchange.built(
        "get_container",
        build_request,
        container_id=container_id,
        wait_seconds=wait_seconds,
    )

    response = await exchange.async_send(client, "get_container", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    wait_seconds: int | Unset = UNSET,
) -> Execution:
    """Get a container

     Gets a container. The statuses `COMPLETED`, `FAILED`, `CANCELLED` and `TIMEOUT` are final, in
    whichever case
    they are written.

    Args:
        container_id (str): The container's id.
        wait_seconds (int | Unset): Answer when the status is final or when this many seconds have
            passed, whichever comes first.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Execution
    """

    return (
        await asyncio_detailed(
            container_id=container_id,
            client=client,
            wait_seconds=wait_seconds,
        )
    ).parsed
