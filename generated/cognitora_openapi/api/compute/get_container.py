from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error_response import ErrorResponse
from ...models.execution import Execution
from ...types import UNSET, Response, Unset


def _get_kwargs(
    container_id: str,
    *,
    wait_seconds: int | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["wait_seconds"] = wait_seconds

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/compute/containers/{container_id}".format(
            container_id=quote(str(container_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorResponse | Execution | None:
    if response.status_code == 200:
        response_200 = Execution.from_dict(response.json())

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
) -> Response[ErrorResponse | Execution]:
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
    wait_seconds: int | Unset = UNSET,
) -> Response[ErrorResponse | Execution]:
    """Get a container

     Gets a container. The statuses `COMPLETED`, `FAILED`, `CANCELLED` and `TIMEOUT` are final, in
    whichever case
    they are written.

    Args:
        container_id (str): The container's id.
        wait_seconds (int | Unset): Answer when the status is final or when this many seconds have
            passed, whichever comes first.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorResponse | Execution]
    """

    kwargs = _get_kwargs(
        container_id=container_id,
        wait_seconds=wait_seconds,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    wait_seconds: int | Unset = UNSET,
) -> ErrorResponse | Execution | None:
    """Get a container

     Gets a container. The statuses `COMPLETED`, `FAILED`, `CANCELLED` and `TIMEOUT` are final, in
    whichever case
    they are written.

    Args:
        container_id (str): The container's id.
        wait_seconds (int | Unset): Answer when the status is final or when this many seconds have
            passed, whichever comes first.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorResponse | Execution
    """

    return sync_detailed(
        container_id=container_id,
        client=client,
        wait_seconds=wait_seconds,
    ).parsed


async def asyncio_detailed(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    wait_seconds: int | Unset = UNSET,
) -> Response[ErrorResponse | Execution]:
    """Get a container

     Gets a container. The statuses `COMPLETED`, `FAILED`, `CANCELLED` and `TIMEOUT` are final, in
    whichever case
    they are written.

    Args:
        container_id (str): The container's id.
        wait_seconds (int | Unset): Answer when the status is final or when this many seconds have
            passed, whichever comes first.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorResponse | Execution]
    """

    kwargs = _get_kwargs(
        container_id=container_id,
        wait_seconds=wait_seconds,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    container_id: str,
    *,
    client: AuthenticatedClient | Client,
    wait_seconds: int | Unset = UNSET,
) -> ErrorResponse | Execution | None:
    """Get a container

     Gets a container. The statuses `COMPLETED`, `FAILED`, `CANCELLED` and `TIMEOUT` are final, in
    whichever case
    they are written.

    Args:
        container_id (str): The container's id.
        wait_seconds (int | Unset): Answer when the status is final or when this many seconds have
            passed, whichever comes first.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorResponse | Execution
    """

    return (
        await asyncio_detailed(
            container_id=container_id,
            client=client,
            wait_seconds=wait_seconds,
        )
    ).parsed
