from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...models.container_file_change_request import ContainerFileChangeRequest
from ...models.file_entry import FileEntry
from ...types import UNSET, Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    container_id: str,
    *,
    body: ContainerFileChangeRequest,
    path: str,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""
    headers: dict[str, Any] = {}

    params: dict[str, Any] = {}

    params["path"] = path

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "patch",
        "url": "/api/v1/compute/containers/{container_id}/filesystem/entry".format(
            container_id=quote(identifier("container_id", container_id), safe=""),
        ),
        "params": params,
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> FileEntry:
    from ... import exchange

    return exchange.parsed(client, "change_container_file", response, FileEntry.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[FileEntry]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: ContainerFileChangeRequest,
    path: str,
) -> Response[FileEntry]:
    """Change the mode, owner or time of a file of a container

     Changes a file's or folder's permissions, its owner, or when it was changed last. Symbolic links are
    followed.

    Args:
        container_id (str): The container's id.
        path (str): The path: absolute in the sandbox, or relative to the work folder, which is
            `.`, with `/` between its parts
            and no `..`.
        body (ContainerFileChangeRequest): What to change of a file or folder.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[FileEntry]
    """

    from ... import exchange

    kwargs = exchange.built(
        "change_container_file",
        build_request,
        container_id=container_id,
        body=body,
        path=path,
    )

    response = exchange.send(client, "change_container_file", kwargs)

    return _build_response(client=client, response=response)


def sync(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: ContainerFileChangeRequest,
    path: str,
) -> FileEntry:
    """Change the mode, owner or time of a file of a container

     Changes a file's or folder's permissions, its owner, or when it was changed last. Symbolic links are
    followed.

    Args:
        container_id (str): The container's id.
        path (str): The path: absolute in the sandbox, or relative to the work folder, which is
            `.`, with `/` between its parts
            and no `..`.
        body (ContainerFileChangeRequest): What to change of a file or folder.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        FileEntry
    """

    return sync_detailed(
        container_id=container_id,
        client=client,
        body=body,
        path=path,
    ).parsed


async def asyncio_detailed(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: ContainerFileChangeRequest,
    path: str,
) -> Response[FileEntry]:
    """Change the mode, owner or time of a file of a container

     Changes a file's or folder's permissions, its owner, or when it was changed last. Symbolic links are
    followed.

    Args:
        container_id (str): The container's id.
        path (str): The path: absolute in the sandbox, or relative to the work folder, which is
            `.`, with `/` between its parts
            and no `..`.
        body (ContainerFileChangeRequest): What to change of a file or folder.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[FileEntry]
    """

    from ... import exchange

    kwargs = exchange.built(
        "change_container_file",
        build_request,
        container_id=container_id,
        body=body,
        path=path,
    )

    response = await exchange.async_send(client, "change_container_file", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: ContainerFileChangeRequest,
    path: str,
) -> FileEntry:
    """Change the mode, owner or time of a file of a container

     Changes a file's or folder's permissions, its owner, or when it was changed last. Symbolic links are
    followed.

    Args:
        container_id (str): The container's id.
        path (str): The path: absolute in the sandbox, or relative to the work folder, which is
            `.`, with `/` between its parts
            and no `..`.
        body (ContainerFileChangeRequest): What to change of a file or folder.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        FileEntry
    """

    return (
        await asyncio_detailed(
            container_id=container_id,
            client=client,
            body=body,
            path=path,
        )
    ).parsed
