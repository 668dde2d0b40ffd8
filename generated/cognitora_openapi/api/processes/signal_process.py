from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...models.process_info import ProcessInfo
from ...models.process_signal_request import ProcessSignalRequest
from ...types import Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    process_id: str,
    *,
    body: ProcessSignalRequest,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/processes/{process_id}/signal".format(
            process_id=quote(identifier("process_id", process_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ProcessInfo:
    from ... import exchange

    return exchange.parsed(client, "signal_process", response, ProcessInfo.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ProcessInfo]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    process_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: ProcessSignalRequest,
) -> Response[ProcessInfo]:
    """Signal a process

     Sends a signal to a process and to those of its process group. `KILL` goes to all that it has
    started, as when its
    time is up. To one that has ended nothing is sent.

    Args:
        process_id (str): The process's id.
        body (ProcessSignalRequest): A signal to send.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[ProcessInfo]
    """

    from ... import exchange

    kwargs = exchange.built(
        "signal_process",
        build_request,
        process_id=process_id,
        body=body,
    )

    response = exchange.send(client, "signal_process", kwargs)

    return _build_response(client=client, response=response)


def sync(
    process_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: ProcessSignalRequest,
) -> ProcessInfo:
    """Signal a process

     Sends a signal to a process and to those of its process group. `KILL` goes to all that it has
    started, as when its
    time is up. To one that has ended nothing is sent.

    Args:
        process_id (str): The process's id.
        body (ProcessSignalRequest): A signal to send.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        ProcessInfo
    """

    return sync_detailed(
        process_id=process_id,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    process_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: ProcessSignalRequest,
) -> Response[ProcessInfo]:
    """Signal a process

     Sends a signal to a process and to those of its process group. `KILL` goes to all that it has
    started, as when its
    time is up. To one that has ended nothing is sent.

    Args:
        process_id (str): The process's id.
        body (ProcessSignalRequest): A signal to send.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[ProcessInfo]
    """

    from ... import exchange

    kwargs = exchange.built(
        "signal_process",
        build_request,
        process_id=process_id,
        body=body,
    )

    response = await exchange.async_send(client, "signal_process", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    process_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: ProcessSignalRequest,
) -> ProcessInfo:
    """Signal a process

     Sends a signal to a process and to those of its process group. `KILL` goes to all that it has
    started, as when its
    time is up. To one that has ended nothing is sent.

    Args:
        process_id (str): The process's id.
        body (ProcessSignalRequest): A signal to send.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        ProcessInfo
    """

    return (
        await asyncio_detailed(
            process_id=process_id,
            client=client,
            body=body,
        )
    ).parsed
