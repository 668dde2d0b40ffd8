from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...models.interpreter_executions_response import InterpreterExecutionsResponse
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    session_id: str,
    *,
    limit: int | Unset = 50,
    offset: int | Unset = 0,
    after: str | Unset = UNSET,
    outputs: bool | Unset = UNSET,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""

    params: dict[str, Any] = {}

    params["limit"] = limit

    params["offset"] = offset

    params["after"] = after

    params["outputs"] = outputs

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/interpreter/sessions/{session_id}/executions".format(
            session_id=quote(identifier("session_id", session_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> InterpreterExecutionsResponse:
    from ... import exchange

    return exchange.parsed(
        client, "list_session_executions", response, InterpreterExecutionsResponse.from_dict
    )


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[InterpreterExecutionsResponse]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = 50,
    offset: int | Unset = 0,
    after: str | Unset = UNSET,
    outputs: bool | Unset = UNSET,
) -> Response[InterpreterExecutionsResponse]:
    """List a session's executions

     Lists the executions of one session, the newest first.

    Args:
        session_id (str): The session's id.
        limit (int | Unset): How many entries to list at most. Default: 50.
        offset (int | Unset): How many entries to pass over. Default: 0.
        after (str | Unset): List only what follows this entry: the `next` of the page before. A
            server that announces `after` misses
            nothing by it, whatever comes and goes meanwhile; `offset` then counts from there.
        outputs (bool | Unset): Whether each execution comes with its outputs, as it does unless
            this is false. A server that announces
            `outputs` leaves them out, and a page holds far more executions; any other may give them
            all the same.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[InterpreterExecutionsResponse]
    """

    from ... import exchange

    kwargs = exchange.built(
        "list_session_executions",
        build_request,
        session_id=session_id,
        limit=limit,
        offset=offset,
        after=after,
        outputs=outputs,
    )

    response = exchange.send(client, "list_session_executions", kwargs)

    return _build_response(client=client, response=response)


def sync(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = 50,
    offset: int | Unset = 0,
    after: str | Unset = UNSET,
    outputs: bool | Unset = UNSET,
) -> InterpreterExecutionsResponse:
    """List a session's executions

     Lists the executions of one session, the newest first.

    Args:
        session_id (str): The session's id.
        limit (int | Unset): How many entries to list at most. Default: 50.
        offset (int | Unset): How many entries to pass over. Default: 0.
        after (str | Unset): List only what follows this entry: the `next` of the page before. A
            server that announces `after` misses
            nothing by it, whatever comes and goes meanwhile; `offset` then counts from there.
        outputs (bool | Unset): Whether each execution comes with its outputs, as it does unless
            this is false. A server that announces
            `outputs` leaves them out, and a page holds far more executions; any other may give them
            all the same.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        InterpreterExecutionsResponse
    """

    return sync_detailed(
        session_id=session_id,
        client=client,
        limit=limit,
        offset=offset,
        after=after,
        outputs=outputs,
    ).parsed


async def asyncio_detailed(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = 50,
    offset: int | Unset = 0,
    after: str | Unset = UNSET,
    outputs: bool | Unset = UNSET,
) -> Response[InterpreterExecutionsResponse]:
    """List a session's executions

     Lists the executions of one session, the newest first.

    Args:
        session_id (str): The session's id.
        limit (int | Unset): How many entries to list at most. Default: 50.
        offset (int | Unset): How many entries to pass over. Default: 0.
        after (str | Unset): List only what follows this entry: the `next` of the page before. A
            server that announces `after` misses
            nothing by it, whatever comes and goes meanwhile; `offset` then counts from there.
        outputs (bool | Unset): Whether each execution comes with its outputs, as it does unless
            this is false. A server that announces
            `outputs` leaves them out, and a page holds far more executions; any other may give them
            all the same.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[InterpreterExecutionsResponse]
    """

    from ... import exchange

    kwargs = exchange.built(
        "list_session_executions",
        build_request,
        session_id=session_id,
        limit=limit,
        offset=offset,
        after=after,
        outputs=outputs,
    )

    response = await exchange.async_send(client, "list_session_executions", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = 50,
    offset: int | Unset = 0,
    after: str | Unset = UNSET,
    outputs: bool | Unset = UNSET,
) -> InterpreterExecutionsResponse:
    """List a session's executions

     Lists the executions of one session, the newest first.

    Args:
        session_id (str): The session's id.
        limit (int | Unset): How many entries to list at most. Default: 50.
        offset (int | Unset): How many entries to pass over. Default: 0.
        after (str | Unset): List only what follows this entry: the `next` of the page before. A
            server that announces `after` misses
            nothing by it, whatever comes and goes meanwhile; `offset` then counts from there.
        outputs (bool | Unset): Whether each execution comes with its outputs, as it does unless
            this is false. A server that announces
            `outputs` leaves them out, and a page holds far more executions; any other may give them
            all the same.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        InterpreterExecutionsResponse
    """

    return (
        await asyncio_detailed(
            session_id=session_id,
            client=client,
            limit=limit,
            offset=offset,
            after=after,
            outputs=outputs,
        )
    ).parsed
