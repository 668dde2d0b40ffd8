from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...models.file_entry import FileEntry
from ...types import UNSET, Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    session_id: str,
    *,
    path: str,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""

    params: dict[str, Any] = {}

    params["path"] = path

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/interpreter/sessions/{session_id}/filesystem/entry".format(
            session_id=quote(identifier("session_id", session_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> FileEntry:
    from ... import exchange

    return exchange.parsed(client, "get_session_file", response, FileEntry.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[FileEntry]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    path: str,
) -> Response[FileEntry]:
    """Tell what is at a path of a session

     Tells what is at a path. A symbolic link is told as such, with its target.

    Args:
        session_id (str): The session's id.
        path (str): The path: absolute in the sandbox, or relative to the work folder, which is
            `.`, with `/` between its parts
            and no `..`.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[FileEntry]
    """

    from ... import exchange

    kwargs = exchange.built(
        "get_session_file",
        build_request,
        session_id=session_id,
        path=path,
    )

    response = exchange.send(client, "get_session_file", kwargs)

    return _build_response(client=client, response=response)


def sync(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    path: str,
) -> FileEntry:
    """Tell what is at a path of a session

     Tells what is at a path. A symbolic link is told as such, with its target.

    Args:
        session_id (str): The session's id.
        path (str): The path: absolute in the sandbox, or relative to the work folder, which is
            `.`, with `/` between its parts
            and no `..`.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        FileEntry
    """

    return sync_detailed(
        session_id=session_id,
        client=client,
        path=path,
    ).parsed


async def asyncio_detailed(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    path: str,
) -> Response[FileEntry]:
    """Tell what is at a path of a session

     Tells what is at a path. A symbolic link is told as such, with its target.

    Args:
        session_id (str): The session's id.
        path (str): The path: absolute in the sandbox, or relative to the work folder, which is
            `.`, with `/` between its parts
            and no `..`.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[FileEntry]
    """

    from ... import exchange

    kwargs = exchange.built(
        "get_session_file",
        build_request,
        session_id=session_id,
        path=path,
    )

    response = await exchange.async_send(client, "get_session_file", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    path: str,
) -> FileEntry:
    """Tell what is at a path of a session

     Tells what is at a path. A symbolic link is told as such, with its target.

    Args:
        session_id (str): The session's id.
        path (str): The path: absolute in the sandbox, or relative to the work folder, which is
            `.`, with `/` between its parts
            and no `..`.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        FileEntry
    """

    return (
        await asyncio_detailed(
            session_id=session_id,
            client=client,
            path=path,
        )
    ).parsed
