"""What runs the code blocks in a model's answers."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from google.adk.code_executors.base_code_executor import BaseCodeExecutor
from google.adk.code_executors.code_execution_utils import (
    CodeExecutionInput,
    CodeExecutionResult,
    File,
)
from pydantic import PrivateAttr

from .. import answers

if TYPE_CHECKING:
    from google.adk.agents.invocation_context import InvocationContext

    from ... import InterpreterSession

SECONDS = 60
"""How long code may run where nothing else is said."""


class CognitoraCodeExecutor(BaseCodeExecutor):
    """Runs an agent's code in a session: `LlmAgent(..., code_executor=CognitoraCodeExecutor(session))`.

    Variables, files and packages stay. Pictures become the artifacts of the agent's session.
    """

    stateful: bool = True
    _session: Any = PrivateAttr()
    _networking: bool | None = PrivateAttr()

    def __init__(
        self, session: InterpreterSession, *, networking: bool | None = None, **fields: Any
    ) -> None:
        """Makes the executor.

        Args:
            session: A session of Python that is open.
            networking: Whether code may reach the internet; None means True.
            fields: Those of `BaseCodeExecutor`, such as `timeout_seconds`, which is 60 by default.
        """
        super().__init__(**fields)
        self._session = session
        self._networking = networking

    def execute_code(
        self, invocation_context: InvocationContext, code_execution_input: CodeExecutionInput
    ) -> CodeExecutionResult:
        """Runs code, after its files are sent.

        Returns:
            What it printed, with the value of its last expression below; as errors why it failed; as files
            the pictures that it has shown.

        Raises:
            CognitoraError: A call failed.
        """
        for file in code_execution_input.input_files:
            self._session.upload(_bytes(file.content), file.name)
        result = self._session.run_python(
            code_execution_input.code,
            timeout_seconds=self.timeout_seconds or SECONDS,
            networking=self._networking,
        )
        told = [result.stdout, answers.value_of(result)]
        return CodeExecutionResult(
            stdout="\n".join(text.rstrip("\n") for text in told if text),
            stderr=_failure(result.stderr, result.error),
            output_files=[
                File(f"image-{number}{image.suffix}", image.data, image.media_type)
                for number, image in enumerate(result.images, 1)
            ],
            exit_code=0 if result.ok else 1,
        )


def _failure(stderr: str, error: str | None) -> str:
    """What ADK tells a model in place of what was printed: why code failed, not what it warned of."""
    return "\n".join(filter(None, [stderr.rstrip("\n"), error])) if error else ""


def _bytes(content: str | bytes) -> bytes:
    """ADK gives the files that it takes out of a request in base64, as text or bytes, others as they are."""
    return base64.b64decode(content)
