from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...models.container_execution import ContainerExecution
from ...types import Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    execution_id: str,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/compute/containers/executions/{execution_id}".format(
            execution_id=quote(identifier("execution_id", execution_id), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ContainerExecution:
    from ... import exchange

    return exchange.parsed(
        client, "get_container_execution", response, ContainerExecution.from_dict
    )


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ContainerExecution]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    execution_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[ContainerExecution]:
    """Get a container execution

     Gets the record of one thing that ran in a container.

    Args:
        execution_id (str): The execution's id.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[ContainerExecution]
    """

    from ... import exchange

    kwargs = exchange.built(
        "get_container_execution",
        build_request,
        execution_id=execution_id,
    )

    response = exchange.send(client, "get_container_execution", kwargs)

    return _build_response(client=client, response=response)


def sync(
    execution_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> ContainerExecution:
    """Get a container execution

     Gets the record of one thing that ran in a container.

    Args:
        execution_id (str): The execution's id.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        ContainerExecution
    """

    return sync_detailed(
        execution_id=execution_id,
        client=client,
    ).parsed


async def asyncio_detailed(
    execution_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[ContainerExecution]:
    """Get a container execution

     Gets the record of one thing that ran in a container.

    Args:
        execution_id (str): The execution's id.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[ContainerExecution]
    """

    from ... import exchange

    kwargs = exchange.built(
        "get_container_execution",
        build_request,
        execution_id=execution_id,
    )

    response = await exchange.async_send(client, "get_container_execution", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    execution_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> ContainerExecution:
    """Get a container execution

     Gets the record of one thing that ran in a container.

    Args:
        execution_id (str): The execution's id.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        ContainerExecution
    """

    return (
        await asyncio_detailed(
            execution_id=execution_id,
            client=client,
        )
    ).parsed
