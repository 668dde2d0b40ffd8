from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error_response import ErrorResponse
from ...models.execute_code_request import ExecuteCodeRequest
from ...models.execute_code_response import ExecuteCodeResponse
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    body: ExecuteCodeRequest,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/interpreter/execute",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorResponse | ExecuteCodeResponse | None:
    if response.status_code == 200:
        response_200 = ExecuteCodeResponse.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = ErrorResponse.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = ErrorResponse.from_dict(response.json())

        return response_401

    if response.status_code == 402:
        response_402 = ErrorResponse.from_dict(response.json())

        return response_402

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

    if response.status_code == 422:
        response_422 = ErrorResponse.from_dict(response.json())

        return response_422

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
) -> Response[ErrorResponse | ExecuteCodeResponse]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: ExecuteCodeRequest,
    idempotency_key: str | Unset = UNSET,
) -> Response[ErrorResponse | ExecuteCodeResponse]:
    """Run code

     Runs code and answers when it has ended. Without `session_id` it runs in a fresh sandbox that is
    thrown away
    afterwards; with it, in that session, where variables, imports and files persist. Code that fails or
    runs out of
    time is answered with 200: `data.status` and `errors` tell.

    Args:
        idempotency_key (str | Unset): Names this call. A server that announces `idempotency` does
            the work of a key once, and gives the same answer
            for the same key and body for 24 hours. The same key with another body is answered with
            422, a key whose first
            call is still running with 409 and the code `in_progress`.
        body (ExecuteCodeRequest): Code to run.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorResponse | ExecuteCodeResponse]
    """

    kwargs = _get_kwargs(
        body=body,
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: ExecuteCodeRequest,
    idempotency_key: str | Unset = UNSET,
) -> ErrorResponse | ExecuteCodeResponse | None:
    """Run code

     Runs code and answers when it has ended. Without `session_id` it runs in a fresh sandbox that is
    thrown away
    afterwards; with it, in that session, where variables, imports and files persist. Code that fails or
    runs out of
    time is answered with 200: `data.status` and `errors` tell.

    Args:
        idempotency_key (str | Unset): Names this call. A server that announces `idempotency` does
            the work of a key once, and gives the same answer
            for the same key and body for 24 hours. The same key with another body is answered with
            422, a key whose first
            call is still running with 409 and the code `in_progress`.
        body (ExecuteCodeRequest): Code to run.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorResponse | ExecuteCodeResponse
    """

    return sync_detailed(
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: ExecuteCodeRequest,
    idempotency_key: str | Unset = UNSET,
) -> Response[ErrorResponse | ExecuteCodeResponse]:
    """Run code

     Runs code and answers when it has ended. Without `session_id` it runs in a fresh sandbox that is
    thrown away
    afterwards; with it, in that session, where variables, imports and files persist. Code that fails or
    runs out of
    time is answered with 200: `data.status` and `errors` tell.

    Args:
        idempotency_key (str | Unset): Names this call. A server that announces `idempotency` does
            the work of a key once, and gives the same answer
            for the same key and body for 24 hours. The same key with another body is answered with
            422, a key whose first
            call is still running with 409 and the code `in_progress`.
        body (ExecuteCodeRequest): Code to run.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorResponse | ExecuteCodeResponse]
    """

    kwargs = _get_kwargs(
        body=body,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: ExecuteCodeRequest,
    idempotency_key: str | Unset = UNSET,
) -> ErrorResponse | ExecuteCodeResponse | None:
    """Run code

     Runs code and answers when it has ended. Without `session_id` it runs in a fresh sandbox that is
    thrown away
    afterwards; with it, in that session, where variables, imports and files persist. Code that fails or
    runs out of
    time is answered with 200: `data.status` and `errors` tell.

    Args:
        idempotency_key (str | Unset): Names this call. A server that announces `idempotency` does
            the work of a key once, and gives the same answer
            for the same key and body for 24 hours. The same key with another body is answered with
            422, a key whose first
            call is still running with 409 and the code `in_progress`.
        body (ExecuteCodeRequest): Code to run.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorResponse | ExecuteCodeResponse
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed
