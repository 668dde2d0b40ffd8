"""`%%cognitora`, which runs a cell in a sandbox, and `%cognitora`."""

from __future__ import annotations

import glob
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import CognitoraError, InvalidRequestError
from ..parsing import Entries
from . import arguments, variables
from .output import CellError, Output
from .sessions import Sessions

if TYPE_CHECKING:
    from .._sync.session import InterpreterSession

CELL_SECONDS = 60


class Magic:
    """The magic of one notebook.

    Args:
        variables: Those of the notebook.
    """

    def __init__(self, variables: dict[str, Any]) -> None:
        self._variables = variables
        self.sessions = Sessions()

    def __call__(self, line: str, cell: str | None = None) -> object:
        """Runs a cell, or says what a line asks for.

        Raises:
            CellError: The code of the cell failed.
            UsageError: Anything else did; it is told in a sentence, without a traceback.
        """
        try:
            if cell is None:
                return self._line(line)
            self._cell(line, cell)
        except CellError:
            raise
        except CognitoraError as error:
            told = error.message if isinstance(error, InvalidRequestError) else str(error)
            failure = import_module("IPython.core.error").UsageError(told)
            raise failure from error
        return None

    def _cell(self, line: str, cell: str) -> None:
        options = arguments.parse(line)
        if not cell.strip():
            raise InvalidRequestError("%%cognitora: the cell has no code.")
        given = {name: self._variable(name) for name in options.variables_in}
        files = _files(options.files)
        with self.sessions.use(options) as session:
            for path, name in files:
                _upload(session, path, name)
            if given:
                variables.put(session, options.language, given)
            _run(session, cell, options.timeout or CELL_SECONDS)
            if options.variables_out:
                self._take(session, options)

    def _take(self, session: InterpreterSession, options: arguments.Options) -> None:
        try:
            found = variables.take(session, options.language, options.variables_out)
        except InvalidRequestError as error:
            self._variables.update(error.last or {})
            raise
        self._variables.update(found)

    def _variable(self, name: str) -> Any:
        if name not in self._variables:
            raise InvalidRequestError(f"%%cognitora: the notebook has no variable {name}.")
        return self._variables[name]

    def _line(self, line: str) -> object:
        command, *names = line.split() or ["status"]
        if command == "status" and not names:
            return self._status()
        if command == "close" and len(names) < 2:
            ended = self.sessions.close(names[0] if names else None)
            print("Closed:", ", ".join(map(str, ended)) or "nothing")  # noqa: T201  # a command
        elif command == "help":
            print(arguments.HELP)  # noqa: T201  # a command
        else:
            raise InvalidRequestError(
                f"%cognitora: there is no {line.strip()!r}; `%cognitora help` lists what there is."
            )
        return None

    def _status(self) -> object:
        if not self.sessions.open:
            print("No session yet: the first %%cognitora makes one.")  # noqa: T201  # a command
            return None
        for key, session in self.sessions.open.items():
            print(f"{key}: {session.id}")  # noqa: T201  # a command
        return Entries(session.refresh() for session in self.sessions.open.values())


def _run(session: InterpreterSession, code: str, seconds: int) -> None:
    """Runs code and shows what it puts out. An interrupt of the kernel stops the code."""
    output = Output()
    with session.stream(code, timeout_seconds=seconds) as stream:
        for one in stream:
            output.show(one)
    output.end(stream.result)


def _files(patterns: tuple[str, ...]) -> list[tuple[Path, str]]:
    """The files and folders that are to be uploaded, and what they are called there."""
    found: list[tuple[Path, str]] = []
    for pattern in patterns:
        paths = [Path(pattern)] if Path(pattern).exists() else sorted(map(Path, glob.glob(pattern)))  # noqa: PTH207  # absolute ones too
        if not paths:
            raise InvalidRequestError(f"%%cognitora: there is no file or folder {pattern!r}.")
        found += [(path, _name(path)) for path in paths]
    return found


def _name(path: Path) -> str:
    """Its path from here; of what is elsewhere the last part."""
    if path.is_absolute() or ".." in path.parts:
        return path.resolve().name
    return path.as_posix()


def _upload(session: InterpreterSession, path: Path, name: str) -> None:
    if path.is_dir():
        session.upload_folder(path, name)
    else:
        session.upload(path, name)
