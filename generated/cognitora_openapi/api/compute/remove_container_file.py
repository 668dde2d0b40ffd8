from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...models.acknowledgement import Acknowledgement
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    container_id: str,
    *,
    recursive: bool | Unset = False,
    user: str | Unset = UNSET,
    path: str,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""

    params: dict[str, Any] = {}

    params["recursive"] = recursive

    params["user"] = user

    params["path"] = path

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "delete",
        "url": "/api/v1/compute/containers/{container_id}/filesystem/entry".format(
            container_id=quote(identifier("container_id", container_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Acknowledgement:
    from ... import exchange

    return exchange.parsed(client, "remove_container_file", response, Acknowledgement.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Acknowledgement]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    recursive: bool | Unset = False,
    user: str | Unset = UNSET,
    path: str,
) -> Response[Acknowledgement]:
    """Remove a file or folder of a container

     Removes a file, a symbolic link or a folder. A folder that isn't empty is removed with `recursive`
    alone,
    and links in it aren't followed.

    Args:
        container_id (str): The container's id.
        recursive (bool | Unset): Whether a folder is removed with all in it. Default: False.
        user (str | Unset): As whom it is done, by name or number, with `:` and a group if need
            be; by default as the container's user.
            Permissions hold as they do for a command of that user.
        path (str): The path: absolute in the sandbox, or relative to the work folder, which is
            `.`, with `/` between its parts
            and no `..`.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[Acknowledgement]
    """

    from ... import exchange

    kwargs = exchange.built(
        "remove_container_file",
        build_request,
        container_id=container_id,
        recursive=recursive,
        user=user,
        path=path,
    )

    response = exchange.send(client, "remove_container_file", kwargs)

    return _build_response(client=client, response=response)


def sync(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    recursive: bool | Unset = False,
    user: str | Unset = UNSET,
    path: str,
) -> Acknowledgement:
    """Remove a file or folder of a container

     Removes a file, a symbolic link or a folder. A folder that isn't empty is removed with `recursive`
    alone,
    and links in it aren't followed.

    Args:
        container_id (str): The container's id.
        recursive (bool | Unset): Whether a folder is removed with all in it. Default: False.
        user (str | Unset): As whom it is done, by name or number, with `:` and a group if need
            be; by default as the container's user.
            Permissions hold as they do for a command of that user.
        path (str): The path: absolute in the sandbox, or relative to the work folder, which is
            `.`, with `/` between its parts
            and no `..`.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Acknowledgement
    """

    return sync_detailed(
        container_id=container_id,
        client=client,
        recursive=recursive,
        user=user,
        path=path,
    ).parsed


async def asyncio_detailed(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    recursive: bool | Unset = False,
    user: str | Unset = UNSET,
    path: str,
) -> Response[Acknowledgement]:
    """Remove a file or folder of a container

     Removes a file, a symbolic link or a folder. A folder that isn't empty is removed with `recursive`
    alone,
    and links in it aren't followed.

    Args:
        container_id (str): The container's id.
        recursive (bool | Unset): Whether a folder is removed with all in it. Default: False.
        user (str | Unset): As whom it is done, by name or number, with `:` and a group if need
            be; by default as the container's user.
            Permissions hold as they do for a command of that user.
        path (str): The path: absolute in the sandbox, or relative to the work folder, which is
            `.`, with `/` between its parts
            and no `..`.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[Acknowledgement]
    """

    from ... import exchange

    kwargs = exchange.built(
        "remove_container_file",
        build_request,
        container_id=container_id,
        recursive=recursive,
        user=user,
        path=path,
    )

    response = await exchange.async_send(client, "remove_container_file", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    recursive: bool | Unset = False,
    user: str | Unset = UNSET,
    path: str,
) -> Acknowledgement:
    """Remove a file or folder of a container

     Removes a file, a symbolic link or a folder. A folder that isn't empty is removed with `recursive`
    alone,
    and links in it aren't followed.

    Args:
        container_id (str): The container's id.
        recursive (bool | Unset): Whether a folder is removed with all in it. Default: False.
        user (str | Unset): As whom it is done, by name or number, with `:` and a group if need
            be; by default as the container's user.
            Permissions hold as they do for a command of that user.
        path (str): The path: absolute in the sandbox, or relative to the work folder, which is
            `.`, with `/` between its parts
            and no `..`.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Acknowledgement
    """

    return (
        await asyncio_detailed(
            container_id=container_id,
            client=client,
            recursive=recursive,
            user=user,
            path=path,
        )
    ).parsed
