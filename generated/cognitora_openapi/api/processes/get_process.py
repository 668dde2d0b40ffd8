from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...models.process_info import ProcessInfo
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    process_id: str,
    *,
    wait_seconds: int | Unset = UNSET,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""

    params: dict[str, Any] = {}

    params["wait_seconds"] = wait_seconds

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/processes/{process_id}".format(
            process_id=quote(identifier("process_id", process_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ProcessInfo:
    from ... import exchange

    return exchange.parsed(client, "get_process", response, ProcessInfo.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ProcessInfo]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    process_id: str,
    *,
    client: AuthenticatedClient | Client,
    wait_seconds: int | Unset = UNSET,
) -> Response[ProcessInfo]:
    """Get a process

     Gets a process, when it has ended or `wait_seconds` have passed.

    Args:
        process_id (str): The process's id.
        wait_seconds (int | Unset): Answer when the status is final or when this many seconds have
            passed, whichever comes first.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[ProcessInfo]
    """

    from ... import exchange

    kwargs = exchange.built(
        "get_process",
        build_request,
        process_id=process_id,
        wait_seconds=wait_seconds,
    )

    response = exchange.send(client, "get_process", kwargs)

    return _build_response(client=client, response=response)


def sync(
    process_id: str,
    *,
    client: AuthenticatedClient | Client,
    wait_seconds: int | Unset = UNSET,
) -> ProcessInfo:
    """Get a process

     Gets a process, when it has ended or `wait_seconds` have passed.

    Args:
        process_id (str): The process's id.
        wait_seconds (int | Unset): Answer when the status is final or when this many seconds have
            passed, whichever comes first.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        ProcessInfo
    """

    return sync_detailed(
        process_id=process_id,
        client=client,
        wait_seconds=wait_seconds,
    ).parsed


async def asyncio_detailed(
    process_id: str,
    *,
    client: AuthenticatedClient | Client,
    wait_seconds: int | Unset = UNSET,
) -> Response[ProcessInfo]:
    """Get a process

     Gets a process, when it has ended or `wait_seconds` have passed.

    Args:
        process_id (str): The process's id.
        wait_seconds (int | Unset): Answer when the status is final or when this many seconds have
            passed, whichever comes first.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[ProcessInfo]
    """

    from ... import exchange

    kwargs = exchange.built(
        "get_process",
        build_request,
        process_id=process_id,
        wait_seconds=wait_seconds,
    )

    response = await exchange.async_send(client, "get_process", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    process_id: str,
    *,
    client: AuthenticatedClient | Client,
    wait_seconds: int | Unset = UNSET,
) -> ProcessInfo:
    """Get a process

     Gets a process, when it has ended or `wait_seconds` have passed.

    Args:
        process_id (str): The process's id.
        wait_seconds (int | Unset): Answer when the status is final or when this many seconds have
            passed, whichever comes first.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        ProcessInfo
    """

    return (
        await asyncio_detailed(
            process_id=process_id,
            client=client,
            wait_seconds=wait_seconds,
        )
    ).parsed
