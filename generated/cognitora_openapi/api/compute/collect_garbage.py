from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...models.collected_garbage import CollectedGarbage
from ...types import Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request() -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/compute/gc",
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> CollectedGarbage:
    from ... import exchange

    return exchange.parsed(client, "collect_garbage", response, CollectedGarbage.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[CollectedGarbage]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
) -> Response[CollectedGarbage]:
    """Remove what nobody owns

     Removes the containers, volumes and networks of local runtimes that are gone. What a runtime still
    owns is left
    alone, and so is everything that no runtime has made. A local runtime does the same for itself when
    it ends.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[CollectedGarbage]
    """

    from ... import exchange

    kwargs = exchange.built(
        "collect_garbage",
        build_request,
    )

    response = exchange.send(client, "collect_garbage", kwargs)

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
) -> CollectedGarbage:
    """Remove what nobody owns

     Removes the containers, volumes and networks of local runtimes that are gone. What a runtime still
    owns is left
    alone, and so is everything that no runtime has made. A local runtime does the same for itself when
    it ends.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        CollectedGarbage
    """

    return sync_detailed(
        client=client,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
) -> Response[CollectedGarbage]:
    """Remove what nobody owns

     Removes the containers, volumes and networks of local runtimes that are gone. What a runtime still
    owns is left
    alone, and so is everything that no runtime has made. A local runtime does the same for itself when
    it ends.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[CollectedGarbage]
    """

    from ... import exchange

    kwargs = exchange.built(
        "collect_garbage",
        build_request,
    )

    response = await exchange.async_send(client, "collect_garbage", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
) -> CollectedGarbage:
    """Remove what nobody owns

     Removes the containers, volumes and networks of local runtimes that are gone. What a runtime still
    owns is left
    alone, and so is everything that no runtime has made. A local runtime does the same for itself when
    it ends.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        CollectedGarbage
    """

    return (
        await asyncio_detailed(
            client=client,
        )
    ).parsed
