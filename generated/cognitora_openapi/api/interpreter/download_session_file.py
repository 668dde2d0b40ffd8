from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...types import UNSET, File, Response

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
        "url": "/api/v1/interpreter/sessions/{session_id}/files".format(
            session_id=quote(identifier("session_id", session_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> File:
    from ... import exchange

    return exchange.file(client, "download_session_file", response)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[File]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    path: str,
) -> Response[File]:
    """Read a file of a session

     Reads one file of the session's work folder.

    Args:
        session_id (str): The session's id.
        path (str): The file's path, relative to the work folder, with `/` between its parts and
            no `..`. A server that announces
            `filesystem` takes one that is absolute in the sandbox as well.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[File]
    """

    from ... import exchange

    kwargs = exchange.built(
        "download_session_file",
        build_request,
        session_id=session_id,
        path=path,
    )

    response = exchange.send(client, "download_session_file", kwargs)

    return _build_response(client=client, response=response)


def sync(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    path: str,
) -> File:
    """Read a file of a session

     Reads one file of the session's work folder.

    Args:
        session_id (str): The session's id.
        path (str): The file's path, relative to the work folder, with `/` between its parts and
            no `..`. A server that announces
            `filesystem` takes one that is absolute in the sandbox as well.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        File
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
) -> Response[File]:
    """Read a file of a session

     Reads one file of the session's work folder.

    Args:
        session_id (str): The session's id.
        path (str): The file's path, relative to the work folder, with `/` between its parts and
            no `..`. A server that announces
            `filesystem` takes one that is absolute in the sandbox as well.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[File]
    """

    from ... import exchange

    kwargs = exchange.built(
        "download_session_file",
        build_request,
        session_id=session_id,
        path=path,
    )

    response = await exchange.async_send(client, "download_session_file", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    path: str,
) -> File:
    """Read a file of a session

     Reads one file of the session's work folder.

    Args:
        session_id (str): The session's id.
        path (str): The file's path, relative to the work folder, with `/` between its parts and
            no `..`. A server that announces
            `filesystem` takes one that is absolute in the sandbox as well.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        File
    """

    return (
        await asyncio_detailed(
            session_id=session_id,
            client=client,
            path=path,
        )
    ).parsed
