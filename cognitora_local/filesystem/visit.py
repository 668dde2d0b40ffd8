"""One file call: a program of its own that enters the filesystem, does it, and ends.

So whatever its files and folders are like, nothing here waits for them, or takes memory for them; and what
may be done there is what the kernel lets that user do.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterator,
)
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    ExitStack,
    asynccontextmanager,
    contextmanager,
    suppress,
)
from pathlib import Path
from typing import Any, Protocol

import cognitora_openapi

from ..concurrency.completion import to_completion
from ..system import ENVIRONMENT
from .errors import ArchiveRefused, FilesystemError, FilesystemGone, UnknownUser
from .inside.frames import ERROR, LENGTH, PIECE

_FOLDERS = tuple(
    str(Path(package).parent.parent)
    for package in (cognitora_openapi.__file__, Path(__file__).parent)
)
_PROGRAM = (
    "import sys; sys.path[:0] = sys.argv[1:]; "
    "from cognitora_local.filesystem.inside.program import main; main()"
)
_LOOKS = frozenset(("entry", "list", "read", "pack"))
_UNDOING_SECONDS = 5.0
"""How long a program that isn't wanted any more may take to undo what it has begun."""


class FileCall(Protocol):
    """A file call that is being done in a sandbox or container. What each means is said in `Visit`."""

    async def answer(self) -> dict[str, Any]: ...

    async def send(self, pieces: AsyncIterable[bytes]) -> None: ...

    async def put(self, piece: bytes) -> bool: ...

    def pieces(self) -> AsyncGenerator[bytes, None]: ...


class ReachableFilesystem(Protocol):
    """What a sandbox or a container that runs sees of files, wherever it runs."""

    @property
    def folder(self) -> str:
        """Its work folder, as it sees it."""
        ...

    def visit(self, **order: Any) -> AbstractAsyncContextManager[FileCall]:
        """Has a program do there what is ordered. Raises FilesystemGone, NotPermitted."""
        ...


class Entrance(Protocol):
    """The way in, on this machine: what each means is said in `Filesystem`."""

    def goes_on(self) -> bool: ...

    @property
    def visits(self) -> set[asyncio.Future[None]]: ...

    def hold(self) -> int: ...

    def opened(self) -> AbstractContextManager[dict[str, Any]]: ...


class Visit:
    """A program in a filesystem, which was told what to do. Made by `visit`.

    Args:
        looks: whether it changes nothing.
        over: done when the program has ended.
    """

    def __init__(
        self,
        filesystem: Entrance,
        process: asyncio.subprocess.Process,
        *,
        looks: bool,
        over: asyncio.Future[None],
    ) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._filesystem = filesystem
        self._process = process
        self._looks = looks
        self._over = over
        self._stdin = process.stdin
        self._stdout = process.stdout

    async def answer(self) -> dict[str, Any]:
        """What was done, or found.

        Raises:
            FilesystemError: it wasn't.
            FilesystemGone: the sandbox or container ended meanwhile.
            RuntimeError: the program was ended by somebody else.
        """
        found: dict[str, Any] = json.loads(await self._read())
        if self._looks and not self._filesystem.goes_on():
            raise FilesystemGone
        return found

    async def send(self, pieces: AsyncIterable[bytes]) -> None:
        """Give it a stream, to its end or the program's; what it says of that is its answer."""
        await send(pieces, self.put, self._over)

    async def put(self, piece: bytes) -> bool:
        """Give it one piece; False where it takes no more."""
        try:
            self._stdin.write(len(piece).to_bytes(LENGTH, "big") + piece)
            await self._stdin.drain()
        except ConnectionError:
            return False
        return True

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """The stream that follows its answer. Raises as `answer`."""
        while piece := await self._read():
            yield piece

    def opened(self) -> int | None:
        """A pidfd of it, to be closed; None where it has ended."""
        try:
            return os.pidfd_open(self._process.pid)
        except ProcessLookupError:
            return None

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()

    async def end(self) -> None:
        """Have it end, if it hasn't."""
        self._stdin.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(_UNDOING_SECONDS):
                await self._drained()
                await self._process.wait()
        if self._process.returncode is None:
            self.kill()
            await self._process.wait()

    async def _drained(self) -> None:
        """It may be waiting for somebody to take what it has."""
        while await self._stdout.read(PIECE):
            if self._process.returncode is None:
                self.kill()

    async def _read(self) -> bytes:
        try:
            size = int.from_bytes(await self._stdout.readexactly(LENGTH), "big")
            if size == ERROR:
                told = json.loads(await self._read())
                if not self._filesystem.goes_on():
                    raise FilesystemGone
                raise error_of(told)
            return await self._stdout.readexactly(size)
        except asyncio.IncompleteReadError:
            if not self._filesystem.goes_on():
                raise FilesystemGone from None
            raise RuntimeError(
                "the program that works on files has ended before its time"
            ) from None


async def send(
    pieces: AsyncIterable[bytes],
    put: Callable[[bytes], Awaitable[bool]],
    over: asyncio.Future[Any],
) -> None:
    """Put a stream, to its end, or until nobody takes more of it, or `over` is done."""

    async def put_all() -> None:
        async for piece in pieces:
            for start in range(0, len(piece), PIECE):
                if not await put(piece[start : start + PIECE]):
                    return
        await put(b"")

    sending: asyncio.Future[None] = asyncio.create_task(put_all())
    try:
        await asyncio.wait({sending, over}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        sending.cancel()  # whoever gives the pieces may never give another
        await to_completion(asyncio.wait({sending}))
    if not sending.cancelled():
        sending.result()


@asynccontextmanager
async def visit(filesystem: Entrance, **order: Any) -> AsyncIterator[Visit]:
    """A program that does in a filesystem what is ordered.

    Raises:
        FilesystemGone, NotPermitted: it can't be entered.
    """
    over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    over.add_done_callback(filesystem.visits.discard)

    def note() -> None:
        if not over.done():
            over.set_result(None)

    with ExitStack() as stack:
        stack.callback(note)
        filesystem.visits.add(over)  # before it begins: nobody must miss it
        first = filesystem.hold()
        stack.callback(os.close, first)
        made = await _start(filesystem, order, over)
        stack.enter_context(_at_end(first, made.kill))
        # Its end, not this block's: that may wait for a caller who neither sends nor reads any more.
        if (program := made.opened()) is None:
            note()
        else:
            stack.callback(os.close, program)
            stack.enter_context(_at_end(program, note))
        try:
            yield made
        finally:
            await to_completion(made.end())


async def _start(filesystem: Entrance, order: dict[str, Any], over: asyncio.Future[None]) -> Visit:
    with filesystem.opened() as way:
        fds = [number for number in (way["root"], way["namespace"]) if number is not None]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", "-c", _PROGRAM, *_FOLDERS),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            pass_fds=fds,
            env=ENVIRONMENT,
            cwd="/",
            limit=PIECE,
        )
    made = Visit(filesystem, process, looks=order["action"] in _LOOKS, over=over)
    try:
        await made.put(json.dumps({**order, **way}).encode())
    except BaseException:
        await to_completion(made.end())
        raise
    return made


@contextmanager
def _at_end(process: int, do: Callable[[], None]) -> Iterator[None]:
    """Do it as soon as the process of this pidfd has ended."""
    loop = asyncio.get_running_loop()

    def note() -> None:
        loop.remove_reader(process)
        do()

    loop.add_reader(process, note)
    try:
        yield
    finally:
        loop.remove_reader(process)


def error_of(told: dict[str, Any]) -> FilesystemError:
    said = str(told["said"])
    match told["kind"]:
        case "os":
            return FilesystemError(said, told["errno"], told["path"])
        case "archive":
            return ArchiveRefused(said)
        case "user":
            return UnknownUser(said)
        case "memory":
            return FilesystemError("it has more entries than can be looked through at once")
    return FilesystemError(said)
