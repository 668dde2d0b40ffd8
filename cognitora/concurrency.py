"""What waiting, threads and tasks look like on either side: each thing twice, async and sync.

The async facade uses the names that start with `async_` or `Async`; the derivation of the sync facade
swaps them for the others. All that differs between the two beyond `await` is in this file.
"""

from __future__ import annotations

import asyncio
import os
import queue
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

from .errors import CognitoraError, InvalidRequestError

T = TypeVar("T")
Item = TypeVar("Item")

AHEAD = 4
"""How many results of a `map` may wait for an earlier, slower one, as a multiple of its concurrency."""

async_sleep = asyncio.sleep
sleep = time.sleep


async def async_in_thread(call: Callable[..., T], *arguments: Any) -> T:
    """Runs what blocks, such as reading a file, beside the event loop."""
    return await asyncio.to_thread(call, *arguments)


def in_thread(call: Callable[..., T], *arguments: Any) -> T:
    """Runs it here: a sync caller waits anyway."""
    return call(*arguments)


async def async_to_the_end(clean_up: Callable[..., Coroutine[Any, Any, T]], *arguments: Any) -> T:
    """Clean-up that a cancellation must not cut short: it ends first, then the cancellation goes on."""
    task = asyncio.ensure_future(clean_up(*arguments))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        if not task.done():
            await asyncio.wait({task})
        if not task.cancelled():
            task.exception()  # seen: the cancellation is what counts now
        raise


def to_the_end(clean_up: Callable[..., T], *arguments: Any) -> T:
    """Clean-up; nothing cancels a sync caller."""
    return clean_up(*arguments)


async def async_acquire(
    make: Callable[[], Coroutine[Any, Any, T]], undo: Callable[[T], Coroutine[Any, Any, object]]
) -> T:
    """Makes something remote; when cancelled half-way, waits for it and undoes it again."""
    task = asyncio.ensure_future(make())
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        with suppress(CognitoraError):
            await undo(await task)
        raise


def acquire(make: Callable[[], T], undo: Callable[[T], object]) -> T:
    """Makes something remote."""
    return make()


class AsyncSlots:
    """A number of places; who finds none free waits."""

    def __init__(self, count: int) -> None:
        self._semaphore = asyncio.Semaphore(count)

    async def take(self, seconds: float) -> bool:
        """Waits for a free place; False if there was none in time."""
        if not self._semaphore.locked():
            return await self._semaphore.acquire()
        try:
            async with asyncio.timeout(seconds):
                return await self._semaphore.acquire()
        except TimeoutError:
            return False

    def give_back(self) -> None:
        """Frees a place."""
        self._semaphore.release()


class Slots:
    """A number of places; who finds none free waits."""

    def __init__(self, count: int) -> None:
        self._semaphore = threading.Semaphore(count)

    def take(self, seconds: float) -> bool:
        """Waits for a free place; False if there was none in time."""
        return self._semaphore.acquire(timeout=seconds)

    def give_back(self) -> None:
        """Frees a place."""
        self._semaphore.release()


class AsyncHome:
    """Where open connections belong: to one event loop of one process."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._process = os.getpid()

    def moved(self) -> bool:
        """Whether the caller is elsewhere now, so that connections opened before must be forgotten.

        Raises:
            InvalidRequestError: The event loop of the first call is still running: the client is its.
        """
        loop, process = asyncio.get_running_loop(), os.getpid()
        if loop is self._loop and process == self._process:
            return False
        before, self._process = self._loop, process
        if before is not None and before.is_running() and process == self._process:
            raise InvalidRequestError(
                "This client was first used on another event loop, which is still running; its "
                "connections belong there. Make one CognitoraAsync for each event loop."
            )
        self._loop = loop
        return before is not None


class Home:
    """Where open connections belong: to one process, not to the child that it forks."""

    def __init__(self) -> None:
        self._process = os.getpid()

    def moved(self) -> bool:
        """Whether the caller is elsewhere now, so that connections opened before must be forgotten."""
        before, self._process = self._process, os.getpid()
        return before != self._process


async def async_ordered(
    call: Callable[[Item], Awaitable[T]], items: Iterable[Item], concurrency: int
) -> AsyncIterator[T]:
    """Calls for each item, so many at a time, by tasks; yields what they return in the items' order."""
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
        await asyncio.gather(*tasks, return_exceptions=True)


def ordered(call: Callable[[Item], T], items: Iterable[Item], concurrency: int) -> Iterator[T]:
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
            if not result.set_running_or_notify_cancel():
                continue
            try:
                result.set_result(call(item))
            except BaseException as error:  # noqa: BLE001 - it is raised where the result is taken
                result.set_exception(error)
            finally:
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
                        threading.Thread(target=worker, name="cognitora-map", daemon=True).start()
            if results and results[0].done():
                yield results.popleft().result()
            elif results:
                ended.wait()
    finally:
        for result in results:
            result.cancel()
        for _ in range(threads):
            work.put(None)
