from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...models.compute_execution_request import ComputeExecutionRequest
from ...models.execution import Execution
from ...models.persistent_container_request import PersistentContainerRequest
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    *,
    body: ComputeExecutionRequest | PersistentContainerRequest,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/compute/containers",
    }

    if isinstance(body, ComputeExecutionRequest):
        _kwargs["json"] = body.to_dict()
    else:
        _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Execution:
    from ... import exchange

    return exchange.parsed(client, "create_container", response, Execution.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Execution]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: ComputeExecutionRequest | PersistentContainerRequest,
    idempotency_key: str | Unset = UNSET,
) -> Response[Execution]:
    """Start a container

     Starts a container and answers at once with its record. A one-shot container runs `command` and ends
    with it; a
    persistent one stays up until it is cancelled or expires, and commands are run in it.

    Args:
        idempotency_key (str | Unset): Names this call. A server that announces `idempotency` does
            the work of a key once, and gives the same answer
            for the same key and body for 24 hours. The same key with another body is answered with
            422, a key whose first
            call is still running with 409 and the code `in_progress`.
        body (ComputeExecutionRequest | PersistentContainerRequest):

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[Execution]
    """

    from ... import exchange

    kwargs = exchange.built(
        "create_container",
        build_request,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = exchange.send(client, "create_container", kwargs)

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: ComputeExecutionRequest | PersistentContainerRequest,
    idempotency_key: str | Unset = UNSET,
) -> Execution:
    """Start a container

     Starts a container and answers at once with its record. A one-shot container runs `command` and ends
    with it; a
    persistent one stays up until it is cancelled or expires, and commands are run in it.

    Args:
        idempotency_key (str | Unset): Names this call. A server that announces `idempotency` does
            the work of a key once, and gives the same answer
            for the same key and body for 24 hours. The same key with another body is answered with
            422, a key whose first
            call is still running with 409 and the code `in_progress`.
        body (ComputeExecutionRequest | PersistentContainerRequest):

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Execution
    """

    return sync_detailed(
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: ComputeExecutionRequest | PersistentContainerRequest,
    idempotency_key: str | Unset = UNSET,
) -> Response[Execution]:
    """Start a container

     Starts a container and answers at once with its record. A one-shot container runs `command` and ends
    with it; a
    persistent one stays up until it is cancelled or expires, and commands are run in it.

    Args:
        idempotency_key (str | Unset): Names this call. A server that announces `idempotency` does
            the work of a key once, and gives the same answer
            for the same key and body for 24 hours. The same key with another body is answered with
            422, a key whose first
            call is still running with 409 and the code `in_progress`.
        body (ComputeExecutionRequest | PersistentContainerRequest):

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[Execution]
    """

    from ... import exchange

    kwargs = exchange.built(
        "create_container",
        build_request,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = await exchange.async_send(client, "create_container", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: ComputeExecutionRequest | PersistentContainerRequest,
    idempotency_key: str | Unset = UNSET,
) -> Execution:
    """Start a container

     Starts a container and answers at once with its record. A one-shot container runs `command` and ends
    with it; a
    persistent one stays up until it is cancelled or expires, and commands are run in it.

    Args:
        idempotency_key (str | Unset): Names this call. A server that announces `idempotency` does
            the work of a key once, and gives the same answer
            for the same key and body for 24 hours. The same key with another body is answered with
            422, a key whose first
            call is still running with 409 and the code `in_progress`.
        body (ComputeExecutionRequest | PersistentContainerRequest):

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Execution
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed
