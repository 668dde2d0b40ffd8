from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...models.process_info import ProcessInfo
from ...models.terminal_size import TerminalSize
from ...types import Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    process_id: str,
    *,
    body: TerminalSize,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "patch",
        "url": "/api/v1/processes/{process_id}/terminal".format(
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

    return exchange.parsed(client, "resize_process", response, ProcessInfo.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ProcessInfo]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    process_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: TerminalSize,
) -> Response[ProcessInfo]:
    """Resize a process's terminal

     Gives the terminal of a process another size. A process without a terminal is answered with 409.

    Args:
        process_id (str): The process's id.
        body (TerminalSize): The size of a terminal, in characters. A process that has one prints
            all to its standard output.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[ProcessInfo]
    """

    from ... import exchange

    kwargs = exchange.built(
        "resize_process",
        build_request,
        process_id=process_id,
        body=body,
    )

    response = exchange.send(client, "resize_process", kwargs)

    return _build_response(client=client, response=response)


def sync(
    process_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: TerminalSize,
) -> ProcessInfo:
    """Resize a process's terminal

     Gives the terminal of a process another size. A process without a terminal is answered with 409.

    Args:
        process_id (str): The process's id.
        body (TerminalSize): The size of a terminal, in characters. A process that has one prints
            all to its standard output.

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
    body: TerminalSize,
) -> Response[ProcessInfo]:
    """Resize a process's terminal

     Gives the terminal of a process another size. A process without a terminal is answered with 409.

    Args:
        process_id (str): The process's id.
        body (TerminalSize): The size of a terminal, in characters. A process that has one prints
            all to its standard output.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[ProcessInfo]
    """

    from ... import exchange

    kwargs = exchange.built(
        "resize_process",
        build_request,
        process_id=process_id,
        body=body,
    )

    response = await exchange.async_send(client, "resize_process", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    process_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: TerminalSize,
) -> ProcessInfo:
    """Resize a process's terminal

     Gives the terminal of a process another size. A process without a terminal is answered with 409.

    Args:
        process_id (str): The process's id.
        body (TerminalSize): The size of a terminal, in characters. A process that has one prints
            all to its standard output.

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
