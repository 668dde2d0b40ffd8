from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...models.stored_file import StoredFile
from ...types import UNSET, File, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    session_id: str,
    *,
    body: File,
    mode: int | Unset = UNSET,
    path: str,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""
    headers: dict[str, Any] = {}

    params: dict[str, Any] = {}

    params["mode"] = mode

    params["path"] = path

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "put",
        "url": "/api/v1/interpreter/sessions/{session_id}/files".format(
            session_id=quote(identifier("session_id", session_id), safe=""),
        ),
        "params": params,
    }

    _kwargs["content"] = body.payload
    headers["Content-Type"] = "application/octet-stream"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> StoredFile:
    from ... import exchange

    return exchange.parsed(client, "upload_session_file", response, StoredFile.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[StoredFile]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: File,
    mode: int | Unset = UNSET,
    path: str,
) -> Response[StoredFile]:
    """Write a file of a session

     Writes one file into the session's work folder, making the folders on the way. A file of that name
    is replaced.

    Args:
        session_id (str): The session's id.
        mode (int | Unset): The file's permissions, as a number; those of the file that it
            replaces unless it is said, or else `0o644`, which is 420.
        path (str): The file's path, relative to the work folder, with `/` between its parts and
            no `..`. A server that announces
            `filesystem` takes one that is absolute in the sandbox as well.
        body (File):

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[StoredFile]
    """

    from ... import exchange

    kwargs = exchange.built(
        "upload_session_file",
        build_request,
        session_id=session_id,
        body=body,
        mode=mode,
        path=path,
    )

    response = exchange.send(client, "upload_session_file", kwargs)

    return _build_response(client=client, response=response)


def sync(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: File,
    mode: int | Unset = UNSET,
    path: str,
) -> StoredFile:
    """Write a file of a session

     Writes one file into the session's work folder, making the folders on the way. A file of that name
    is replaced.

    Args:
        session_id (str): The session's id.
        mode (int | Unset): The file's permissions, as a number; those of the file that it
            replaces unless it is said, or else `0o644`, which is 420.
        path (str): The file's path, relative to the work folder, with `/` between its parts and
            no `..`. A server that announces
            `filesystem` takes one that is absolute in the sandbox as well.
        body (File):

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        StoredFile
    """

    return sync_detailed(
        session_id=session_id,
        client=client,
        body=body,
        mode=mode,
        path=path,
    ).parsed


async def asyncio_detailed(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: File,
    mode: int | Unset = UNSET,
    path: str,
) -> Response[StoredFile]:
    """Write a file of a session

     Writes one file into the session's work folder, making the folders on the way. A file of that name
    is replaced.

    Args:
        session_id (str): The session's id.
        mode (int | Unset): The file's permissions, as a number; those of the file that it
            replaces unless it is said, or else `0o644`, which is 420.
        path (str): The file's path, relative to the work folder, with `/` between its parts and
            no `..`. A server that announces
            `filesystem` takes one that is absolute in the sandbox as well.
        body (File):

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[StoredFile]
    """

    from ... import exchange

    kwargs = exchange.built(
        "upload_session_file",
        build_request,
        session_id=session_id,
        body=body,
        mode=mode,
        path=path,
    )

    response = await exchange.async_send(client, "upload_session_file", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: File,
    mode: int | Unset = UNSET,
    path: str,
) -> StoredFile:
    """Write a file of a session

     Writes one file into the session's work folder, making the folders on the way. A file of that name
    is replaced.

    Args:
        session_id (str): The session's id.
        mode (int | Unset): The file's permissions, as a number; those of the file that it
            replaces unless it is said, or else `0o644`, which is 420.
        path (str): The file's path, relative to the work folder, with `/` between its parts and
            no `..`. A server that announces
            `filesystem` takes one that is absolute in the sandbox as well.
        body (File):

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        StoredFile
    """

    return (
        await asyncio_detailed(
            session_id=session_id,
            client=client,
            body=body,
            mode=mode,
            path=path,
        )
    ).parsed
