from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...models.files_response import FilesResponse
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    session_id: str,
    *,
    depth: int | Unset = 1,
    after: str | Unset = UNSET,
    path: str,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""

    params: dict[str, Any] = {}

    params["depth"] = depth

    params["after"] = after

    params["path"] = path

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/interpreter/sessions/{session_id}/filesystem".format(
            session_id=quote(identifier("session_id", session_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> FilesResponse:
    from ... import exchange

    return exchange.parsed(client, "list_session_files", response, FilesResponse.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[FilesResponse]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    depth: int | Unset = 1,
    after: str | Unset = UNSET,
    path: str,
) -> Response[FilesResponse]:
    """List a folder of a session

     Lists what is in a folder, in the order of the paths. With `depth` the folders in it are listed too.
    Symbolic links are listed and not followed.

    Args:
        session_id (str): The session's id.
        depth (int | Unset): How many levels of folders to list. Default: 1.
        after (str | Unset): List only what follows: the `next` of the page before.
        path (str): The path: absolute in the sandbox, or relative to the work folder, which is
            `.`, with `/` between its parts
            and no `..`.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[FilesResponse]
    """

    from ... import exchange

    kwargs = exchange.built(
        "list_session_files",
        build_request,
        session_id=session_id,
        depth=depth,
        after=after,
        path=path,
    )

    response = exchange.send(client, "list_session_files", kwargs)

    return _build_response(client=client, response=response)


def sync(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    depth: int | Unset = 1,
    after: str | Unset = UNSET,
    path: str,
) -> FilesResponse:
    """List a folder of a session

     Lists what is in a folder, in the order of the paths. With `depth` the folders in it are listed too.
    Symbolic links are listed and not followed.

    Args:
        session_id (str): The session's id.
        depth (int | Unset): How many levels of folders to list. Default: 1.
        after (str | Unset): List only what follows: the `next` of the page before.
        path (str): The path: absolute in the sandbox, or relative to the work folder, which is
            `.`, with `/` between its parts
            and no `..`.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        FilesResponse
    """

    return sync_detailed(
        session_id=session_id,
        client=client,
        depth=depth,
        after=after,
        path=path,
    ).parsed


async def asyncio_detailed(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    depth: int | Unset = 1,
    after: str | Unset = UNSET,
    path: str,
) -> Response[FilesResponse]:
    """List a folder of a session

     Lists what is in a folder, in the order of the paths. With `depth` the folders in it are listed too.
    Symbolic links are listed and not followed.

    Args:
        session_id (str): The session's id.
        depth (int | Unset): How many levels of folders to list. Default: 1.
        after (str | Unset): List only what follows: the `next` of the page before.
        path (str): The path: absolute in the sandbox, or relative to the work folder, which is
            `.`, with `/` between its parts
            and no `..`.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[FilesResponse]
    """

    from ... import exchange

    kwargs = exchange.built(
        "list_session_files",
        build_request,
        session_id=session_id,
        depth=depth,
        after=after,
        path=path,
    )

    response = await exchange.async_send(client, "list_session_files", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    depth: int | Unset = 1,
    after: str | Unset = UNSET,
    path: str,
) -> FilesResponse:
    """List a folder of a session

     Lists what is in a folder, in the order of the paths. With `depth` the folders in it are listed too.
    Symbolic links are listed and not followed.

    Args:
        session_id (str): The session's id.
        depth (int | Unset): How many levels of folders to list. Default: 1.
        after (str | Unset): List only what follows: the `next` of the page before.
        path (str): The path: absolute in the sandbox, or relative to the work folder, which is
            `.`, with `/` between its parts
            and no `..`.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        FilesResponse
    """

    return (
        await asyncio_detailed(
            session_id=session_id,
            client=client,
            depth=depth,
            after=after,
            path=path,
        )
    ).parsed
