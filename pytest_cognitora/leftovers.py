"""What a test leaves behind: sessions and containers that it opened and didn't end."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cognitora import Cognitora


class LeftBehindWarning(UserWarning):
    """A test has left sessions or containers behind; they were ended.

    `filterwarnings = ["error::pytest_cognitora.LeftBehindWarning"]` has such tests fail.
    """


@contextlib.contextmanager
def told_of(client: Cognitora) -> Iterator[None]:
    """Tell by a warning what the block leaves behind on the runtime that `client` speaks to, and end it."""
    sessions, containers = _sessions(client), _containers(client)
    yield
    left = sorted(_sessions(client) - sessions), sorted(_containers(client) - containers)
    for session_id in left[0]:
        _end(client.code_interpreter.delete_session, session_id)
    for container_id in left[1]:
        _end(client.containers.cancel_container, container_id)
    if any(left):
        named = [f"the session {each}" for each in left[0]]
        named += [f"the container {each}" for each in left[1]]
        message = (
            f"The test left behind {', '.join(named)}. End them in the test, as `with` does it; "
            "they were ended now."
        )
        warnings.warn(LeftBehindWarning(message), stacklevel=1)


def _sessions(client: Cognitora) -> set[str]:
    return {session.session_id for session in client.code_interpreter.iter_sessions()}


def _containers(client: Cognitora) -> set[str]:
    from cognitora.statuses import is_final

    return {
        container.id
        for container in client.containers.iter_containers()
        if not is_final(container.status)
    }


def _end(end: Callable[[str], object], name: str) -> None:
    from cognitora import ConflictError, NotFoundError

    with contextlib.suppress(NotFoundError, ConflictError):  # its own end was quicker
        end(name)
