from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...models.file_entry import FileEntry
from ...models.session_folder_request import SessionFolderRequest
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    session_id: str,
    *,
    body: SessionFolderRequest,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/interpreter/sessions/{session_id}/filesystem/folder".format(
            session_id=quote(identifier("session_id", session_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> FileEntry:
    from ... import exchange

    return exchange.parsed(client, "make_session_folder", response, FileEntry.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[FileEntry]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: SessionFolderRequest,
    idempotency_key: str | Unset = UNSET,
) -> Response[FileEntry]:
    """Make a folder in a session

     Makes a folder, and those on its way.

    Args:
        session_id (str): The session's id.
        idempotency_key (str | Unset): Names this call. A server that announces `idempotency` does
            the work of a key once, and gives the same answer
            for the same key and body for 24 hours. The same key with another body is answered with
            422, a key whose first
            call is still running with 409 and the code `in_progress`.
        body (SessionFolderRequest): A folder to make.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[FileEntry]
    """

    from ... import exchange

    kwargs = exchange.built(
        "make_session_folder",
        build_request,
        session_id=session_id,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = exchange.send(client, "make_session_folder", kwargs)

    return _build_response(client=client, response=response)


def sync(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: SessionFolderRequest,
    idempotency_key: str | Unset = UNSET,
) -> FileEntry:
    """Make a folder in a session

     Makes a folder, and those on its way.

    Args:
        session_id (str): The session's id.
        idempotency_key (str | Unset): Names this call. A server that announces `idempotency` does
            the work of a key once, and gives the same answer
            for the same key and body for 24 hours. The same key with another body is answered with
            422, a key whose first
            call is still running with 409 and the code `in_progress`.
        body (SessionFolderRequest): A folder to make.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        FileEntry
    """

    return sync_detailed(
        session_id=session_id,
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: SessionFolderRequest,
    idempotency_key: str | Unset = UNSET,
) -> Response[FileEntry]:
    """Make a folder in a session

     Makes a folder, and those on its way.

    Args:
        session_id (str): The session's id.
        idempotency_key (str | Unset): Names this call. A server that announces `idempotency` does
            the work of a key once, and gives the same answer
            for the same key and body for 24 hours. The same key with another body is answered with
            422, a key whose first
            call is still running with 409 and the code `in_progress`.
        body (SessionFolderRequest): A folder to make.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[FileEntry]
    """

    from ... import exchange

    kwargs = exchange.built(
        "make_session_folder",
        build_request,
        session_id=session_id,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = await exchange.async_send(client, "make_session_folder", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: SessionFolderRequest,
    idempotency_key: str | Unset = UNSET,
) -> FileEntry:
    """Make a folder in a session

     Makes a folder, and those on its way.

    Args:
        session_id (str): The session's id.
        idempotency_key (str | Unset): Names this call. A server that announces `idempotency` does
            the work of a key once, and gives the same answer
            for the same key and body for 24 hours. The same key with another body is answered with
            422, a key whose first
            call is still running with 409 and the code `in_progress`.
        body (SessionFolderRequest): A folder to make.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        FileEntry
    """

    return (
        await asyncio_detailed(
            session_id=session_id,
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed
