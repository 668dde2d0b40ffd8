from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...models.cost_estimate import CostEstimate
from ...models.cost_estimate_request import CostEstimateRequest
from ...types import Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    *,
    body: CostEstimateRequest,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/compute/estimate",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> CostEstimate:
    from ... import exchange

    return exchange.parsed(client, "estimate_cost", response, CostEstimate.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[CostEstimate]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: CostEstimateRequest,
) -> Response[CostEstimate]:
    """Estimate a container's cost

     Says what a container with these resources would cost if it ran for `timeoutSeconds`. Nothing is
    started.

    Args:
        body (CostEstimateRequest): Resources to price.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[CostEstimate]
    """

    from ... import exchange

    kwargs = exchange.built(
        "estimate_cost",
        build_request,
        body=body,
    )

    response = exchange.send(client, "estimate_cost", kwargs)

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: CostEstimateRequest,
) -> CostEstimate:
    """Estimate a container's cost

     Says what a container with these resources would cost if it ran for `timeoutSeconds`. Nothing is
    started.

    Args:
        body (CostEstimateRequest): Resources to price.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        CostEstimate
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: CostEstimateRequest,
) -> Response[CostEstimate]:
    """Estimate a container's cost

     Says what a container with these resources would cost if it ran for `timeoutSeconds`. Nothing is
    started.

    Args:
        body (CostEstimateRequest): Resources to price.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[CostEstimate]
    """

    from ... import exchange

    kwargs = exchange.built(
        "estimate_cost",
        build_request,
        body=body,
    )

    response = await exchange.async_send(client, "estimate_cost", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: CostEstimateRequest,
) -> CostEstimate:
    """Estimate a container's cost

     Says what a container with these resources would cost if it ran for `timeoutSeconds`. Nothing is
    started.

    Args:
        body (CostEstimateRequest): Resources to price.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        CostEstimate
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
