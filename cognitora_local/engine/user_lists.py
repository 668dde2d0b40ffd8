"""A container's lists of users and groups, in which an engine looks up whom a command is to run as.

It opens them as the container has them, and lets nobody else to the container meanwhile. A pipe there
has it wait for who writes to it: nobody could kill such a container any more.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import stat
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from ..sandbox.process import Handle
from .errors import CommandError
from .proc import belongs
from .rootfs import openat2

_LISTS = ("/etc/passwd", "/etc/group")
_PAUSE_S = 0.5  # between two looks for a pipe that wasn't there before
_PATIENCE_S = 10.0
"""So long after its beginning the engine is asked."""

_MOST_BYTES = 16 * 1024**2
"""The longest list: an engine reads all of it, holes too."""

_PROC = Path("/proc")

_CANT_START = 126
_PATH = os.O_PATH | os.O_CLOEXEC

_log = logging.getLogger("cognitora_local")


def watch(
    pid: int, engine_id: str, answers: Callable[[], Awaitable[bool]]
) -> asyncio.Task[None] | None:
    """See to it that a container whose first process is `pid` doesn't keep its engine waiting.

    To be called when the engine is about to begin a command there, and to be cancelled when that has
    begun. `answers` tells whether the engine tells of the container. One of which it doesn't is killed
    if somebody outside of it reads from one of its pipes: an engine may just as well be slow.
    None: it has ended, which the engine tells, or isn't ours to look into.

    Raises CommandError where a list is none that can be read: a pipe, a folder, or too long.
    """
    with ExitStack() as held:
        try:
            first = Handle(pid)
            held.callback(first.close)
            root = os.open(f"/proc/{pid}/root", _PATH | os.O_DIRECTORY)
            held.callback(os.close, root)
        except OSError:
            return None
        if not belongs(pid, engine_id):
            return None
        _check(root)
        watching = asyncio.create_task(_watch(root, first, engine_id, answers))
        kept = held.pop_all()
    watching.add_done_callback(lambda _: kept.close())
    return watching


@contextmanager
def watched_if_begun(watching: asyncio.Task[None] | None) -> Iterator[None]:
    """Watch no more when the command isn't begun."""
    try:
        yield
    except BaseException:
        if watching is not None:
            watching.cancel()
        raise


async def _watch(
    root: int, first: Handle, engine_id: str, answers: Callable[[], Awaitable[bool]]
) -> None:
    disk = os.fstat(root).st_dev
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline or not await answers():
        if time.monotonic() > deadline and await asyncio.to_thread(_is_read, disk, engine_id):
            _log.warning("A container is killed that keeps its engine waiting.")
            with suppress(ProcessLookupError):
                first.signal(signal.SIGKILL)
        for path in _LISTS:
            _end_pipe(root, path)
        await asyncio.sleep(_PAUSE_S)


def _is_read(disk: int, engine_id: str) -> bool:
    """Whether a process that isn't the container's has a pipe of its disk open."""
    for folder in _PROC.glob("[0-9]*"):
        if folder.name != str(os.getpid()):  # this holds some itself, to look at them
            with suppress(OSError):  # it has ended meanwhile
                if _has_pipe(folder, disk) and not belongs(int(folder.name), engine_id):
                    return True
    return False


def _has_pipe(process: Path, disk: int) -> bool:
    with os.scandir(process / "fd") as files:
        for file in files:
            with suppress(OSError):  # it was closed meanwhile
                if os.readlink(file.path).startswith("/"):
                    found = file.stat()
                    if stat.S_ISFIFO(found.st_mode) and found.st_dev == disk:
                        return True
    return False


def _check(root: int) -> None:
    for path in _LISTS:
        try:
            with _held(root, path) as found:
                what = _fault(os.fstat(found))
        except OSError as error:
            what = "a link that can't be followed" if error.errno == errno.ELOOP else None
        if what is not None:
            why = f"{path} is {what} in the container, and users are looked up there"
            advice = "Make it a file, or remove it."
            raise CommandError(f"The command can't be started: {why}. {advice}", _CANT_START)


def _fault(found: os.stat_result) -> str | None:
    """What it is that an engine can't read as a list, or would read for ever."""
    if stat.S_ISFIFO(found.st_mode):
        return "a pipe"
    if stat.S_ISDIR(found.st_mode):
        return "a folder"
    return f"longer than {_MOST_BYTES} bytes" if found.st_size > _MOST_BYTES else None


def _end_pipe(root: int, path: str) -> None:
    """Who waits to read from a pipe of that name reads its end, if nobody else writes to it."""
    with suppress(OSError), _held(root, path) as found:  # nothing is there, or nobody reads
        if stat.S_ISFIFO(os.fstat(found).st_mode):
            os.close(os.open(f"/proc/self/fd/{found}", os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC))


@contextmanager
def _held(root: int, path: str) -> Iterator[int]:
    """What has that name, held by its path alone. Raises OSError."""
    found = openat2(root, path, _PATH)
    try:
        yield found
    finally:
        os.close(found)
