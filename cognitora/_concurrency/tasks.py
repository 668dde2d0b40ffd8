"""What waiting looks like on asyncio; `threads` has the same things for ordinary programs.

The derivation of the sync facade swaps this module for that one, and drops `async_` and `Async` from the
names. All that differs between the two facades beyond `await` is in these two files.
"""

from __future__ import annotations

import asyncio
import math
import os
import queue
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterable
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext, suppress
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from ..cleanup import add_failure, unknown
from ..deadline import CLEANUP_SECONDS, Deadline
from ..errors import CognitoraError, InvalidRequestError
from .settle import settle
from .threads import AHEAD
from .threads import OWED as OWED

T = TypeVar("T")
Item = TypeVar("Item")

STUCK_SECONDS = 0.25
"""How long the end of a transfer waits for a file that still keeps its thread."""

async_sleep = asyncio.sleep

# A task that nobody refers to may be collected before it ends.
CLOSING: set[asyncio.Task[object]] = set()
APART: set[asyncio.Task[Any]] = set()


def running_loop() -> asyncio.AbstractEventLoop:
    """The event loop that the caller is on.

    Raises:
        InvalidRequestError: It is none of asyncio's.
    """
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise InvalidRequestError(
            "CognitoraAsync needs asyncio, which isn't running here. With trio use Cognitora in a thread, "
            "as in trio.to_thread.run_sync(client.code_interpreter.run_python, code)."
        ) from None


async def async_in_thread(call: Callable[..., T], *arguments: Any) -> T:
    """Runs what blocks, such as reading a file, beside the event loop."""
    running_loop()
    return await asyncio.to_thread(call, *arguments)


def wait_unless_async(call: Callable[[], object]) -> None:
    """Leaves something that takes a while for later, when it can be awaited."""


async def async_to_the_end(clean_up: Callable[..., Coroutine[Any, Any, T]], *arguments: Any) -> T:
    """Clean-up that no cancellation cuts short, however often it comes: it ends first, then that goes on."""
    task = apart(_owed(clean_up(*arguments)))
    cancellation = await _outlast(task)
    if cancellation is None:
        return task.result()
    if not task.cancelled() and (failure := task.exception()) is not None:
        add_failure(cancellation, failure)  # the cancellation is what counts now
    raise cancellation


async def async_in_time(
    seconds: float, clean_up: Callable[..., Coroutine[Any, Any, object]], *arguments: Any
) -> None:
    """Clean-up that is waited for so long at most, whatever cancels; then it goes on by itself.

    The end of `asyncio.run` waits for it.
    """
    task = apart(_owed(clean_up(*arguments)))
    cancellation = await _outlast(task, seconds)
    if not task.done():
        waiting = asyncio.get_running_loop().create_task(_outlast(task))
        CLOSING.add(waiting)
        waiting.add_done_callback(CLOSING.discard)
        try:
            await asyncio.sleep(0)  # what is cancelled before it has begun never begins
        except asyncio.CancelledError as error:
            cancellation = error
    if cancellation is not None:
        raise cancellation


async def _outlast(
    task: asyncio.Task[Any], seconds: float = math.inf
) -> asyncio.CancelledError | None:
    """Waits for a task, so long at most, through every cancellation; the last of them."""
    end = time.monotonic() + seconds
    cancellation: asyncio.CancelledError | None = None
    with _shielded():
        while not task.done() and (left := end - time.monotonic()) > 0:
            try:
                await asyncio.wait({task}, timeout=None if left == math.inf else left)
            except asyncio.CancelledError as error:
                cancellation = error
    return cancellation


async def async_acquire(
    make: Callable[[], Coroutine[Any, Any, T]], undo: Callable[[T], Coroutine[Any, Any, str]]
) -> T:
    """Makes something remote; when cancelled half-way, waits for it and undoes it again.

    What has become of it, which `undo` says, is noted on the cancellation.
    """
    running_loop()
    task = apart(make())
    fates: list[str] = []

    async def undo_made() -> None:
        try:
            made = await task
        except CognitoraError as error:
            fates.append(unknown(error))
        else:
            fates.append(await undo(made))

    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError as cancellation:
        stopped = cancellation
        try:
            await async_to_the_end(undo_made)
        except asyncio.CancelledError as another:
            stopped = another
            raise
        finally:
            for fate in fates:
                stopped.add_note(fate)
        raise


def apart(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """A task that its caller alone waits for: the end of `asyncio.run`, which cancels all, doesn't see it."""
    task = asyncio.get_running_loop().create_task(work)
    asyncio.tasks._unregister_task(task)  # documented, for those who extend asyncio
    APART.add(task)
    task.add_done_callback(APART.discard)
    return task


async def _owed(work: Coroutine[Any, Any, T]) -> T:
    OWED.set(True)  # in the context of its own task
    return await work


def _shielded() -> AbstractContextManager[object]:
    """Where no scope of anyio's cancels, as each would do again at every step while somebody waits."""
    if "anyio" not in sys.modules:
        return nullcontext()
    from anyio import CancelScope

    return CancelScope(shield=True)


class AsyncWorker:
    """A thread for what may block without end, such as reading a file of the caller's.

    Its calls follow one another. Nobody waits for them beyond a deadline, not even the end of the program.
    """

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._last: Future[Any] | None = None

    async def call(self, deadline: Deadline, call: Callable[..., T], *arguments: Any) -> T:
        """Calls it there.

        Raises:
            APITimeoutError: It has not ended by the deadline. It goes on, and nobody sees its result.
        """
        done = self._begin(partial(call, *arguments))
        try:
            await settled(done, deadline.left())
        finally:
            done.cancel()  # if it has not even begun
        if not done.done() or done.cancelled():
            raise deadline.over()
        return done.result()

    async def end(self, call: Callable[[], object]) -> None:
        """Does the last thing, but doesn't wait for it where an earlier call is stuck."""
        before = self._last
        if before is None:
            return
        done = self._begin(call)
        self._calls.put(None)
        seconds = CLEANUP_SECONDS if before.done() else STUCK_SECONDS
        cancellation = await _outlast(asyncio.ensure_future(settled(done, seconds)))
        if cancellation is not None:
            raise cancellation

    def _begin(self, call: Callable[[], T]) -> Future[T]:
        running_loop()
        done: Future[T] = Future()
        run = copy_context().run
        if self._last is None:
            args = (self._calls,)
            threading.Thread(target=_work, args=args, name="cognitora-file", daemon=True).start()
        self._last = done
        self._calls.put(partial(settle, done, run, call))
        return done


def _work(calls: queue.SimpleQueue[Callable[[], None] | None]) -> None:
    while (call := calls.get()) is not None:
        call()


async def settled(done: Future[Any], seconds: float) -> None:
    """Waits for what another thread settles, so long at most."""
    loop = asyncio.get_running_loop()
    seen: asyncio.Future[None] = loop.create_future()

    def see() -> None:
        if not seen.done():
            seen.set_result(None)

    def tell(_: Future[Any]) -> None:
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(see)

    done.add_done_callback(tell)
    await asyncio.wait({seen}, timeout=seconds)


class AsyncBlock:
    """What is entered by `async with`, and says so to a plain `with`."""

    if not TYPE_CHECKING:  # type checkers find it out by themselves

        def __enter__(self) -> NoReturn:
            raise TypeError(f"{type(self).__name__} is for `async with`, not `with`.")

        def __exit__(self, *exception: object) -> None: ...


class AsyncHalf:
    """What the generated client of a `CognitoraAsync` says to a call of its sync half."""

    def handle_request(self, _: object) -> NoReturn:
        """Refuses it."""
        raise InvalidRequestError(
            "This is the api of a CognitoraAsync, which has the asyncio(…) of each endpoint; for "
            "sync(…) use Cognitora(…).api."
        )

    def __enter__(self) -> NoReturn:
        self.handle_request(None)


class AsyncHome:
    """Where open connections belong: to one event loop of one process.

    Args:
        close: Closes them; called when the event loop ends.
    """

    def __init__(self, close: Callable[[], Coroutine[Any, Any, object]]) -> None:
        self._close = weakref.WeakMethod(
            close
        )  # no cycle: the owner's end is told by its `__del__`
        self._guard: AsyncGenerator[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._process = os.getpid()

    def moved(self) -> bool:
        """Whether the caller is elsewhere now, so that connections opened before must be forgotten.

        Raises:
            InvalidRequestError: The event loop of the first call is still running: the client is its.
        """
        loop, process = running_loop(), os.getpid()
        if loop is self._loop and process == self._process:
            return False
        before, forked = self._loop, process != self._process
        self._process = process
        if before is not None and before.is_running() and not forked:
            raise InvalidRequestError(
                "This client was first used on another event loop, which is still running; its "
                "connections belong there. Make one CognitoraAsync for each event loop."
            )
        self._loop = loop
        self._guard = _until_the_end(self._close)
        with suppress(StopIteration):  # it has got to where it waits
            self._guard.__anext__().send(None)
        return before is not None

    def leave(self, close: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Closes there what nobody is left to close; a loop that is over has closed it itself."""
        loop = self._loop
        if loop is None or loop.is_closed() or self._process != os.getpid():
            return

        def start() -> None:
            task = loop.create_task(close())
            CLOSING.add(task)
            task.add_done_callback(CLOSING.discard)

        loop.call_soon_threadsafe(start)  # garbage is collected in any thread


async def _until_the_end(
    close: Callable[[], Callable[[], Coroutine[Any, Any, object]] | None],
) -> AsyncGenerator[None]:
    """Waits for the end of the event loop, which closes the generators that were begun on it."""
    try:
        yield
    finally:
        found = close()
        if found is not None:
            await found()


async def async_ordered(
    call: Callable[[Item], Awaitable[T]], items: Iterable[Item], concurrency: int
) -> AsyncGenerator[T]:
    """Calls for each item, so many at a time, by tasks; yields what they return in the items' order."""
    running_loop()
    source, more = iter(items), True
    tasks: deque[asyncio.Future[T]] = deque()
    running, ended = 0, asyncio.Event()

    def end(_: asyncio.Future[T]) -> None:
        nonlocal running
        running -= 1
        ended.set()

    try:
        while more or tasks:
            while more and running < concurrency and len(tasks) < AHEAD * concurrency:
                try:
                    item = next(source)
                except StopIteration:
                    more = False
                else:
                    tasks.append(asyncio.ensure_future(call(item)))
                    tasks[-1].add_done_callback(end)
                    running += 1
            if tasks and tasks[0].done():
                yield tasks.popleft().result()
            elif tasks:
                ended.clear()
                await ended.wait()
    finally:
        for task in tasks:
            task.cancel()
        if tasks:
            await async_to_the_end(_all_of, tasks)


async def _all_of(tasks: Iterable[asyncio.Future[Any]]) -> None:
    await asyncio.gather(*tasks, return_exceptions=True)
