from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...models.process_output import ProcessOutput
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    process_id: str,
    *,
    offset: int | Unset = 0,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""

    params: dict[str, Any] = {}

    params["offset"] = offset

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/processes/{process_id}/output".format(
            process_id=quote(identifier("process_id", process_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ProcessOutput:
    from ... import exchange

    return exchange.parsed(client, "get_process_output", response, ProcessOutput.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ProcessOutput]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    process_id: str,
    *,
    client: AuthenticatedClient | Client,
    offset: int | Unset = 0,
) -> Response[ProcessOutput]:
    """Get what a process has printed

     Gets what the process has printed from `offset` on, as far as one answer carries it. Standard output
    and standard
    error are in the order they came. What follows begins at the answer's `next_offset`.

    Args:
        process_id (str): The process's id.
        offset (int | Unset): The bytes of its output to pass over, of both streams together.
            Default: 0.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[ProcessOutput]
    """

    from ... import exchange

    kwargs = exchange.built(
        "get_process_output",
        build_request,
        process_id=process_id,
        offset=offset,
    )

    response = exchange.send(client, "get_process_output", kwargs)

    return _build_response(client=client, response=response)


def sync(
    process_id: str,
    *,
    client: AuthenticatedClient | Client,
    offset: int | Unset = 0,
) -> ProcessOutput:
    """Get what a process has printed

     Gets what the process has printed from `offset` on, as far as one answer carries it. Standard output
    and standard
    error are in the order they came. What follows begins at the answer's `next_offset`.

    Args:
        process_id (str): The process's id.
        offset (int | Unset): The bytes of its output to pass over, of both streams together.
            Default: 0.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        ProcessOutput
    """

    return sync_detailed(
        process_id=process_id,
        client=client,
        offset=offset,
    ).parsed


async def asyncio_detailed(
    process_id: str,
    *,
    client: AuthenticatedClient | Client,
    offset: int | Unset = 0,
) -> Response[ProcessOutput]:
    """Get what a process has printed

     Gets what the process has printed from `offset` on, as far as one answer carries it. Standard output
    and standard
    error are in the order they came. What follows begins at the answer's `next_offset`.

    Args:
        process_id (str): The process's id.
        offset (int | Unset): The bytes of its output to pass over, of both streams together.
            Default: 0.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[ProcessOutput]
    """

    from ... import exchange

    kwargs = exchange.built(
        "get_process_output",
        build_request,
        process_id=process_id,
        offset=offset,
    )

    response = await exchange.async_send(client, "get_process_output", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    process_id: str,
    *,
    client: AuthenticatedClient | Client,
    offset: int | Unset = 0,
) -> ProcessOutput:
    """Get what a process has printed

     Gets what the process has printed from `offset` on, as far as one answer carries it. Standard output
    and standard
    error are in the order they came. What follows begins at the answer's `next_offset`.

    Args:
        process_id (str): The process's id.
        offset (int | Unset): The bytes of its output to pass over, of both streams together.
            Default: 0.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        ProcessOutput
    """

    return (
        await asyncio_detailed(
            process_id=process_id,
            client=client,
            offset=offset,
        )
    ).parsed
