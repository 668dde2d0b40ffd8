"""The clients and sessions of one notebook, which live until its kernel ends."""

from __future__ import annotations

import atexit
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .. import config
from .._sync.client import Cognitora
from ..cleanup import log
from ..errors import CognitoraError, InvalidRequestError, NotFoundError

if TYPE_CHECKING:
    from .._sync.session import InterpreterSession
    from .arguments import Options


LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Key:
    """What tells a session apart."""

    name: str
    language: str
    place: str

    def __str__(self) -> str:
        return f"{self.name} ({self.language}, {self.place})"


@dataclass
class Sessions:
    """The sessions, and the clients that they are of: each made when it is first needed."""

    open: dict[Key, InterpreterSession] = field(default_factory=dict)
    _clients: dict[str, Cognitora] = field(default_factory=dict)

    def __post_init__(self) -> None:
        atexit.register(self.close_all)

    @contextmanager
    def use(self, options: Options) -> Iterator[InterpreterSession]:
        """The session that is asked for, made if there is none yet.

        Raises:
            InvalidRequestError: It has ended meanwhile: the next is a new one.
        """
        key = Key(options.session, options.language, self._place(options.is_local))
        session = self.open.get(key)
        if session is None:
            session = self._client(key.place).code_interpreter.session(key.language).open()
            self.open[key] = session
        try:
            yield session
        except NotFoundError as error:
            if self._lives(session):
                raise
            del self.open[key]
            raise InvalidRequestError(
                f"The session {key} has ended, by its time or by somebody else, and its variables with "
                "it. Run the cell again for a new one."
            ) from error

    def close(self, name: str | None) -> list[Key]:
        """Ends all sessions, or those of a name; which they were."""
        ended = [key for key in self.open if name in (None, key.name)]
        for key in ended:
            self.open.pop(key).close()
        return ended

    def close_all(self) -> None:
        """Ends all sessions and clients, whatever goes wrong with one."""
        for key in list(self.open):
            try:
                self.open.pop(key).close()
            except CognitoraError as error:
                log.warning("the session %s of a notebook could not be ended: %s", key.name, error)
        while self._clients:
            self._clients.popitem()[1].close()
        atexit.unregister(self.close_all)

    def _place(self, is_local: bool | None) -> str:
        if is_local is None:
            is_local = config.is_local()
        return LOCAL if is_local else config.remote_place()

    def _client(self, place: str) -> Cognitora:
        if place not in self._clients:
            self._clients[place] = Cognitora.local() if place == LOCAL else Cognitora()
        return self._clients[place]

    def _lives(self, session: InterpreterSession) -> bool:
        try:
            session.refresh()
        except NotFoundError:
            return False
        return True
