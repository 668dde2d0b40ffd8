from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error_response import ErrorResponse
from ...models.stored_file import StoredFile
from ...types import UNSET, File, Response


def _get_kwargs(
    container_id: str,
    *,
    body: File,
    path: str,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    params: dict[str, Any] = {}

    params["path"] = path

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "put",
        "url": "/api/v1/compute/containers/{container_id}/files".format(
            container_id=quote(str(container_id), safe=""),
        ),
        "params": params,
    }

    _kwargs["content"] = body.payload
    headers["Content-Type"] = "application/octet-stream"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorResponse | StoredFile | None:
    if response.status_code == 200:
        response_200 = StoredFile.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = ErrorResponse.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = ErrorResponse.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = ErrorResponse.from_dict(response.json())

        return response_403

    if response.status_code == 404:
        response_404 = ErrorResponse.from_dict(response.json())

        return response_404

    if response.status_code == 409:
        response_409 = ErrorResponse.from_dict(response.json())

        return response_409

    if response.status_code == 413:
        response_413 = ErrorResponse.from_dict(response.json())

        return response_413

    if response.status_code == 429:
        response_429 = ErrorResponse.from_dict(response.json())

        return response_429

    if response.status_code == 500:
        response_500 = ErrorResponse.from_dict(response.json())

        return response_500

    if response.status_code == 501:
        response_501 = ErrorResponse.from_dict(response.json())

        return response_501

    if response.status_code == 503:
        response_503 = ErrorResponse.from_dict(response.json())

        return response_503

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ErrorResponse | StoredFile]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: File,
    path: str,
) -> Response[ErrorResponse | StoredFile]:
    """Write a file of a container

     Writes one file into a running container, making the folders on the way. A file of that name is
    replaced.

    Args:
        container_id (str): The container's id.
        path (str): The file's path, relative to the work folder, with `/` between its parts and
            no `..`.
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorResponse | StoredFile]
    """

    kwargs = _get_kwargs(
        container_id=container_id,
        body=body,
        path=path,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: File,
    path: str,
) -> ErrorResponse | StoredFile | None:
    """Write a file of a container

     Writes one file into a running container, making the folders on the way. A file of that name is
    replaced.

    Args:
        container_id (str): The container's id.
        path (str): The file's path, relative to the work folder, with `/` between its parts and
            no `..`.
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorResponse | StoredFile
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
    body: File,
    path: str,
) -> Response[ErrorResponse | StoredFile]:
    """Write a file of a container

     Writes one file into a running container, making the folders on the way. A file of that name is
    replaced.

    Args:
        container_id (str): The container's id.
        path (str): The file's path, relative to the work folder, with `/` between its parts and
            no `..`.
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorResponse | StoredFile]
    """

    kwargs = _get_kwargs(
        container_id=container_id,
        body=body,
        path=path,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: File,
    path: str,
) -> ErrorResponse | StoredFile | None:
    """Write a file of a container

     Writes one file into a running container, making the folders on the way. A file of that name is
    replaced.

    Args:
        container_id (str): The container's id.
        path (str): The file's path, relative to the work folder, with `/` between its parts and
            no `..`.
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorResponse | StoredFile
    """

    return (
        await asyncio_detailed(
            container_id=container_id,
            client=client,
            body=body,
            path=path,
        )
    ).parsed
