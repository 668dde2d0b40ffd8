"""What waiting looks like in an ordinary program; `tasks` has the same things for asyncio."""

from __future__ import annotations

import os
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, wait
from contextvars import ContextVar, copy_context
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from ..cleanup import add_failure, unknown
from ..deadline import CLEANUP_SECONDS, Deadline
from ..errors import CognitoraError, InvalidRequestError
from .settle import settle

T = TypeVar("T")
Item = TypeVar("Item")

AHEAD = 4
"""How many results of a `map` may wait for an earlier, slower one, as a multiple of its concurrency."""

LONGEST_CLEANUP = 2 * CLEANUP_SECONDS
"""How long an interrupted caller waits for what must be undone. Who interrupts again doesn't wait."""

OWED: ContextVar[bool] = ContextVar("cognitora_owed", default=False)
"""Whether what is called is clean-up, which a client that is closed meanwhile still sends."""

sleep = time.sleep


def in_thread(call: Callable[..., T], *arguments: Any) -> T:
    """Runs it here: a sync caller waits anyway."""
    return call(*arguments)


def wait_unless_async(call: Callable[[], object]) -> None:
    """Gets done now what takes a while."""
    call()


def to_the_end(clean_up: Callable[..., T], *arguments: Any) -> T:
    """Clean-up that a Ctrl-C must not cut short: it ends first, within reason, then the interrupt goes on."""
    work: Future[T] = Future()
    try:
        _apart(work, _owed, clean_up, *arguments)
        return work.result()
    except BaseException as error:
        if work.cancel():  # it hadn't begun
            work = Future()
            _apart(work, _owed, clean_up, *arguments)
        wait([work], LONGEST_CLEANUP)  # at once, if it is the clean-up that has failed
        failure = work.exception() if work.done() else None
        if failure is not None and failure is not error:
            add_failure(error, failure)
        raise


def in_time(seconds: float, clean_up: Callable[..., object], *arguments: Any) -> None:
    """Clean-up that is waited for so long at most; then it goes on by itself.

    The end of the program waits for it.
    """
    run = copy_context().run  # the caller's span is the parent of the call's
    work = partial(_owed, clean_up, *arguments)
    thread = threading.Thread(target=run, args=(work,), name="cognitora-clean-up", daemon=False)
    try:
        thread.start()
    except RuntimeError:  # the interpreter is shutting down
        work()
    else:
        thread.join(min(seconds, LONGEST_CLEANUP))


def acquire(make: Callable[[], T], undo: Callable[[T], str]) -> T:
    """Makes something remote; when interrupted half-way, waits for it, within reason, and undoes it again.

    What has become of it, which `undo` says, is noted on the interrupt.
    """
    work: Future[T] = Future()

    def undo_made() -> str:
        try:
            made = work.result()
        except CognitoraError as error:
            return unknown(error)
        return undo(made)

    try:
        _apart(work, make)
        return work.result()
    except BaseException as error:
        begun = not work.cancel()
        if begun and (not work.done() or work.exception() is not error):
            undoing: Future[str] = Future()
            _apart(undoing, _owed, undo_made)
            wait([undoing], LONGEST_CLEANUP)
            error.add_note(undoing.result() if undoing.done() else "Its clean-up goes on.")
        raise


def _owed(call: Callable[..., T], *arguments: Any) -> T:
    before = OWED.set(True)
    try:
        return call(*arguments)
    finally:
        OWED.reset(before)


def _apart(result: Future[T], call: Callable[..., T], *arguments: Any) -> None:
    """Calls in another thread, where no signal interrupts it; here, if this one isn't interrupted either.

    An interrupt may come while the thread starts: whether `result` can be cancelled tells if it had begun.
    """
    work = partial(settle, result, call, *arguments)
    if threading.current_thread() is not threading.main_thread():
        work()
        return
    context = copy_context()  # the caller's span is the parent of the call's
    thread = threading.Thread(target=context.run, args=(work,), name="cognitora", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # the interpreter is shutting down
        work()


class Worker:
    """Does what may block, such as reading a file of the caller's: here, as a sync caller waits anyway."""

    def call(self, deadline: Deadline, call: Callable[..., T], *arguments: Any) -> T:
        """Calls it, unless the deadline has passed."""
        deadline.left()
        return call(*arguments)

    def end(self, call: Callable[[], object]) -> None:
        """Does the last thing."""
        call()


class Block:
    """What is entered by `with`, and says so to an `async with`."""

    if not TYPE_CHECKING:  # type checkers find it out by themselves

        async def __aenter__(self) -> NoReturn:
            raise TypeError(f"{type(self).__name__} is for `with`, not `async with`.")

        async def __aexit__(self, *exception: object) -> None: ...


class Half:
    """What the generated client of a `Cognitora` says to a call of its async half."""

    async def handle_async_request(self, _: object) -> NoReturn:
        """Refuses it."""
        raise InvalidRequestError(
            "This is the api of a Cognitora, which has the sync(…) of each endpoint; for asyncio(…) "
            "use CognitoraAsync(…).api."
        )

    async def __aenter__(self) -> NoReturn:
        await self.handle_async_request(None)


class Home:
    """Where open connections belong: to one process, not to the child that it forks."""

    def __init__(self, _: Callable[[], object]) -> None:
        self._process = os.getpid()

    def moved(self) -> bool:
        """Whether the caller is elsewhere now, so that connections opened before must be forgotten."""
        before, self._process = self._process, os.getpid()
        return before != self._process

    def leave(self, close: Callable[[], object]) -> None:
        """Closes what nobody is left to close."""
        close()


def ordered(call: Callable[[Item], T], items: Iterable[Item], concurrency: int) -> Generator[T]:
    """Calls for each item, so many at a time, by threads; yields what they return in the items' order.

    The threads are daemons: a caller that leaves early, or a program that ends, doesn't wait for them.
    """
    source, more = iter(items), True
    results: deque[Future[T]] = deque()
    ended = threading.Event()
    work: queue.SimpleQueue[tuple[Item, Future[T]] | None] = queue.SimpleQueue()
    threads = 0

    def worker() -> None:
        while (job := work.get()) is not None:
            item, result = job
            settle(result, call, item)
            ended.set()

    try:
        while more or results:
            ended.clear()
            running = sum(not result.done() for result in results)
            while more and running < concurrency and len(results) < AHEAD * concurrency:
                try:
                    item = next(source)
                except StopIteration:
                    more = False
                else:
                    results.append(Future())
                    work.put((item, results[-1]))
                    running += 1
                    if threads < min(running, concurrency):
                        threads += 1
                        # The caller's span is the parent of the calls'.
                        run = copy_context().run
                        name = "cognitora-map"
                        threading.Thread(target=run, args=(worker,), name=name, daemon=True).start()
            if results and results[0].done():
                yield results.popleft().result()
            elif results:
                ended.wait()
    finally:
        for result in results:
            result.cancel()
        for _ in range(threads):
            work.put(None)
