"""Code of AG2's agents in a session, which remembers what the code before has done."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ag2.tools.code.environment.base import CodeLanguage, CodeRunResult

from .. import answers, shell

if TYPE_CHECKING:
    from ag2.context import ConversationContext

    from ... import InterpreterSession


class CognitoraCode:
    """Where `SandboxCodeTool` runs code: `SandboxCodeTool(CognitoraCode(session))`.

    Variables and packages of Python stay for the next call, unlike those of `CognitoraSandbox`, which runs
    each code by a new interpreter. Files stay in both.
    """

    def __init__(
        self,
        session: InterpreterSession,
        *,
        timeout_seconds: int = 60,
        networking: bool | None = None,
    ) -> None:
        """Makes the environment.

        Args:
            session: A session of Python that is open.
            timeout_seconds: How long code may run, in seconds.
            networking: Whether it may reach the internet; None means True.
        """
        self._session = session
        self._timeout_seconds = timeout_seconds
        self._networking = networking

    @property
    def supported_languages(self) -> tuple[CodeLanguage, ...]:
        """Python, and Bash, each of whose calls is a shell of its own."""
        return ("python", "bash")

    async def run(
        self, code: str, language: CodeLanguage, *, context: ConversationContext | None = None
    ) -> CodeRunResult:
        """Runs code.

        Raises:
            CognitoraError: The call failed.
        """
        if language not in self.supported_languages:
            return CodeRunResult(output=f"Give Python or Bash, not {language}.", exit_code=2)
        result = await asyncio.to_thread(
            self._session.run_python,
            shell.code_of(code) if language == "bash" else code,
            timeout_seconds=self._timeout_seconds,
            networking=self._networking,
        )
        if language == "python" or not result.ok:
            return CodeRunResult(output=answers.of_code(result), exit_code=0 if result.ok else 1)
        return CodeRunResult(output=shell.answer(result), exit_code=int(result.text))

    def __deepcopy__(self, memo: dict[int, Any]) -> CognitoraCode:
        """Itself: agents copy their tools, and share what these work in."""
        return self
