from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...models.stored_folder import StoredFolder
from ...types import UNSET, File, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    container_id: str,
    *,
    body: File,
    user: str | Unset = UNSET,
    path: str,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""
    headers: dict[str, Any] = {}

    params: dict[str, Any] = {}

    params["user"] = user

    params["path"] = path

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "put",
        "url": "/api/v1/compute/containers/{container_id}/filesystem/tar".format(
            container_id=quote(identifier("container_id", container_id), safe=""),
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

    return exchange.parsed(client, "upload_container_folder", response, StoredFolder.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[StoredFolder]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: File,
    user: str | Unset = UNSET,
    path: str,
) -> Response[StoredFolder]:
    """Write a folder of a container

     Writes what is in a tar stream into a folder, which is made if it is missing. Files of the same
    names are
    replaced; what else is there stays. A stream that has anything but files, folders, symbolic links
    and
    hard links to its own files, or that leads out of the folder, is refused, there and then.

    Args:
        container_id (str): The container's id.
        user (str | Unset): As whom it is done, by name or number, with `:` and a group if need
            be; by default as the container's user.
            Permissions hold as they do for a command of that user.
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
        "upload_container_folder",
        build_request,
        container_id=container_id,
        body=body,
        user=user,
        path=path,
    )

    response = exchange.send(client, "upload_container_folder", kwargs)

    return _build_response(client=client, response=response)


def sync(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: File,
    user: str | Unset = UNSET,
    path: str,
) -> StoredFolder:
    """Write a folder of a container

     Writes what is in a tar stream into a folder, which is made if it is missing. Files of the same
    names are
    replaced; what else is there stays. A stream that has anything but files, folders, symbolic links
    and
    hard links to its own files, or that leads out of the folder, is refused, there and then.

    Args:
        container_id (str): The container's id.
        user (str | Unset): As whom it is done, by name or number, with `:` and a group if need
            be; by default as the container's user.
            Permissions hold as they do for a command of that user.
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
        container_id=container_id,
        client=client,
        body=body,
        user=user,
        path=path,
    ).parsed


async def asyncio_detailed(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: File,
    user: str | Unset = UNSET,
    path: str,
) -> Response[StoredFolder]:
    """Write a folder of a container

     Writes what is in a tar stream into a folder, which is made if it is missing. Files of the same
    names are
    replaced; what else is there stays. A stream that has anything but files, folders, symbolic links
    and
    hard links to its own files, or that leads out of the folder, is refused, there and then.

    Args:
        container_id (str): The container's id.
        user (str | Unset): As whom it is done, by name or number, with `:` and a group if need
            be; by default as the container's user.
            Permissions hold as they do for a command of that user.
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
        "upload_container_folder",
        build_request,
        container_id=container_id,
        body=body,
        user=user,
        path=path,
    )

    response = await exchange.async_send(client, "upload_container_folder", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: File,
    user: str | Unset = UNSET,
    path: str,
) -> StoredFolder:
    """Write a folder of a container

     Writes what is in a tar stream into a folder, which is made if it is missing. Files of the same
    names are
    replaced; what else is there stays. A stream that has anything but files, folders, symbolic links
    and
    hard links to its own files, or that leads out of the folder, is refused, there and then.

    Args:
        container_id (str): The container's id.
        user (str | Unset): As whom it is done, by name or number, with `:` and a group if need
            be; by default as the container's user.
            Permissions hold as they do for a command of that user.
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
            container_id=container_id,
            client=client,
            body=body,
            user=user,
            path=path,
        )
    ).parsed
