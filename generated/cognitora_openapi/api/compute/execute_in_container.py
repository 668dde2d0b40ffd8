from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...models.container_exec_request import ContainerExecRequest
from ...models.container_exec_response import ContainerExecResponse
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    container_id: str,
    *,
    body: ContainerExecRequest,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/compute/containers/{container_id}/exec".format(
            container_id=quote(identifier("container_id", container_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ContainerExecResponse:
    from ... import exchange

    return exchange.parsed(
        client, "execute_in_container", response, ContainerExecResponse.from_dict
    )


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ContainerExecResponse]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: ContainerExecRequest,
    idempotency_key: str | Unset = UNSET,
) -> Response[ContainerExecResponse]:
    """Run a command in a container

     Runs a command in a running persistent container, its files written first, and answers at its end.

    Args:
        container_id (str): The container's id.
        idempotency_key (str | Unset): Names this call. A server that announces `idempotency` does
            the work of a key once, and gives the same answer
            for the same key and body for 24 hours. The same key with another body is answered with
            422, a key whose first
            call is still running with 409 and the code `in_progress`.
        body (ContainerExecRequest): A command to run in a container.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[ContainerExecResponse]
    """

    from ... import exchange

    kwargs = exchange.built(
        "execute_in_container",
        build_request,
        container_id=container_id,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = exchange.send(client, "execute_in_container", kwargs)

    return _build_response(client=client, response=response)


def sync(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: ContainerExecRequest,
    idempotency_key: str | Unset = UNSET,
) -> ContainerExecResponse:
    """Run a command in a container

     Runs a command in a running persistent container, its files written first, and answers at its end.

    Args:
        container_id (str): The container's id.
        idempotency_key (str | Unset): Names this call. A server that announces `idempotency` does
            the work of a key once, and gives the same answer
            for the same key and body for 24 hours. The same key with another body is answered with
            422, a key whose first
            call is still running with 409 and the code `in_progress`.
        body (ContainerExecRequest): A command to run in a container.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        ContainerExecResponse
    """

    return sync_detailed(
        container_id=container_id,
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: ContainerExecRequest,
    idempotency_key: str | Unset = UNSET,
) -> Response[ContainerExecResponse]:
    """Run a command in a container

     Runs a command in a running persistent container, its files written first, and answers at its end.

    Args:
        container_id (str): The container's id.
        idempotency_key (str | Unset): Names this call. A server that announces `idempotency` does
            the work of a key once, and gives the same answer
            for the same key and body for 24 hours. The same key with another body is answered with
            422, a key whose first
            call is still running with 409 and the code `in_progress`.
        body (ContainerExecRequest): A command to run in a container.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[ContainerExecResponse]
    """

    from ... import exchange

    kwargs = exchange.built(
        "execute_in_container",
        build_request,
        container_id=container_id,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = await exchange.async_send(client, "execute_in_container", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: ContainerExecRequest,
    idempotency_key: str | Unset = UNSET,
) -> ContainerExecResponse:
    """Run a command in a container

     Runs a command in a running persistent container, its files written first, and answers at its end.

    Args:
        container_id (str): The container's id.
        idempotency_key (str | Unset): Names this call. A server that announces `idempotency` does
            the work of a key once, and gives the same answer
            for the same key and body for 24 hours. The same key with another body is answered with
            422, a key whose first
            call is still running with 409 and the code `in_progress`.
        body (ContainerExecRequest): A command to run in a container.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        ContainerExecResponse
    """

    return (
        await asyncio_detailed(
            container_id=container_id,
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed
