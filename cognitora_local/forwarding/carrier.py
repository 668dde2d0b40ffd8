"""Connections that are carried from one network to another.

What is said is received into one piece of memory, which all share, and sent on from there. Only what the
other side doesn't take at once is kept, and nothing more is received until it has.
"""

from __future__ import annotations

import errno
import os
import resource
import select
import socket
import struct
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial

MOST = 256  # connections at a time; the next wait to be accepted
_FILES = 2  # that each has open
_OTHER_FILES = 256
# How much the kernel may hold for each direction of a connection at each of its ends (twice that is what
# it counts); of its own accord it would be several MiB. What is long needs much of it to get through fast,
# so the first ones that are open have it, and all others together as much as those.
WIDE = 16
_WIDE_BYTES = 2**21
_NARROW_BYTES = 2**17
_PIECE_BYTES = 2**21
# An answer often comes at once: to look that often for it takes less than to be woken for it.
_LOOKS = 50
_ROUNDS = 4  # after which another connection has its turn
_CHANGES = select.EPOLLIN | select.EPOLLOUT | select.EPOLLRDHUP | select.EPOLLET
_LAST = select.EPOLLRDHUP | select.EPOLLHUP

Target = tuple[socket.AddressFamily, str, int]


class Flow:
    """One direction of a connection."""

    def __init__(self, source: socket.socket, target: socket.socket, piece: memoryview) -> None:
        self.source, self.ended = source, False
        self.ending = False  # there will be no event any more
        self.rest = memoryview(b"")  # what was received and not taken yet
        self._target = target
        self._piece = piece

    def go(self) -> bool:
        """Carries what is there, for a while; whether there may be more. Raises OSError."""
        for _ in range(_ROUNDS):
            if self.ended or not self._give_rest():
                return False
            try:
                count = self.source.recv_into(self._piece)
            except BlockingIOError:
                return False
            if not count:
                self.ended = True
                self._target.shutdown(socket.SHUT_WR)
                return False
            said = self._piece[:count]
            sent = self._send(said)
            if sent < count:
                self.rest = memoryview(bytes(said[sent:]))
                return False
            # It was all that there was; of more, or of its end, there will be an event (epoll(7)).
            if count < len(self._piece) and not self.ending:
                return False
        return True

    def _give_rest(self) -> bool:
        if self.rest:
            self.rest = self.rest[self._send(self.rest) :]
        return not self.rest

    def _send(self, said: memoryview) -> int:
        try:
            return self._target.send(said)
        except BlockingIOError:
            return 0


class Connection:
    """A connection, and the one in the other network that it is carried to: the first that can be made."""

    def __init__(self, program: Carrier, client: socket.socket, targets: Iterable[Target]) -> None:
        self._program = program
        self._client = client
        self._left = list(targets)
        self._server: socket.socket | None = None
        self._flows: tuple[Flow, ...] = ()
        self.wide = False

    def begin(self, *, wide: bool) -> None:
        self.wide = wide
        self._program.watch(
            _prepared(self._client, wide=wide), partial(self._changed, self._client)
        )
        self._try_next()

    def go(self, end: socket.socket | None = None) -> None:
        """Carries what is there, both ways; of a change at one end, what that is good for."""
        if not self._flows:
            return
        try:
            for flow in self._flows:
                if (end in (None, flow.source) or flow.rest) and flow.go():
                    self._program.again(self)
            if all(flow.ended for flow in self._flows):
                self.close()
        except OSError:
            self.abort()

    def abort(self) -> None:
        """Ends it so that both ends see that it was broken off."""
        for end in filter(None, (self._client, self._server)):
            self._program.forget(end)
            refuse(end)
        self._end()

    def close(self) -> None:
        for end in filter(None, (self._client, self._server)):
            self._program.forget(end)
            end.close()
        self._end()

    def _end(self) -> None:
        self._flows = ()
        self._program.closed(self)

    def _try_next(self) -> None:
        if not self._left:
            self.abort()
            return
        family, address, port = self._left.pop(0)
        try:
            self._server = _prepared(socket.socket(family, socket.SOCK_STREAM), wide=self.wide)
        except OSError:  # no IPv6 here, or no more files
            self._try_next()
            return
        if self._server.connect_ex((address, port)) in (0, errno.EINPROGRESS):
            self._program.watch(self._server, self._connecting)
        else:
            self._refused()

    def _refused(self) -> None:
        if self._server is not None:
            self._program.forget(self._server)
            self._server.close()
            self._server = None
        self._try_next()

    def _connecting(self, events: int) -> None:
        assert self._server is not None
        if self._server.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._refused()
        elif events & select.EPOLLOUT:
            piece = self._program.piece[: _PIECE_BYTES if self.wide else _NARROW_BYTES]
            self._flows = (
                Flow(self._client, self._server, piece),
                Flow(self._server, self._client, piece),
            )
            for end in (self._client, self._server):
                self._program.watch(end, partial(self._changed, end))

    def _changed(self, end: socket.socket, events: int) -> None:
        if events & select.EPOLLERR and end.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self.abort()
            return
        if events & _LAST:
            for flow in self._flows:
                flow.ending |= end is flow.source
        self.go(end)


class Carrier:
    """All connections of one sandbox that one program carries."""

    def __init__(self) -> None:
        self.connections: dict[Connection, None] = {}
        self.piece = memoryview(bytearray(_PIECE_BYTES))
        self._wide = 0
        self._epoll = select.epoll()
        self._handlers: dict[int, Callable[[int], None]] = {}
        self._new: set[int] = set()  # files that are watched since events were last asked for
        self._accepting: dict[socket.socket, Callable[[socket.socket], Connection | None]] = {}
        self._again: dict[Connection, None] = {}
        self._looks = 0
        self._most = min(MOST, (_files() - _OTHER_FILES) // _FILES)
        self._full = False
        self._over = False

    def run(self) -> None:
        """Goes on until `stop`."""
        while not self._over:
            events_of = self._changes()
            self._new.clear()
            for file, events in events_of:
                self.heed()
                if file in self._new:  # the event is of one that had its number before
                    continue
                if handler := self._handlers.get(file):
                    handler(events)
            again, self._again = self._again, {}
            for connection in again:
                connection.go()

    def _changes(self) -> list[tuple[int, int]]:
        if self._again:
            return self._epoll.poll(0)
        looks, self._looks = self._looks, 0
        for _ in range(looks):
            if events_of := self._epoll.poll(0):
                break
            os.sched_yield()
        else:
            events_of = self._epoll.poll(self.wait_seconds())
        if events_of:
            self._looks = _LOOKS
        return events_of

    def stop(self) -> None:
        self._over = True

    def heed(self) -> None:
        """Called before each thing that is done."""

    def wait_seconds(self) -> float | None:
        """How long nothing is to be done unless something changes; None: for ever."""
        return None

    def watch(self, end: socket.socket, handler: Callable[[int], None]) -> None:
        """Calls `handler` at each change of a socket from now on; once for what it is now."""
        file = end.fileno()
        if file in self._handlers:
            self._epoll.modify(file, _CHANGES)
        else:
            self._epoll.register(file, _CHANGES)
            self._new.add(file)
        self._handlers[file] = handler

    def forget(self, end: socket.socket) -> None:
        if self._handlers.pop(end.fileno(), None) is not None:
            self._epoll.unregister(end.fileno())

    def listen(
        self, listener: socket.socket, made: Callable[[socket.socket], Connection | None]
    ) -> None:
        """Accepts from now on; `made` says what becomes of who comes: None, when he was refused."""
        self._accepting[_prepared(listener)] = made
        self.watch(listener, lambda _: self._accept(listener))

    def accept(self) -> None:
        """Takes up all who have come until now."""
        for listener in list(self._accepting):
            self._accept(listener)

    def listen_no_more(self, listener: socket.socket) -> None:
        del self._accepting[listener]
        self.forget(listener)
        listener.close()

    def again(self, connection: Connection) -> None:
        self._again[connection] = None

    def closed(self, connection: Connection) -> None:
        """It has ended: another that has waited for it may come in."""
        self._again.pop(connection, None)
        if connection in self.connections:
            del self.connections[connection]
            self._wide -= connection.wide
        if self._full:
            self._full = False
            for listener in self._accepting:
                self._epoll.modify(listener.fileno(), _CHANGES)

    def _accept(self, listener: socket.socket) -> None:
        while not self._full:
            try:
                client, _ = listener.accept()
            except (BlockingIOError, ConnectionError):
                return
            except OSError:  # no more files
                self._full = True
                return
            if connection := self._accepting[listener](client):
                self.connections[connection] = None
                self._full = len(self.connections) >= self._most
                wide = self._wide < WIDE
                self._wide += wide
                connection.begin(wide=wide)


def refuse(client: socket.socket) -> None:
    """Closes a connection so that it is seen to be broken off."""
    with suppress(OSError):
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def _prepared(end: socket.socket, *, wide: bool = False) -> socket.socket:
    """One that never blocks, sends at once, and holds no more than its share."""
    size = _WIDE_BYTES if wide else _NARROW_BYTES
    end.setblocking(False)
    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, size)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
    return end


def _files() -> int:
    """How many it may have open: as many as it is let."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return MOST * _FILES + _OTHER_FILES if most == resource.RLIM_INFINITY else most
