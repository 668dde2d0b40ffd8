from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...models.interpreter_execution import InterpreterExecution
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
        "url": "/api/v1/interpreter/executions/{execution_id}".format(
            execution_id=quote(identifier("execution_id", execution_id), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> InterpreterExecution:
    from ... import exchange

    return exchange.parsed(client, "get_execution", response, InterpreterExecution.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[InterpreterExecution]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    execution_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[InterpreterExecution]:
    """Get an execution

     Gets the record of one execution, with its outputs.

    Args:
        execution_id (str): The execution's id.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[InterpreterExecution]
    """

    from ... import exchange

    kwargs = exchange.built(
        "get_execution",
        build_request,
        execution_id=execution_id,
    )

    response = exchange.send(client, "get_execution", kwargs)

    return _build_response(client=client, response=response)


def sync(
    execution_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> InterpreterExecution:
    """Get an execution

     Gets the record of one execution, with its outputs.

    Args:
        execution_id (str): The execution's id.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        InterpreterExecution
    """

    return sync_detailed(
        execution_id=execution_id,
        client=client,
    ).parsed


async def asyncio_detailed(
    execution_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[InterpreterExecution]:
    """Get an execution

     Gets the record of one execution, with its outputs.

    Args:
        execution_id (str): The execution's id.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[InterpreterExecution]
    """

    from ... import exchange

    kwargs = exchange.built(
        "get_execution",
        build_request,
        execution_id=execution_id,
    )

    response = await exchange.async_send(client, "get_execution", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    execution_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> InterpreterExecution:
    """Get an execution

     Gets the record of one execution, with its outputs.

    Args:
        execution_id (str): The execution's id.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        InterpreterExecution
    """

    return (
        await asyncio_detailed(
            execution_id=execution_id,
            client=client,
        )
    ).parsed
