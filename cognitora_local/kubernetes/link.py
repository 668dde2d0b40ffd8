"""A gateway's hold on one program in a pod, over one connection after the other.

What either side has sent is sent again by a new connection unless it has arrived, and each record is taken
once: a connection that breaks costs time and nothing else.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol

from .agent import messages
from .agent.journal import KEPT_BYTES

HEAD_BYTES, RECORD_BYTES = 2**16, 2**20
"""The longest head, and the longest record, that an agent sends."""

HEAD = 64
"""What a head counts for."""

WAITING_BYTES = 2**23
"""What an agent sends ahead at most; one that sends more isn't ours any more."""

ACK_BYTES = 2**17
"""After so many an agent is told what has arrived."""

LOST_SECONDS = 30.0
"""How long a pod may not be reached until what runs there is given up."""

ASK_SECONDS = 10.0
"""How long a connection to an agent may take, and its answer as well; some 50 milliseconds are usual."""

PAUSES = (0.0, 0.05, 0.1, 0.2, 0.5, 1.0)
"""In seconds, before one attempt to reach it and the next; the last for all that follow."""


class Stream(Protocol):
    """A connection to an agent. `readexactly` raises EOFError or OSError at its end."""

    async def readexactly(self, n: int, /) -> bytes: ...

    async def read(self, most: int, /) -> bytes:
        """What comes next, so many bytes at most; none at its end."""
        ...

    def write(self, data: bytes) -> None:
        """Sends it sooner or later; nothing where the connection is gone, as reading then tells."""
        ...

    async def drain(self) -> None:
        """Waits until what was written is on its way. Raises OSError when the connection is gone."""
        ...

    def close(self) -> None: ...


Dial = Callable[[], Awaitable[Stream]]
"""Connects to the agent of a pod. Raises OSError when it can't be had now, LinkLost when it never will."""


class LinkLost(Exception):
    """The pod, or the way to it, is gone for good: why, as a sentence.

    Attributes:
        unanswered: whether the agent was asked to start something, and hasn't answered: it may have.
    """

    unanswered = False


class TakenOver(LinkLost):
    """The pod is another gateway's now: nothing of it is to be touched here."""


class Refused(Exception):
    """The agent doesn't do it: `told` is what it says."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        super().__init__(str(told.get("error")))
        self.told = told


async def ask(dial: Dial, **request: Any) -> tuple[Stream, dict[str, Any]]:
    """Connect, and ask for something; the connection, and the answer's head.

    Raises:
        Refused: the agent doesn't do it.
        LinkLost: there is no agent there any more, or something else.
        OSError, EOFError: it can't be reached now.
    """
    async with asyncio.timeout(ASK_SECONDS):
        stream = await dial()
    try:
        stream.write(messages.pack(request))
        async with asyncio.timeout(ASK_SECONDS):
            head, _ = await messages.read(stream, HEAD_BYTES, RECORD_BYTES)
        if head.get("error") == messages.TAKEN_OVER:
            raise TakenOver("Another gateway has taken over its pod.")
        if "error" in head:
            raise Refused(head)
    except messages.MessageError as error:
        stream.close()
        raise LinkLost(f"The agent of the pod doesn't keep to the protocol: {error}.") from error
    except BaseException:
        stream.close()
        raise
    return stream, head


class Link:
    """A program in a pod, started by `open`.

    Args:
        dial: connects to the agent.
        request: what asks for the program: its `token`, `term`, `id` and `spec`.
        again: it was started by an earlier gateway. What its agent still holds is told again.

    Attributes:
        missing: how many bytes it had printed that are told no more.
        told: what its agent says of it beside, when it was opened.
        over: what is told of its end, once it has ended. LinkLost: it can't be known.
        lost: why not all is known that it says, or would have said, by then.
    """

    def __init__(self, dial: Dial, request: Mapping[str, Any], *, again: bool = False) -> None:
        self.told: dict[str, Any] = {}
        self._unanswered = False
        self.over: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self.lost: LinkLost | None = None
        self._dial = dial
        self._request = request
        self._again = again
        self.missing = 0
        self._stream: Stream | None = None
        self._reading: asyncio.Task[None] | None = None
        self._kill = False
        # What is sent
        self._sent = 0
        self._kept: dict[int, bytes] = {}  # until it is known to have been taken
        self._taking: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._others = 0  # the number of the last record that a gateway before this one has sent
        # What comes
        self._come = 0
        self._waiting: deque[tuple[dict[str, Any], bytes]] = deque()
        self._waiting_bytes = 0
        self._waiting_most = WAITING_BYTES + (KEPT_BYTES if again else 0)  # which is told at once
        self._unacknowledged = 0
        self._arrived = asyncio.Event()
        self._complete = False

    async def open(self) -> None:
        """Start the program, unless it was. Raises Refused and LinkLost."""
        try:
            stream = await self._connect()
        except LinkLost as error:
            error.unanswered = self._unanswered and "spec" in self._request
            raise
        self._reading = asyncio.create_task(self._read(stream))

    def send(self, kind: str, data: bytes = b"", **head: Any) -> asyncio.Future[dict[str, Any]]:
        """Have the program take a record, after those before it; done with what is told of that.

        LinkLost: whether it was taken isn't known, or it never will be.
        """
        self._sent += 1
        number = self._sent
        taken = self._taking[number] = asyncio.get_running_loop().create_future()
        taken.add_done_callback(_retrieve)
        if self._complete:
            taken.set_exception(LinkLost("The program has ended."))
            return taken
        message = messages.pack({"n": number, "kind": kind, **head}, data)
        self._kept[number] = message
        if self._stream is not None:
            self._stream.write(message)
        return taken

    def tell(self, **head: Any) -> None:
        """Say something that may get lost, such as `signal`."""
        self._kill |= "kill" in head  # which is said again
        if self._stream is not None:
            self._stream.write(messages.pack(head))

    async def records(self) -> AsyncIterator[tuple[str, dict[str, Any], bytes]]:
        """What the program says, in order, to its end or that of the link. Who reads on has taken it."""
        while True:
            while not self._waiting:
                if self._complete:
                    return
                self._arrived.clear()
                await self._arrived.wait()
            head, data = self._waiting.popleft()
            yield head["kind"], head, data
            self._waiting_bytes -= len(data) + HEAD
            self._acknowledge(len(data))

    @property
    def id(self) -> str:
        """That of the program."""
        return str(self._request["id"])

    @property
    def taken(self) -> int:
        """The number of the last record that somebody has read here."""
        return self._come - len(self._waiting)

    @property
    def connected(self) -> bool:
        return self._stream is not None and not self._complete

    @property
    def broken(self) -> bool:
        """Whether its agent can't be told anything now."""
        return self._stream is None

    def give_up(self, why: str) -> None:
        """What runs there is gone: why, as a sentence."""
        self._finish(LinkLost(why))

    def close(self) -> None:
        """Want nothing more of it: the agent forgets it when it has ended."""
        self.tell(close=True)
        self._finish(LinkLost("The link was closed."))
        if self._reading is not None:
            self._reading.cancel()
        if self._stream is not None:
            self._stream.close()

    def _acknowledge(self, size: int) -> None:
        """Let the agent send as much more, now and then."""
        self._unacknowledged += size + HEAD
        if self._unacknowledged >= ACK_BYTES:
            self._unacknowledged = 0
            self.tell(ack=self.taken)

    async def _connect(self) -> Stream:
        since = time.monotonic()
        for attempt in range(10**6):
            await asyncio.sleep(PAUSES[min(attempt, len(PAUSES) - 1)])
            before = self._unanswered
            try:
                stream, head = await ask(
                    self._dial_to_ask, op="open", have=self._come, **self._request
                )
            except TakenOver:
                self._unanswered = before
                raise
            except (OSError, EOFError) as error:
                if time.monotonic() - since > LOST_SECONDS:
                    why = f"The pod can't be reached for {LOST_SECONDS:g} s ({error})."
                    raise LinkLost(why) from error
                continue
            if self._again:
                self._again = False
                self._come, self._sent, self.missing = head["have"], head["taken"], head["printed"]
                self._others = head["taken"]
            self.told = head
            for number in [each for each in self._kept if each <= head["taken"]]:
                del self._kept[number]
            for message in self._kept.values():
                stream.write(message)
            if self._kill:
                stream.write(messages.pack({"kill": True}))
            self._stream = stream
            return stream
        raise AssertionError

    async def _dial_to_ask(self) -> Stream:
        stream = await self._dial()
        self._unanswered = True
        return stream

    async def _read(self, stream: Stream) -> None:
        try:
            while not self._complete:
                with suppress(OSError, EOFError):
                    await self._read_from(stream)
                if not self._complete:
                    self._stream = None
                    stream.close()
                    stream = await self._connect()
        except LinkLost as error:
            self._finish(error)
        except Refused:  # it is over, for a gateway that had it all
            self._finish(LinkLost("The agent of the pod has forgotten the program."))
        except (messages.MessageError, LookupError, TypeError, ValueError) as error:
            self._finish(LinkLost(f"The agent of the pod doesn't keep to the protocol: {error}."))
        else:
            self._finish(LinkLost("The program has ended."))

    async def _read_from(self, stream: Stream) -> None:
        while not self._complete:
            head, data = await messages.read(stream, HEAD_BYTES, RECORD_BYTES)
            if "over" in head:
                if not self.over.done():
                    self.over.set_result(dict(head["over"]))
                continue
            self._come += 1
            if head["n"] != self._come:
                raise ValueError("a record is missing")
            self._take(str(head["kind"]), head, data)

    def _take(self, kind: str, head: dict[str, Any], data: bytes) -> None:
        if kind == "took":
            self._acknowledge(0)
            if head["of"] <= self._others:
                return
            self._kept.pop(head["of"], None)
            taken = self._taking.pop(head["of"])
            if not taken.done():
                taken.set_result(head)
            return
        if kind == "end":
            self._complete = True
        else:
            self._waiting.append((head, data))
            self._waiting_bytes += len(data) + HEAD
            if self._waiting_bytes > self._waiting_most:
                raise ValueError("more came than was let")
        self._arrived.set()

    def _finish(self, why: LinkLost) -> None:
        if not self._complete:
            self.lost = why
        self._complete = True
        self._arrived.set()
        if not self.over.done():
            self.over.set_exception(why)
            _retrieve(self.over)
        while self._taking:
            taken = self._taking.popitem()[1]
            if not taken.done():
                taken.set_exception(why)


def _retrieve(future: asyncio.Future[Any]) -> None:
    """Nobody needs to ask for what became of it."""
    if not future.cancelled():
        future.exception()
