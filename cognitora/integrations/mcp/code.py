"""The tools that run code and commands in sessions."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Annotated, Literal

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import BaseModel, Field

from ... import ExecuteCodeResponse, InvalidRequestError
from .. import descriptions, shell
from .limits import Limits
from .progress import reported
from .results import CodeResult, CommandResult, of_code, of_command
from .sandboxes import Callers, Sandboxes

RUN_CODE = (
    f"{descriptions.CODE} A session keeps its state; each has files of its own. For JavaScript (node) and "
    "Bash there are sessions as well. What was printed before a time-out is returned too."
)
RUN_COMMAND = (
    f"{descriptions.COMMAND} A session does one thing at a time; start_process starts what goes on."
)

_PROGRAMS: dict[str, Callable[[str], str]] = {
    "python": shell.code_of,
    "javascript": lambda command: (
        f"require('child_process').spawnSync('bash', ['-c', {json.dumps(command)}], "
        "{stdio: ['ignore', 'inherit', 'inherit']}).status"
    ),
}
"""Code that runs a command and has its exit code as its value: so a command has the network that code has."""

Session = Annotated[
    str | None, Field(description="A name for the session; by default that of its language.")
]
Seconds = Annotated[int | None, Field(description="How long it may run; then it is stopped.", ge=1)]
Networking = Annotated[bool, Field(description="Whether it may reach the internet.")]


EXIT_CODE = re.compile(r"-?\d{1,10}")
NO_EXIT_CODE = (
    "The session's own code has changed what runs commands, so the exit code isn't known: "
    "use another session."
)


class SessionInfo(BaseModel):
    """A session that is open."""

    name: str
    language: str
    session_id: str


class CodeTools:
    """What is done in sessions."""

    def __init__(self, callers: Callers) -> None:
        self._callers = callers

    async def run_code(
        self,
        context: Context,
        code: Annotated[str, Field(description="The code.")],
        language: Literal["python", "javascript", "bash"] = "python",
        session: Session = None,
        timeout_seconds: Seconds = None,
        networking: Networking = True,
    ) -> Annotated[CallToolResult, CodeResult]:
        """Runs code; models are told of it by RUN_CODE."""
        sandboxes = self._callers.now()
        seconds = sandboxes.limits.seconds(timeout_seconds)
        name, _ = await sandboxes.session(session, language)
        result = await _streamed(context, sandboxes, name, code, seconds, networking)
        return of_code(name, result, sandboxes.limits)

    async def run_command(
        self,
        context: Context,
        command: Annotated[str, Field(description="The command, as for bash -c.")],
        session: Session = None,
        timeout_seconds: Seconds = None,
        networking: Networking = True,
    ) -> Annotated[CallToolResult, CommandResult]:
        """Runs a shell command; models are told of it by RUN_COMMAND."""
        if "\0" in command:
            raise InvalidRequestError("A command can't have a NUL in it.")
        sandboxes = self._callers.now()
        seconds = sandboxes.limits.seconds(timeout_seconds)
        name, _ = await sandboxes.session(session)
        program = _PROGRAMS.get(sandboxes.sessions[name][1])
        if program is None:
            raise InvalidRequestError(
                f"The session {name!r} runs Bash: give it the command with run_code."
            )
        code = program(command)
        result = await _streamed(context, sandboxes, name, code, seconds, networking)
        return of_command(_of_command(result, sandboxes.limits))

    async def list_sessions(self) -> list[SessionInfo]:
        """Lists the sessions that are open."""
        return [
            SessionInfo(name=name, language=language, session_id=session.id)
            for name, (session, language) in self._callers.now().sessions.items()
        ]

    async def close_session(
        self, session: Annotated[str, Field(description="The session's name.")]
    ) -> str:
        """Deletes a session with its variables and files."""
        closed = await self._callers.now().close_session(session)
        return f"Closed {session}." if closed else f"There is no session {session}."


async def _streamed(
    context: Context,
    sandboxes: Sandboxes,
    name: str,
    code: str,
    seconds: int,
    networking: bool,
) -> ExecuteCodeResponse:
    session, _ = sandboxes.sessions[name]
    await sandboxes.live_on(session, seconds)
    stream = session.stream(code, timeout_seconds=seconds, networking=networking)
    async with reported(context, seconds) as progress, stream:
        async for output in stream:
            if output.type in ("stdout", "stderr"):
                progress.say(str(output.data))
    return stream.result


def _of_command(result: ExecuteCodeResponse, limits: Limits) -> CommandResult:
    """What a command did, from what the code did that has run it."""
    told = EXIT_CODE.fullmatch(result.text or "") if result.ok else None
    exit_code = int(told[0]) if told else None
    status = str(result.data.status)
    reasons = result.errors or ([result.error] if result.error else [])
    if result.ok and told is None:
        reasons = [NO_EXIT_CODE]
    return CommandResult(
        status="failed" if exit_code else status,
        exit_code=exit_code,
        stdout=limits.cut(result.stdout),
        stderr=limits.cut(result.stderr),
        error="\n".join(reasons) or None,
    )
