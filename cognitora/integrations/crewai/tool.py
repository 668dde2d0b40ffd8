"""A tool for crews."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crewai.tools import BaseTool
from pydantic import BaseModel, Field, PrivateAttr

from .. import answers, descriptions

if TYPE_CHECKING:
    from ... import InterpreterSession


class CodeArguments(BaseModel):
    """What a model gives the tool."""

    code: str = Field(description="Python code.")


def _never(_arguments: Any = None, _result: Any = None) -> bool:
    """Whether an earlier answer stands for the same code: it may do something else each time."""
    return False


class CodeTool(BaseTool):
    """Runs Python in a session: `Agent(..., tools=[CodeTool(session)])`.

    Agents that share the tool share its variables and files. CrewAI gives models no pictures of tools: they
    are kept in `pictures`.
    """

    _session: Any = PrivateAttr()
    _timeout_seconds: int = PrivateAttr()
    _networking: bool | None = PrivateAttr()
    _pictures: list[bytes] = PrivateAttr(default_factory=list)

    def __init__(
        self,
        session: InterpreterSession,
        *,
        timeout_seconds: int = 60,
        networking: bool | None = None,
    ) -> None:
        """Makes the tool.

        Args:
            session: A session of Python that is open.
            timeout_seconds: How long code may run, in seconds.
            networking: Whether it may reach the internet; None means True.
        """
        super().__init__(
            name="run_code",
            description=descriptions.CODE,
            args_schema=CodeArguments,
            cache_function=_never,
        )
        self._session = session
        self._timeout_seconds = timeout_seconds
        self._networking = networking

    @property
    def pictures(self) -> list[bytes]:
        """The files of the pictures that code has shown, since the tool was made."""
        return self._pictures

    def _run(self, code: str) -> str:
        result = self._session.run_python(
            code, timeout_seconds=self._timeout_seconds, networking=self._networking
        )
        self._pictures += [image.data for image in result.images]
        return answers.of_code(result)
