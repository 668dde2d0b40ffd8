from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...models.stored_folder import StoredFolder
from ...types import UNSET, File, Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    session_id: str,
    *,
    body: File,
    path: str,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""
    headers: dict[str, Any] = {}

    params: dict[str, Any] = {}

    params["path"] = path

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "put",
        "url": "/api/v1/interpreter/sessions/{session_id}/filesystem/tar".format(
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
) -> StoredFolder:
    from ... import exchange

    return exchange.parsed(client, "upload_session_folder", response, StoredFolder.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[StoredFolder]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: File,
    path: str,
) -> Response[StoredFolder]:
    """Write a folder of a session

     Writes what is in a tar stream into a folder, which is made if it is missing. Files of the same
    names are
    replaced; what else is there stays. A stream that has anything but files, folders, symbolic links
    and
    hard links to its own files, or that leads out of the folder, is refused, there and then.

    Args:
        session_id (str): The session's id.
        path (str): The path: absolute in the sandbox, or relative to the work folder, which is
            `.`, with `/` between its parts
            and no `..`.
        body (File):

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[StoredFolder]
    """

    from ... import exchange

    kwargs = exchange.built(
        "upload_session_folder",
        build_request,
        session_id=session_id,
        body=body,
        path=path,
    )

    response = exchange.send(client, "upload_session_folder", kwargs)

    return _build_response(client=client, response=response)


def sync(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: File,
    path: str,
) -> StoredFolder:
    """Write a folder of a session

     Writes what is in a tar stream into a folder, which is made if it is missing. Files of the same
    names are
    replaced; what else is there stays. A stream that has anything but files, folders, symbolic links
    and
    hard links to its own files, or that leads out of the folder, is refused, there and then.

    Args:
        session_id (str): The session's id.
        path (str): The path: absolute in the sandbox, or relative to the work folder, which is
            `.`, with `/` between its parts
            and no `..`.
        body (File):

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        StoredFolder
    """

    return sync_detailed(
        session_id=session_id,
        client=client,
        body=body,
        path=path,
    ).parsed


async def asyncio_detailed(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: File,
    path: str,
) -> Response[StoredFolder]:
    """Write a folder of a session

     Writes what is in a tar stream into a folder, which is made if it is missing. Files of the same
    names are
    replaced; what else is there stays. A stream that has anything but files, folders, symbolic links
    and
    hard links to its own files, or that leads out of the folder, is refused, there and then.

    Args:
        session_id (str): The session's id.
        path (str): The path: absolute in the sandbox, or relative to the work folder, which is
            `.`, with `/` between its parts
            and no `..`.
        body (File):

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[StoredFolder]
    """

    from ... import exchange

    kwargs = exchange.built(
        "upload_session_folder",
        build_request,
        session_id=session_id,
        body=body,
        path=path,
    )

    response = await exchange.async_send(client, "upload_session_folder", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: File,
    path: str,
) -> StoredFolder:
    """Write a folder of a session

     Writes what is in a tar stream into a folder, which is made if it is missing. Files of the same
    names are
    replaced; what else is there stays. A stream that has anything but files, folders, symbolic links
    and
    hard links to its own files, or that leads out of the folder, is refused, there and then.

    Args:
        session_id (str): The session's id.
        path (str): The path: absolute in the sandbox, or relative to the work folder, which is
            `.`, with `/` between its parts
            and no `..`.
        body (File):

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        StoredFolder
    """

    return (
        await asyncio_detailed(
            session_id=session_id,
            client=client,
            body=body,
            path=path,
        )
    ).parsed
