"""Whom a command in a container is run as."""

from __future__ import annotations

from ..engine import ContainerGone, EngineError
from ..filesystem.errors import (
    FilesystemError,
    FilesystemGone,
    FilesystemUnreachable,
    NotPermitted,
    UnknownUser,
)
from ..http.request_limits import one_user, unknown_user
from .file_handlers import inner_of
from .running import RunningContainer


async def check_user(running: RunningContainer, user: str) -> None:
    """Refuse a user whom the container doesn't know, before anything begins.

    By the container's own files, as an engine does. Where this program may not look into them, the engine
    says it once it should start the command.

    Raises:
        ApiError: 400, when there is no such user or group, or there are none to choose from.
    """
    if not user:
        return
    if inner_of(running).has_users and all(
        part.isascii() and part.isdecimal() for part in user.split(":")
    ):
        return
    if not inner_of(running).has_users:
        raise one_user()
    try:
        filesystem = await inner_of(running).filesystem()
        async with filesystem.visit(action="entry", path="/", told="/", user=user) as visiting:
            await visiting.answer()
    except UnknownUser as error:
        raise unknown_user(error) from None
    except (
        *(FilesystemError, NotPermitted, FilesystemGone, FilesystemUnreachable),
        *(ContainerGone, EngineError),
    ):
        return  # which is told, if it still is so, to whoever starts it
