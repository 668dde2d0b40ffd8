"""The image of a container that is asked for."""

from __future__ import annotations

import asyncio

from ..engine import ContainerBackend, Image, ImageError
from ..http.errors import ApiError, shutting_down

PATIENCE_SECONDS = 20.0
"""How long a caller waits for an image that has to be pulled; then it goes on without them."""

STATUSES = {"invalid_image": 400, "image_not_found": 404, "image_unavailable": 503}


async def pull(engine: ContainerBackend, name: str, stopped: asyncio.Event) -> asyncio.Task[Image]:
    """The image, or, when that takes long, the pulling of it.

    Args:
        engine: what has it, or pulls it.
        name: as it was asked for.
        stopped: nobody waits any longer from then on.

    Raises:
        ApiError: 400, 404 or 503, when it can't be had; 503, when the runtime was stopped.
        EngineError: the engine fails.
    """
    pulling = asyncio.create_task(engine.image(name))
    stopping = asyncio.create_task(stopped.wait())
    try:
        await asyncio.wait(
            {pulling, stopping}, timeout=PATIENCE_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        if stopped.is_set():
            raise shutting_down()
        if pulling.done():
            pulling.result()
    except ImageError as error:
        raise ApiError(STATUSES[error.code], error.code, str(error)) from error
    except BaseException:
        pulling.cancel()
        raise
    finally:
        stopping.cancel()
    return pulling
