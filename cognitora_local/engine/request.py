"""Requests to the engine that carry streams: an image being pulled, a file on its way."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiodocker
import aiohttp

from .errors import EngineError

_NO_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10)


@asynccontextmanager
async def request(
    docker: aiodocker.Docker,
    method: str,
    path: str,
    *,
    params: Mapping[str, str],
    data: Any = None,
) -> AsyncIterator[aiohttp.ClientResponse]:
    """The engine's answer, whatever its status; ended with the block, read or not.

    The path has no version in it: an engine then speaks the newest it knows, and refuses none.

    Raises:
        EngineError: it can't be reached, or its answer breaks off.
    """
    if docker.session.closed:
        raise EngineError("The container engine was ended meanwhile.")
    headers = {"Content-Type": "application/x-tar"} if data is not None else {}
    try:
        async with docker.session.request(
            method,
            f"http://engine/{path}",
            params=params,
            data=data,
            headers=headers,
            timeout=_NO_TIMEOUT,
        ) as response:
            yield response
    except aiohttp.ClientError as error:
        raise EngineError(
            f"The container engine doesn't answer ({error}). See whether it still runs."
        ) from error


async def reason(response: aiohttp.ClientResponse) -> str:
    """What the engine says in an answer that is an error, at most 500 characters of it."""
    text = (await response.read()).decode(errors="replace")
    with suppress(ValueError, KeyError, TypeError):
        text = json.loads(text)["message"]
    return " ".join(str(text).split())[:500].rstrip(".")
