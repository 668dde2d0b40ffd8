from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...models.execute_code_request import ExecuteCodeRequest
from ...models.execute_code_response import ExecuteCodeResponse
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    *,
    body: ExecuteCodeRequest,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""
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
) -> ExecuteCodeResponse:
    from ... import exchange

    return exchange.parsed(client, "execute_code", response, ExecuteCodeResponse.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ExecuteCodeResponse]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: ExecuteCodeRequest,
    idempotency_key: str | Unset = UNSET,
) -> Response[ExecuteCodeResponse]:
    """Run code

     Runs code and answers when it has ended. Without `session_id` it runs in a fresh sandbox that is
    thrown away
    afterwards; with it, in that session, where variables, imports and files persist. Code that fails or
    runs out of
    time is no error of the call: `data.status` and `errors` tell.

    Args:
        idempotency_key (str | Unset): Names this call. A server that announces `idempotency` does
            the work of a key once, and gives the same answer
            for the same key and body for 24 hours. The same key with another body is answered with
            422, a key whose first
            call is still running with 409 and the code `in_progress`.
        body (ExecuteCodeRequest): Code to run.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[ExecuteCodeResponse]
    """

    from ... import exchange

    kwargs = exchange.built(
        "execute_code",
        build_request,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = exchange.send(client, "execute_code", kwargs)

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: ExecuteCodeRequest,
    idempotency_key: str | Unset = UNSET,
) -> ExecuteCodeResponse:
    """Run code

     Runs code and answers when it has ended. Without `session_id` it runs in a fresh sandbox that is
    thrown away
    afterwards; with it, in that session, where variables, imports and files persist. Code that fails or
    runs out of
    time is no error of the call: `data.status` and `errors` tell.

    Args:
        idempotency_key (str | Unset): Names this call. A server that announces `idempotency` does
            the work of a key once, and gives the same answer
            for the same key and body for 24 hours. The same key with another body is answered with
            422, a key whose first
            call is still running with 409 and the code `in_progress`.
        body (ExecuteCodeRequest): Code to run.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        ExecuteCodeResponse
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
) -> Response[ExecuteCodeResponse]:
    """Run code

     Runs code and answers when it has ended. Without `session_id` it runs in a fresh sandbox that is
    thrown away
    afterwards; with it, in that session, where variables, imports and files persist. Code that fails or
    runs out of
    time is no error of the call: `data.status` and `errors` tell.

    Args:
        idempotency_key (str | Unset): Names this call. A server that announces `idempotency` does
            the work of a key once, and gives the same answer
            for the same key and body for 24 hours. The same key with another body is answered with
            422, a key whose first
            call is still running with 409 and the code `in_progress`.
        body (ExecuteCodeRequest): Code to run.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[ExecuteCodeResponse]
    """

    from ... import exchange

    kwargs = exchange.built(
        "execute_code",
        build_request,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = await exchange.async_send(client, "execute_code", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: ExecuteCodeRequest,
    idempotency_key: str | Unset = UNSET,
) -> ExecuteCodeResponse:
    """Run code

     Runs code and answers when it has ended. Without `session_id` it runs in a fresh sandbox that is
    thrown away
    afterwards; with it, in that session, where variables, imports and files persist. Code that fails or
    runs out of
    time is no error of the call: `data.status` and `errors` tell.

    Args:
        idempotency_key (str | Unset): Names this call. A server that announces `idempotency` does
            the work of a key once, and gives the same answer
            for the same key and body for 24 hours. The same key with another body is answered with
            422, a key whose first
            call is still running with 409 and the code `in_progress`.
        body (ExecuteCodeRequest): Code to run.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        ExecuteCodeResponse
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed
