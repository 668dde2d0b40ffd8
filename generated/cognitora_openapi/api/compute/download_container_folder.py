from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...types import UNSET, File, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    container_id: str,
    *,
    user: str | Unset = UNSET,
    path: str,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""

    params: dict[str, Any] = {}

    params["user"] = user

    params["path"] = path

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/compute/containers/{container_id}/filesystem/tar".format(
            container_id=quote(identifier("container_id", container_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> File:
    from ... import exchange

    return exchange.file(client, "download_container_folder", response)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[File]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    user: str | Unset = UNSET,
    path: str,
) -> Response[File]:
    """Read a folder of a container

     Reads a folder with all in it as a tar stream, symbolic links as such. Sockets, pipes and devices
    are
    left out.

    Args:
        container_id (str): The container's id.
        user (str | Unset): As whom it is done, by name or number, with `:` and a group if need
            be; by default as the container's user.
            Permissions hold as they do for a command of that user.
        path (str): The path: absolute in the sandbox, or relative to the work folder, which is
            `.`, with `/` between its parts
            and no `..`.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[File]
    """

    from ... import exchange

    kwargs = exchange.built(
        "download_container_folder",
        build_request,
        container_id=container_id,
        user=user,
        path=path,
    )

    response = exchange.send(client, "download_container_folder", kwargs)

    return _build_response(client=client, response=response)


def sync(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    user: str | Unset = UNSET,
    path: str,
) -> File:
    """Read a folder of a container

     Reads a folder with all in it as a tar stream, symbolic links as such. Sockets, pipes and devices
    are
    left out.

    Args:
        container_id (str): The container's id.
        user (str | Unset): As whom it is done, by name or number, with `:` and a group if need
            be; by default as the container's user.
            Permissions hold as they do for a command of that user.
        path (str): The path: absolute in the sandbox, or relative to the work folder, which is
            `.`, with `/` between its parts
            and no `..`.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        File
    """

    return sync_detailed(
        container_id=container_id,
        client=client,
        user=user,
        path=path,
    ).parsed


async def asyncio_detailed(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    user: str | Unset = UNSET,
    path: str,
) -> Response[File]:
    """Read a folder of a container

     Reads a folder with all in it as a tar stream, symbolic links as such. Sockets, pipes and devices
    are
    left out.

    Args:
        container_id (str): The container's id.
        user (str | Unset): As whom it is done, by name or number, with `:` and a group if need
            be; by default as the container's user.
            Permissions hold as they do for a command of that user.
        path (str): The path: absolute in the sandbox, or relative to the work folder, which is
            `.`, with `/` between its parts
            and no `..`.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[File]
    """

    from ... import exchange

    kwargs = exchange.built(
        "download_container_folder",
        build_request,
        container_id=container_id,
        user=user,
        path=path,
    )

    response = await exchange.async_send(client, "download_container_folder", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    user: str | Unset = UNSET,
    path: str,
) -> File:
    """Read a folder of a container

     Reads a folder with all in it as a tar stream, symbolic links as such. Sockets, pipes and devices
    are
    left out.

    Args:
        container_id (str): The container's id.
        user (str | Unset): As whom it is done, by name or number, with `:` and a group if need
            be; by default as the container's user.
            Permissions hold as they do for a command of that user.
        path (str): The path: absolute in the sandbox, or relative to the work folder, which is
            `.`, with `/` between its parts
            and no `..`.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        File
    """

    return (
        await asyncio_detailed(
            container_id=container_id,
            client=client,
            user=user,
            path=path,
        )
    ).parsed
