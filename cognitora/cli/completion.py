"""What a shell is told when somebody asks it to complete an id."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cognitora import Cognitora, CognitoraError

SECONDS = 3.0
"""How long somebody who presses a key waits at most."""

MOST = 50
"""Containers that are offered at most."""

Found = list[tuple[str, str]]
_List = Callable[[Cognitora], Iterator[tuple[str, str]]]


def sandboxes(incomplete: str) -> Found:
    """Ids of sessions and containers that live, with a word on each."""
    return [*sessions(incomplete), *containers(incomplete)]


def sessions(incomplete: str) -> Found:
    """Ids of sessions that live."""
    return _found(_sessions, incomplete)


def containers(incomplete: str) -> Found:
    """Ids of containers that run."""
    return _found(_containers, incomplete)


def _found(list_: _List, incomplete: str) -> Found:
    try:
        with Cognitora(timeout=SECONDS) as client:
            return [each for each in list_(client) if each[0].startswith(incomplete)]
    except CognitoraError:
        return []  # nobody has asked for a sentence here


def _sessions(client: Cognitora) -> Iterator[tuple[str, str]]:
    for each in client.code_interpreter.iter_sessions():
        yield each.session_id, str(each.language or "session")


def _containers(client: Cognitora) -> Iterator[tuple[str, str]]:
    for each in client.containers.list_containers(MOST, status="RUNNING"):
        yield each.id, each.image or "container"
