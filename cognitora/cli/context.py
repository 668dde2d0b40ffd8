"""What all commands share: the options of all, the client, and how it ended."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from functools import cached_property
from io import FileIO
from pathlib import Path
from typing import Any, Self

from cognitora import Cognitora, Container, InterpreterSession, NotFoundError

from . import output
from .failures import Failure, tell
from .progress import waiting


class Cli:
    """One use of the command line.

    Attributes:
        json: Whether machines read it: one object a line, on standard output.
        local: Whether a runtime of its own is started for it.
    """

    def __init__(self) -> None:
        self.json = False
        self.local = False
        self._outcome: FileIO | None = None
        self._held = ExitStack()

    @cached_property
    def client(self) -> Cognitora:
        """The client; its local runtime, if it has one, is started with it."""
        if not self.local:
            return self._held.enter_context(Cognitora())
        with self.waiting("Starting a local runtime"):
            return self._held.enter_context(Cognitora.local())

    def check_lasting(self, what: str) -> None:
        """Raises Failure where what is made would end with the command that makes it."""
        if self.local:
            raise Failure(
                f"With --local {what} would end with this command.",
                "Start a server that goes on, by `cognitora serve`, and leave --local out.",
            )

    def waiting(self, what: str) -> waiting:
        """A progress display for the time of a `with` block, where somebody looks."""
        return waiting(what, shown=not self.json)

    def own_session(self, language: str = "python") -> InterpreterSession:
        """A session that ends with the `with` block that it is for."""
        return self.client.code_interpreter.session(language)

    def sandbox(self, id: str) -> InterpreterSession | Container:
        """The session or the container of this id.

        Raises:
            Failure: There is none.
            CognitoraError: The call failed.
        """
        for service in (self.client.code_interpreter, self.client.containers):
            try:
                return service.attach(id)
            except NotFoundError:
                pass
        raise Failure(
            f"There is no session and no container '{id}' here.",
            "`cognitora ps` lists what there is.",
            kind="NotFoundError",
        )

    def show(self, value: Mapping[str, Any], text: str) -> None:
        """One thing: as an object or as a line."""
        if self.json:
            output.json_line(value)
        else:
            output.line(text)

    def note(self, text: str) -> None:
        """Something to know beside what was asked for, for people alone: no error if it can't be written."""
        if not self.json:
            with suppress(OSError):
                output.line(f"cognitora: {text}", "stderr")

    def outcome_to(self, path: Path | None) -> None:
        """Where to write how it ends, if anywhere: what can't be written is told before anything runs.

        Raises:
            OSError: It can't be written.
        """
        if path is not None:
            # Open until this program ends: what goes wrong last is written there as well.
            self._outcome = path.open("wb", buffering=0)

    def end(self, value: Mapping[str, Any]) -> None:
        """How what ran has ended: the last line for machines, and the outcome."""
        if self.json:
            output.json_line(value)
        self.record(value)

    def fail(self, error: BaseException, **facts: Any) -> None:
        """Tells of an error."""
        told = tell(error)
        if self.json:
            with suppress(OSError):  # where nothing can be written, people may be told
                output.json_line({**facts, **told.to_dict()})
                return
        with suppress(OSError):
            output.line(f"cognitora: {told.sentence}", "stderr")
            if told.hint:
                output.line(f"hint: {told.hint}", "stderr")

    def record(self, value: Mapping[str, Any]) -> None:
        """Writes the outcome, if it was asked for; in place of one that was written before.

        Raises:
            OSError: It can't be written.
        """
        if self._outcome is None:
            return
        try:
            if stat.S_ISREG(os.fstat(self._outcome.fileno()).st_mode):
                self._outcome.seek(0)
                self._outcome.truncate()
            self._outcome.write(f"{json.dumps(value, default=str)}\n".encode())
        except OSError as error:
            error.filename = self._outcome.name
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._held.close()
