"""A toolkit for Agno's agents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agno.media import Image
from agno.tools import Toolkit
from agno.tools.function import Function, ToolResult

from .. import answers, descriptions, shell

if TYPE_CHECKING:
    from ... import ExecuteCodeResponse, InterpreterSession


class CognitoraTools(Toolkit):
    """Gives an agent `run_code` and `run_command`: `Agent(..., tools=[CognitoraTools(session)])`."""

    def __init__(
        self,
        session: InterpreterSession,
        *,
        timeout_seconds: int = 60,
        networking: bool | None = None,
    ) -> None:
        """Makes the tools.

        Args:
            session: A session of Python that is open.
            timeout_seconds: How long code and commands may run, in seconds.
            networking: Whether they may reach the internet; None means True.
        """
        self._session = session
        self._timeout_seconds = timeout_seconds
        self._networking = networking
        code, command = map(Function.from_callable, (self.run_code, self.run_command))
        code.description, command.description = descriptions.CODE, descriptions.COMMAND
        super().__init__(name="cognitora", tools=[code, command])

    def run_code(self, code: str) -> ToolResult:
        """Runs Python; models are told of it by the shared description.

        Args:
            code: Python code.

        Returns:
            What it printed, its value and why it failed, with the pictures that it has shown.

        Raises:
            CognitoraError: The call failed.
        """
        result = self._run(code)
        images = [
            Image(content=image.data, mime_type=image.media_type, format=image.suffix[1:])
            for image in result.images
            if image.media_type != "image/svg+xml"  # which no model takes for a picture
        ]
        return ToolResult(content=answers.of_code(result), images=images or None)

    def run_command(self, command: str) -> str:
        """Runs a shell command; models are told of it by the shared description.

        Args:
            command: The command, as for bash -c.

        Returns:
            What it printed, and its exit code where that isn't 0.

        Raises:
            CognitoraError: The call failed.
        """
        return shell.answer(self._run(shell.code_of(command)))

    def _run(self, code: str) -> ExecuteCodeResponse:
        return self._session.run_python(
            code, timeout_seconds=self._timeout_seconds, networking=self._networking
        )
