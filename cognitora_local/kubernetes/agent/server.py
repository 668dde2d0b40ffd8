"""The agent itself: who may ask it, what is started for them, and when it ends."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import os
import resource
import signal
import socket
import sys
import time

from . import messages, system_calls
from .command import Command
from .driver import Driver
from .program import Program
from .spawning import Children, NotStarted, kill_below, undumpable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

REQUEST_SECONDS = 10.0
"""How long a connection may take to say what it wants."""
STRANGERS = 32
"""Connections that may be doing so at a time: what runs in the pod can make them too."""
RETRY_SECONDS = 0.1
UNHEARD = 70
"""The exit status of an agent that no gateway had asked for so long."""
DRIVER = "driver"
"""The id of the driver that is there before anybody has come."""
BYTECODE = "/dev/shm/.cognitora-bytecode"
"""Of the program that works on files, which is started often: in no folder that is the code's."""
FILE_PROGRAM = (
    "import sys; sys.path[:0] = [sys.argv[1]]; "
    "from cognitora_local.filesystem.inside.program import main; main()"
)
"""Of `filesystem/visit.py`, with the folder of its packages as its argument."""


class Agent:
    """Serves whoever has the pod's token, which is that of who came first: nobody's code runs before.

    Args:
        packages: the folder where the program that works on files is.
        seconds: how long it goes on when no gateway is heard.
        python: what starts Python.
        driver: what is started before anybody asks, by the id DRIVER: who comes first finds it there.
    """

    def __init__(
        self,
        packages: str,
        seconds: float,
        python: Sequence[str],
        driver: dict[str, Any] | None = None,
    ) -> None:
        self._packages = packages
        self._seconds = seconds
        self._python = python
        self._driver = driver
        self._heard = time.monotonic()
        self._token: str | None = None
        self._term = 0  # the highest that was heard of: of the gateway that has this pod now
        self._children = Children()
        self._programs: dict[
            str, Program | NotStarted | None
        ] = {}  # None: it was there, and is over
        self._commands: dict[str, Command] = {}  # that run, or have yet to be told of
        self._strangers = asyncio.Semaphore(STRANGERS)
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, listener: socket.socket) -> None:
        """Serve until no gateway has been heard for too long."""
        if self._driver is not None:
            self._programs[DRIVER] = self._start(DRIVER, self._driver)
        accepting = asyncio.create_task(self._accept(listener))
        while (left := self._heard + self._seconds - time.monotonic()) > 0:  # noqa: ASYNC110  # a silence
            await asyncio.sleep(left)
        accepting.cancel()

    def _note_heard(self) -> None:
        self._heard = time.monotonic()

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._strangers.acquire()
            try:
                connection, _ = await loop.sock_accept(listener)
            except OSError:  # there are too many open files, until some are closed
                self._strangers.release()
                await asyncio.sleep(RETRY_SECONDS)
                continue
            task = asyncio.create_task(self._answer(connection))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _answer(self, connection: socket.socket) -> None:
        with connection:
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                async with asyncio.timeout(REQUEST_SECONDS):
                    head, _ = await messages.read(_Exactly(connection))
            except (OSError, EOFError, TimeoutError, messages.MessageError):
                return
            finally:
                self._strangers.release()
            if "token" not in head and self._token is None and head.get("op") == "keep":
                self._note_heard()  # by who keeps it for whoever comes first
                await _say(connection, {})
                return
            if not self._knows(head.get("token")):
                await _say(connection, {"error": "denied"})
                return
            if not self._is_current(head.get("term", 0)):
                await _say(connection, {"error": messages.TAKEN_OVER})
                return
            self._note_heard()
            with contextlib.suppress(OSError, EOFError, messages.MessageError):
                await self._do(head, connection)

    def _knows(self, token: object) -> bool:
        if not isinstance(token, str) or not token.isascii():
            return False
        self._token = self._token or token
        return hmac.compare_digest(self._token, token)

    def _is_current(self, term: int) -> bool:
        """Whether nobody has taken over from who asks. The first to do so shuts all before him out."""
        if term > self._term:
            self._term = term
            for program in self._programs.values():
                if isinstance(program, Program):
                    program.leave()
        return term == self._term

    async def _do(self, head: dict[str, Any], connection: socket.socket) -> None:
        if head["op"] == "open":
            await self._open(head, connection)
        elif head["op"] == "visit" and self._children.stopped:
            await _say(connection, {"error": "over"})
        elif head["op"] == "visit":
            await self._visit(connection)
        elif head["op"] == "end":
            for identity, command in list(self._commands.items()):
                if identity != head["but"]:
                    command.kill()
                    command.program.close()
            await _say(connection, {})
        elif head["op"] == "image":
            told = {
                "environment": dict(os.environ),
                "folder": os.getcwd(),
                "writable": os.access(".", os.W_OK),
            }
            await _say(connection, told)
        elif head["op"] == "tell":
            path = os.environ.get("PATH", os.defpath)
            told = {"python": sys.executable, "interfaces": _interfaces(), "path": path}
            await _say(connection, told)
        else:
            await _say(connection, {"error": "unknown"})

    async def _open(self, head: dict[str, Any], connection: socket.socket) -> None:
        identity, spec = head["id"], head.get("spec")
        if identity not in self._programs:  # at most once, whoever asks again
            if spec is None:
                await _say(connection, {"error": "unknown"})
                return
            self._programs[identity] = self._start(identity, spec)
        program = self._programs[identity]
        if program is None:
            await _say(connection, {"error": "over"})
        elif isinstance(program, NotStarted):
            told = {"error": "not started", "errno": program.number, "of": program.of}
            await _say(connection, told)
        else:
            reader, writer = await asyncio.open_connection(sock=connection.dup())
            try:
                await program.serve(reader, writer, head["have"], self._note_heard)
            finally:
                writer.close()

    def _start(self, identity: str, spec: dict[str, Any]) -> Program | NotStarted:
        try:
            if spec["kind"] == "driver":
                started: Driver | Command = Driver(self._children, spec)
            else:
                started = self._commands[identity] = Command(self._children, spec)
        except NotStarted as error:
            return error
        except OSError as error:  # there is no room for what it needs
            return NotStarted(error.errno or 0, "process")
        task = asyncio.create_task(self._see_through(identity, started))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return started.program

    async def _see_through(self, identity: str, started: Driver | Command) -> None:
        await started.over
        if self._token is None:  # nobody is to come first to a driver that has ended
            os._exit(UNHEARD)
        await started.program.closed.wait()  # somebody has all that it said
        started.program.end()
        self._commands.pop(identity, None)
        self._programs[identity] = None

    async def _visit(self, connection: socket.socket) -> None:
        options = ["-I", "-S", "-X", f"pycache_prefix={BYTECODE}"]
        command = [*self._python, *options, "-c", FILE_PROGRAM, self._packages]
        await _say(connection, {})
        connection.setblocking(
            True
        )  # for the program, which says nothing before it was told something
        number = connection.fileno()
        streams = {0: number, 1: number, 2: 2}
        try:
            _, ended = self._children.start(command, os.environ, streams, folder="/")
        except (NotStarted, OSError):
            return
        connection.close()  # it ends with the program
        await ended


class _Exactly:
    """Reads no more than is asked for: what comes after may be another process's to read."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    async def readexactly(self, n: int, /) -> bytes:
        loop, data = asyncio.get_running_loop(), bytearray()
        while len(data) < n:
            if not (piece := await loop.sock_recv(self._connection, n - len(data))):
                raise EOFError
            data += piece
        return bytes(data)


def _interfaces() -> list[str]:
    with open("/proc/net/dev") as file:  # netlink, which tells it otherwise, is refused
        return [line.partition(":")[0].strip() for line in file if ":" in line]


async def _say(connection: socket.socket, head: dict[str, Any]) -> None:
    await asyncio.get_running_loop().sock_sendall(connection, messages.pack(head))


def main(order: str, listening: Callable[[int], None] = lambda port: None) -> None:
    """Be the agent that `order` describes, in JSON: `port`, `packages`, `seconds`, `processes` and more.

    `port` is one of the loopback (0: a free one, which `listening` is told of); of `processes`, threads
    among them, its user may have so many; `python` starts the Python that runs this, where that is more than
    one word, and `driver` is started at once.
    """
    told = json.loads(order)
    if told["processes"] is not None:
        resource.setrlimit(resource.RLIMIT_NPROC, (told["processes"], told["processes"]))
    undumpable()
    system_calls.refuse_all()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(0))  # the first process has no default for them
    with socket.create_server(("127.0.0.1", told["port"]), backlog=STRANGERS) as listener:
        listener.setblocking(False)
        listening(listener.getsockname()[1])

        async def serve() -> None:
            python = told.get("python") or [sys.executable]
            agent = Agent(told["packages"], told["seconds"], python, told.get("driver"))
            await agent.serve(listener)
            kill_below(os.getpid())
            os._exit(UNHEARD)

        asyncio.run(serve())
