"""A toolset of Pydantic AI that runs code."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Self

from pydantic_ai import BinaryContent, FunctionToolset

from .. import answers, descriptions

if TYPE_CHECKING:
    from ... import AsyncInterpreterSession, CognitoraAsync

SHOWN = {"image/png", "image/jpeg", "image/gif", "image/webp"}
"""Pictures that models can look at."""


class CodeToolset(FunctionToolset[Any]):
    """The tool `run_code`: Python in a session that remembers, with its pictures.

    The session lives as long as the toolset is entered: for one run, or for as many as an
    `async with agent:` has.

    Args:
        client: What the session is made by.
        session: A session of yours to run in instead, which is left open.
        timeout_seconds: How long code may run.
        networking: Whether it may reach the internet.
    """

    def __init__(
        self,
        client: CognitoraAsync,
        *,
        session: AsyncInterpreterSession | None = None,
        timeout_seconds: int = 60,
        networking: bool = True,
    ) -> None:
        super().__init__(id="cognitora")
        self._client = client
        self._given = session
        self._session = session
        self._timeout_seconds = timeout_seconds
        self._networking = networking
        self._entered = 0
        self._opening = asyncio.Lock()
        self.add_function(
            self._run_code, name="run_code", description=descriptions.CODE, sequential=True
        )

    async def __aenter__(self) -> Self:
        self._entered += 1
        return self

    async def __aexit__(self, *exception: object) -> None:
        self._entered -= 1
        if self._entered == 0 and self._session is not self._given:
            session, self._session = self._session, self._given
            if session is not None:
                await session.close()

    async def _run_code(self, code: str) -> str | list[str | BinaryContent]:
        """Runs code.

        Args:
            code: The Python code.
        """
        async with self._opening:
            if self._session is None:
                self._session = await self._client.code_interpreter.session().open()
        result = await self._session.run(
            code, timeout_seconds=self._timeout_seconds, networking=self._networking
        )
        pictures = [
            BinaryContent(data=image.data, media_type=image.media_type)
            for image in result.images
            if image.media_type in SHOWN
        ]
        text = answers.of_code(result)
        return [text, *pictures] if pictures else text
