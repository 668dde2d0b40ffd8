from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...models.process_stdin import ProcessStdin
from ...types import UNSET, File, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    process_id: str,
    *,
    body: File | Unset = UNSET,
    offset: int,
    close: bool | Unset = False,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""
    headers: dict[str, Any] = {}

    params: dict[str, Any] = {}

    params["offset"] = offset

    params["close"] = close

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "put",
        "url": "/api/v1/processes/{process_id}/stdin".format(
            process_id=quote(identifier("process_id", process_id), safe=""),
        ),
        "params": params,
    }

    if not isinstance(body, Unset):
        _kwargs["content"] = body.payload
    headers["Content-Type"] = "application/octet-stream"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ProcessStdin:
    from ... import exchange

    return exchange.parsed(client, "write_process_stdin", response, ProcessStdin.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ProcessStdin]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    process_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: File | Unset = UNSET,
    offset: int,
    close: bool | Unset = False,
) -> Response[ProcessStdin]:
    """Write to a process

     Writes to the standard input of a process, whose first byte belongs at `offset`: what the process
    has been given
    before is passed over, so that a repeated call gives nothing twice. It answers when the process has
    taken all of
    it, or what it has taken after some seconds: the rest is to be sent again.

    Args:
        process_id (str): The process's id.
        offset (int): How many bytes come before these.
        close (bool | Unset): Whether the input ends after these bytes. Default: False.
        body (File | Unset):

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[ProcessStdin]
    """

    from ... import exchange

    kwargs = exchange.built(
        "write_process_stdin",
        build_request,
        process_id=process_id,
        body=body,
        offset=offset,
        close=close,
    )

    response = exchange.send(client, "write_process_stdin", kwargs)

    return _build_response(client=client, response=response)


def sync(
    process_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: File | Unset = UNSET,
    offset: int,
    close: bool | Unset = False,
) -> ProcessStdin:
    """Write to a process

     Writes to the standard input of a process, whose first byte belongs at `offset`: what the process
    has been given
    before is passed over, so that a repeated call gives nothing twice. It answers when the process has
    taken all of
    it, or what it has taken after some seconds: the rest is to be sent again.

    Args:
        process_id (str): The process's id.
        offset (int): How many bytes come before these.
        close (bool | Unset): Whether the input ends after these bytes. Default: False.
        body (File | Unset):

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        ProcessStdin
    """

    return sync_detailed(
        process_id=process_id,
        client=client,
        body=body,
        offset=offset,
        close=close,
    ).parsed


async def asyncio_detailed(
    process_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: File | Unset = UNSET,
    offset: int,
    close: bool | Unset = False,
) -> Response[ProcessStdin]:
    """Write to a process

     Writes to the standard input of a process, whose first byte belongs at `offset`: what the process
    has been given
    before is passed over, so that a repeated call gives nothing twice. It answers when the process has
    taken all of
    it, or what it has taken after some seconds: the rest is to be sent again.

    Args:
        process_id (str): The process's id.
        offset (int): How many bytes come before these.
        close (bool | Unset): Whether the input ends after these bytes. Default: False.
        body (File | Unset):

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[ProcessStdin]
    """

    from ... import exchange

    kwargs = exchange.built(
        "write_process_stdin",
        build_request,
        process_id=process_id,
        body=body,
        offset=offset,
        close=close,
    )

    response = await exchange.async_send(client, "write_process_stdin", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    process_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: File | Unset = UNSET,
    offset: int,
    close: bool | Unset = False,
) -> ProcessStdin:
    """Write to a process

     Writes to the standard input of a process, whose first byte belongs at `offset`: what the process
    has been given
    before is passed over, so that a repeated call gives nothing twice. It answers when the process has
    taken all of
    it, or what it has taken after some seconds: the rest is to be sent again.

    Args:
        process_id (str): The process's id.
        offset (int): How many bytes come before these.
        close (bool | Unset): Whether the input ends after these bytes. Default: False.
        body (File | Unset):

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        ProcessStdin
    """

    return (
        await asyncio_detailed(
            process_id=process_id,
            client=client,
            body=body,
            offset=offset,
            close=close,
        )
    ).parsed
