"""A command in a pod, beside its driver."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from ..sandbox import CommandError, NeverStarted, SandboxError, StartUnanswered, Terminal
from ..sandbox.exec import refusal
from ..sandbox.streams import Stream
from .link import Link, LinkLost, Refused
from .pod import Pod

KILLED = 137
_NO_ENTRY = "The sandbox can't be entered"


class PodCommand:
    """A command in a running sandbox. The attributes and methods are those of `sandbox.Exec`."""

    def __init__(self, link: Link, known: int | None = None) -> None:
        """`known`: so many bytes of what it has printed are, and aren't told again; None: of no matter."""
        self.killed = False
        self._link = link
        self._known = known
        self._taken: int | None = None  # of its input, as was answered; None: nothing was written
        self.output: AsyncIterator[tuple[Stream, bytes]] = self._printed()

    @property
    def given(self) -> tuple[int, bool] | None:
        count = self._link.told.get("given")
        return (count, self._link.told.get("closed") is True) if isinstance(count, int) else None

    async def wait(self) -> int:
        try:
            told = await self._over()
        except LinkLost:
            return KILLED
        status = told.get("status")
        return status if isinstance(status, int) else KILLED

    async def write(self, data: bytes | memoryview) -> int:
        if self._taken is None:
            self._taken, _ = self.given or (0, False)
        try:
            # Who is cancelled here may have it written all the same, and then it isn't again.
            told = await asyncio.shield(self._link.send("write", bytes(data), at=self._taken))
        except LinkLost as error:
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE)) from error
        count = told.get("count")
        if not isinstance(count, int) or not 0 <= count <= len(data):
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
        self._taken += count
        return count

    async def close_stdin(self) -> None:
        self._link.send("close_stdin")

    async def resize(self, terminal: Terminal) -> None:
        self._link.send("resize", size=[terminal.rows, terminal.columns])

    async def signal(self, number: int) -> None:
        self._link.tell(signal=number)
        self.killed |= number == signal.SIGKILL

    async def kill(self) -> None:
        self.killed = True
        self._link.tell(kill=True)

    def close(self) -> None:
        self._link.close()

    async def _over(self) -> dict[str, Any]:
        """What is told of its end, once it has ended. Raises LinkLost."""
        return await asyncio.shield(self._link.over)

    async def _printed(self) -> AsyncIterator[tuple[Stream, bytes]]:
        skip = 0 if self._known is None else self._known - self._link.missing
        if skip < 0:
            yield "stderr", f"\n[{-skip} bytes were lost with a gateway]\n".encode()
        async for kind, _, data in self._link.records():
            rest = data[max(0, skip) :]
            skip -= len(data)
            if rest:
                yield "stderr" if kind == "stderr" else "stdout", rest


async def start_command(
    pod: Pod,
    command: Sequence[str],
    folder: str,
    environment: Mapping[str, str],
    terminal: Terminal | None,
    id: str,
    *,
    stdin: bool = True,
) -> PodCommand:
    """Raises CommandError, SandboxError and, where it may have been started, StartUnanswered."""
    spec = {
        "kind": "command",
        "command": list(command),
        "environment": dict(environment),
        "folder": folder,
        "terminal": terminal and [terminal.rows, terminal.columns],
        "stdin": stdin,
    }
    link = Link(pod.dial, {**pod.credentials, "id": id, "spec": spec})
    try:
        await link.open()
    except Refused as error:
        raise why(error, command, folder) from None
    except LinkLost as error:
        if error.unanswered:
            message = f"It isn't known whether the command was started. {error}"
            raise StartUnanswered(message) from error
        raise SandboxError(f"{_NO_ENTRY}: {error}") from error
    return PodCommand(link)


async def attach_command(pod: Pod, id: str, printed: int) -> PodCommand:
    """Take over a command that another gateway has started.

    Raises SandboxError: it is over. NeverStarted: it never was, and that gateway is heard no more.
    """
    link = Link(pod.dial, {**pod.credentials, "id": id}, again=True)
    try:
        await link.open()
    except (Refused, LinkLost) as error:
        unknown = isinstance(error, Refused) and error.told.get("error") == "unknown"
        kind = NeverStarted if unknown else SandboxError
        raise kind(f"It can't be taken over: {error}") from error
    return PodCommand(link, printed)


def why(refused: Refused, command: Sequence[str], folder: str) -> CommandError | SandboxError:
    """Why an agent doesn't start a command, as the error that tells it."""
    if refused.told.get("error") != "not started":
        return SandboxError(f"{_NO_ENTRY}: its agent says: {refused}.")
    of, number = refused.told.get("of"), refused.told.get("errno")
    number = number if isinstance(number, int) else errno.EINVAL
    if of == "process":
        return SandboxError(f"{_NO_ENTRY}: no process begins there now ({os.strerror(number)}).")
    return refusal({"of": of, "errno": number}, command[0], folder)
