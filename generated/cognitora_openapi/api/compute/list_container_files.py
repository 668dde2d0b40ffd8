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
    container_id: str,
    *,
    depth: int | Unset = 1,
    after: str | Unset = UNSET,
    user: str | Unset = UNSET,
    path: str,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""

    params: dict[str, Any] = {}

    params["depth"] = depth

    params["after"] = after

    params["user"] = user

    params["path"] = path

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/compute/containers/{container_id}/filesystem".format(
            container_id=quote(identifier("container_id", container_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> FilesResponse:
    from ... import exchange

    return exchange.parsed(client, "list_container_files", response, FilesResponse.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[FilesResponse]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    depth: int | Unset = 1,
    after: str | Unset = UNSET,
    user: str | Unset = UNSET,
    path: str,
) -> Response[FilesResponse]:
    """List a folder of a container

     Lists what is in a folder, in the order of the paths. With `depth` the folders in it are listed too.
    Symbolic links are listed and not followed.

    Args:
        container_id (str): The container's id.
        depth (int | Unset): How many levels of folders to list. Default: 1.
        after (str | Unset): List only what follows: the `next` of the page before.
        user (str | Unset): As whom it is done, by name or number, with `:` and a group if need
            be; by default as the container's user.
            Permissions hold as they do for a command of that user.
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
        "list_container_files",
        build_request,
        container_id=container_id,
        depth=depth,
        after=after,
        user=user,
        path=path,
    )

    response = exchange.send(client, "list_container_files", kwargs)

    return _build_response(client=client, response=response)


def sync(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    depth: int | Unset = 1,
    after: str | Unset = UNSET,
    user: str | Unset = UNSET,
    path: str,
) -> FilesResponse:
    """List a folder of a container

     Lists what is in a folder, in the order of the paths. With `depth` the folders in it are listed too.
    Symbolic links are listed and not followed.

    Args:
        container_id (str): The container's id.
        depth (int | Unset): How many levels of folders to list. Default: 1.
        after (str | Unset): List only what follows: the `next` of the page before.
        user (str | Unset): As whom it is done, by name or number, with `:` and a group if need
            be; by default as the container's user.
            Permissions hold as they do for a command of that user.
        path (str): The path: absolute in the sandbox, or relative to the work folder, which is
            `.`, with `/` between its parts
            and no `..`.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        FilesResponse
    """

    return sync_detailed(
        container_id=container_id,
        client=client,
        depth=depth,
        after=after,
        user=user,
        path=path,
    ).parsed


async def asyncio_detailed(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    depth: int | Unset = 1,
    after: str | Unset = UNSET,
    user: str | Unset = UNSET,
    path: str,
) -> Response[FilesResponse]:
    """List a folder of a container

     Lists what is in a folder, in the order of the paths. With `depth` the folders in it are listed too.
    Symbolic links are listed and not followed.

    Args:
        container_id (str): The container's id.
        depth (int | Unset): How many levels of folders to list. Default: 1.
        after (str | Unset): List only what follows: the `next` of the page before.
        user (str | Unset): As whom it is done, by name or number, with `:` and a group if need
            be; by default as the container's user.
            Permissions hold as they do for a command of that user.
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
        "list_container_files",
        build_request,
        container_id=container_id,
        depth=depth,
        after=after,
        user=user,
        path=path,
    )

    response = await exchange.async_send(client, "list_container_files", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    depth: int | Unset = 1,
    after: str | Unset = UNSET,
    user: str | Unset = UNSET,
    path: str,
) -> FilesResponse:
    """List a folder of a container

     Lists what is in a folder, in the order of the paths. With `depth` the folders in it are listed too.
    Symbolic links are listed and not followed.

    Args:
        container_id (str): The container's id.
        depth (int | Unset): How many levels of folders to list. Default: 1.
        after (str | Unset): List only what follows: the `next` of the page before.
        user (str | Unset): As whom it is done, by name or number, with `:` and a group if need
            be; by default as the container's user.
            Permissions hold as they do for a command of that user.
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
            container_id=container_id,
            client=client,
            depth=depth,
            after=after,
            user=user,
            path=path,
        )
    ).parsed
